"""Lesson 09's server, right."""

import contextlib
import queue
import socket
import struct
import sys
import threading

from frames import Wrong, accept_of, frame, read_frame, read_head, show

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])
room = {}
lock = threading.Lock()


class Outbox:
    """The frames that wait for one client: a thread of its own sends them."""

    def __init__(self, client):
        self.client = client
        self.waiting = queue.Queue(100)
        self.thread = threading.Thread(target=self.send_all, daemon=True)
        self.thread.start()

    def push(self, data):
        try:
            self.waiting.put_nowait(data)
        except queue.Full:
            # It does not read. It may be gone at this very moment.
            with contextlib.suppress(OSError):
                self.client.shutdown(socket.SHUT_RDWR)

    def send_all(self):
        try:
            while data := self.waiting.get():
                self.client.sendall(data)
        except OSError as error:
            print(error, file=sys.stderr)

    def close(self):
        self.push(b"")
        self.thread.join(5)


def say(kind, data):
    shown = show(kind, data)
    with lock:
        print(shown)
        for outbox in room.values():
            outbox.push(frame(kind, data))


def answer(method, fields):
    if method not in ("GET", "HEAD"):
        return "405 Method Not Allowed", "Allow: GET, HEAD\r\n"
    if method == "HEAD" or fields.get("upgrade", "").lower() != "websocket":
        return "404 Not Found", ""
    if "sec-websocket-key" not in fields:
        return "400 Bad Request", ""
    if fields.get("sec-websocket-version") != "13":
        return "426 Upgrade Required", ""
    if "origin" in fields and fields["origin"] != "http://" + fields["host"]:
        return "403 Forbidden", ""
    return "101 Switching Protocols", (
        "Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: %s\r\n" % accept_of(fields["sec-websocket-key"])
    )


def let_in(client, stream):
    try:
        first, fields = read_head(stream)
        method = first.split(" ")[0]
        status, more = answer(method, fields)
    except Wrong:
        method, status, more = "", "431 Request Header Fields Too Large", ""
    entered = status.startswith("101")
    body = "" if entered or method == "HEAD" else status + "\n"
    head = "HTTP/1.1 %s\r\n%s\r\n" % (status, more)
    client.sendall((head + body).encode())
    return entered


def hear(stream, outbox):
    kind, message = 0, b""
    while True:
        fin, opcode, data = read_frame(stream, True)
        if opcode == 8:
            outbox.push(frame(8, data))
            return
        if opcode == 9:
            outbox.push(frame(10, data))
        if opcode > 2:
            continue
        kind = opcode or kind
        message += data
        if fin:
            say(kind, message)
            message = b""


def stay(client, stream):
    outbox = Outbox(client)
    with lock:
        room[client] = outbox
    try:
        hear(stream, outbox)
    except Wrong as wrong:
        print(wrong.args[0], file=sys.stderr)
        outbox.push(frame(8, struct.pack(">H", wrong.args[1])))
    finally:
        with lock:
            room.pop(client, None)
        outbox.close()


def handle(client):
    with client, client.makefile("rb") as stream:
        try:
            if let_in(client, stream):
                stay(client, stream)
        except (EOFError, OSError) as error:
            print(error, file=sys.stderr)


listener = socket.create_server((host, port), backlog=128)
while True:
    client, peer = listener.accept()
    threading.Thread(target=handle, args=(client,), daemon=True).start()
