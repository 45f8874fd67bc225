"""Lesson 08's server, right."""

import socket
import sys
import threading

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])


def show(text):
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def handle(stream):
    try:
        with stream:
            stream.settimeout(60)
            stream.sendall("server端消息".encode())
            message = stream.recv(1024)
            if not message:
                raise EOFError("it closed without a word")
            print(show(message.decode(errors="replace")))
    except (EOFError, OSError) as error:
        print(error, file=sys.stderr)


listener = socket.create_server((host, port), backlog=128)
while True:
    stream, peer = listener.accept()
    threading.Thread(target=handle, args=(stream,), daemon=True).start()
