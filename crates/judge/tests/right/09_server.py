"""Lesson 09's server, right."""

import base64
import hashlib
import socket
import struct
import sys
import threading

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
room = []
lock = threading.Lock()


class Wrong(Exception):
    """What a peer did wrong, with the code to close with."""


def show(text):
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def exactly(stream, length):
    data = stream.read(length)
    if len(data) < length:
        raise EOFError("it went without a close")
    return data


def read_frame(stream):
    first, second = exactly(stream, 2)
    length = second & 0x7F
    if length == 126:
        length = struct.unpack(">H", exactly(stream, 2))[0]
    elif length == 127:
        length = struct.unpack(">Q", exactly(stream, 8))[0]
    if length > 100_000:
        raise Wrong("too long a frame", 1009)
    if not second & 0x80:
        raise Wrong("a frame without a mask", 1002)
    mask = exactly(stream, 4)
    data = exactly(stream, length)
    data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
    return first & 0x80, first & 0x0F, data


def frame(opcode, data):
    if len(data) < 126:
        length = bytes([len(data)])
    elif len(data) < 65536:
        length = b"\x7e" + struct.pack(">H", len(data))
    else:
        length = b"\x7f" + struct.pack(">Q", len(data))
    return bytes([0x80 | opcode]) + length + data


def say(text):
    with lock:
        print(show(text))
        for client in room:
            try:
                client.sendall(frame(1, text.encode()))
            except OSError as error:
                print(error, file=sys.stderr)


def answer(fields):
    if fields.get("upgrade", "").lower() != "websocket":
        return "404 Not Found", ""
    if "sec-websocket-key" not in fields:
        return "400 Bad Request", ""
    if fields.get("sec-websocket-version") != "13":
        return "426 Upgrade Required", ""
    if "origin" in fields and fields["origin"] != "http://" + fields["host"]:
        return "403 Forbidden", ""
    key = fields["sec-websocket-key"] + GUID
    digest = hashlib.sha1(key.encode()).digest()
    accept = base64.b64encode(digest).decode()
    return "101 Switching Protocols", (
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n" % accept
    )


def hear(client, stream):
    message = b""
    while True:
        fin, opcode, data = read_frame(stream)
        if opcode == 8:
            client.sendall(frame(8, data))
            return
        if opcode == 9:
            client.sendall(frame(10, data))
        if opcode > 2:
            continue
        message += data
        if fin:
            try:
                say(message.decode())
            except UnicodeDecodeError:
                raise Wrong("a text that is no UTF-8", 1007)
            message = b""


def handle(client):
    with client, client.makefile("rb") as stream:
        try:
            fields = {}
            stream.readline()
            while line := stream.readline().decode().strip():
                name, _, value = line.partition(":")
                fields[name.lower()] = value.strip()
            status, more = answer(fields)
            head = "HTTP/1.1 %s\r\n%s\r\n" % (status, more)
            client.sendall(head.encode())
            if not status.startswith("101"):
                return
            with lock:
                room.append(client)
            hear(client, stream)
        except Wrong as wrong:
            print(wrong.args[0], file=sys.stderr)
            client.sendall(frame(8, struct.pack(">H", wrong.args[1])))
        except (EOFError, OSError) as error:
            print(error, file=sys.stderr)
        finally:
            with lock:
                if client in room:
                    room.remove(client)


listener = socket.create_server((host, port), backlog=128)
while True:
    client, peer = listener.accept()
    threading.Thread(target=handle, args=(client,), daemon=True).start()
