"""Lesson 09's client, right."""

import base64
import os
import socket
import sys
import threading

from frames import Wrong, accept_of, frame, read_frame, read_head, show

host, port = sys.argv[1], int(sys.argv[2])
lock = threading.Lock()
closing = threading.Event()


def fail(why):
    print(why, file=sys.stderr)
    sys.stdout.flush()
    os._exit(1)


def send(server, opcode, data):
    mask = os.urandom(4)
    with lock:
        server.sendall(frame(opcode, data, mask))


def ask(server, stream):
    key = base64.b64encode(os.urandom(16)).decode()
    server.sendall((
        "GET / HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
        "Sec-WebSocket-Version: 13\r\n\r\n" % (host, port, key)
    ).encode())
    status, fields = read_head(stream)
    if not status.startswith("HTTP/1.1 101"):
        raise ValueError("it answered %r, and not 101" % status)
    if fields.get("sec-websocket-accept") != accept_of(key):
        raise ValueError("its accept is wrong")


def hear(server, stream):
    kind, message = 0, b""
    while True:
        fin, opcode, data = read_frame(stream, False)
        if opcode == 8 and closing.is_set():
            return
        if opcode == 8:
            send(server, 8, data)
            raise EOFError("it closed")
        if opcode == 9:
            send(server, 10, data)
        if opcode > 2:
            continue
        kind = opcode or kind
        message += data
        if fin:
            print(show(kind, message), flush=True)
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
except (EOFError, OSError, ValueError, Wrong) as error:
    fail(str(error.args[0]))
sys.stdout.flush()
os._exit(0)
