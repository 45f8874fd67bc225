"""Lesson 09's client, right."""

import base64
import hashlib
import os
import socket
import struct
import sys
import threading

host, port = sys.argv[1], int(sys.argv[2])
GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
lock = threading.Lock()
closing = threading.Event()


def show(text):
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def fail(why):
    print(why, file=sys.stderr)
    sys.stdout.flush()
    os._exit(1)


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
    if second & 0x80:
        raise ValueError("a server's frame has no mask")
    return first & 0x80, first & 0x0F, exactly(stream, length)


def send(server, opcode, data):
    if len(data) < 126:
        length = bytes([0x80 | len(data)])
    elif len(data) < 65536:
        length = b"\xfe" + struct.pack(">H", len(data))
    else:
        length = b"\xff" + struct.pack(">Q", len(data))
    mask = os.urandom(4)
    data = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
    with lock:
        server.sendall(bytes([0x80 | opcode]) + length + mask + data)


def ask(server, stream):
    key = base64.b64encode(os.urandom(16)).decode()
    server.sendall((
        "GET / HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n" % (host, port, key)
    ).encode())
    status = stream.readline().decode().strip()
    if not status.startswith("HTTP/1.1 101"):
        raise ValueError("it answered %r, and not 101" % status)
    fields = {}
    while line := stream.readline().decode().strip():
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()
    digest = hashlib.sha1((key + GUID).encode()).digest()
    accept = base64.b64encode(digest).decode()
    if fields.get("sec-websocket-accept") != accept:
        raise ValueError("its accept is wrong")


def hear(server, stream):
    message = b""
    while True:
        fin, opcode, data = read_frame(stream)
        if opcode == 8 and closing.is_set():
            return
        if opcode == 8:
            send(server, 8, data)
            raise EOFError("it closed")
        if opcode == 9:
            send(server, 10, data)
        if opcode > 2:
            continue
        message += data
        if fin:
            print(show(message.decode()), flush=True)
            message = b""


def speak(server):
    for line in sys.stdin.buffer:
        send(server, 1, line.rstrip(b"\r\n"))
    closing.set()
    send(server, 8, b"")


try:
    server = socket.create_connection((host, port), timeout=5)
    stream = server.makefile("rb")
    ask(server, stream)
    server.settimeout(None)
    threading.Thread(target=speak, args=(server,), daemon=True).start()
    hear(server, stream)
except (EOFError, OSError, ValueError) as error:
    fail(str(error))
sys.stdout.flush()
os._exit(0)
