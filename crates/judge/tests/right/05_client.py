"""Lesson 05's client, right: HOST PORT [DEMO]"""

import socket
import sys

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

MERGE = ["第一次", "第二次", "第三次", "第四次", "第五次"]

host, port, *more = sys.argv[1:]
address = (host, int(port))
demo = more[0] if more else "merge"


def say(received):
    text = received.decode(errors="replace")
    print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))


def merge():
    with socket.create_connection(address, timeout=5) as stream:
        for message in MERGE:
            stream.sendall(message.encode())


def split():
    stream = socket.create_connection(address, timeout=5)
    came = 0
    while piece := stream.recv(9):
        came += len(piece)
        say(piece)
    if not came:
        sys.exit("it closed before sending anything")


def udp():
    sock = socket.socket(type=socket.SOCK_DGRAM)
    for message in MERGE:
        sock.sendto(message.encode(), address)


def nagle():
    stream = socket.create_connection(address, timeout=5)
    for _ in range(10):
        stream.sendall("一".encode())
        stream.sendall("次".encode())
        if not stream.recv(1):
            sys.exit("it closed without answering")


{"merge": merge, "split": split, "udp": udp, "nagle": nagle}[demo]()
