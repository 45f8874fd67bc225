"""Lesson 05's server, right: HOST PORT [DEMO]"""

import socket
import sys

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

SPLIT = ["一次一次一次", "二次", "三次", "四次", "五次"]

host, port, *more = sys.argv[1:]
address = (host, int(port))
demo = more[0] if more else "merge"


def say(received):
    text = received.decode(errors="replace")
    print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))


def accept():
    with socket.create_server(address) as listener:
        stream, peer = listener.accept()
    stream.settimeout(5)
    return stream


def merge():
    stream = accept()
    came = 0
    while piece := stream.recv(1024):
        came += len(piece)
        say(piece)
    if not came:
        sys.exit("it closed before sending anything")


def split():
    with accept() as stream:
        for message in SPLIT:
            stream.sendall(message.encode())


def udp():
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(address)
    for _ in range(5):
        say(sock.recv(65535))


def nagle():
    stream = accept()
    message = b""
    while half := stream.recv(6 - len(message)):
        message += half
        if len(message) == 6:
            stream.sendall(b"!")
            message = b""
    if message:
        sys.exit("it closed in the middle of a message")


{"merge": merge, "split": split, "udp": udp, "nagle": nagle}[demo]()
