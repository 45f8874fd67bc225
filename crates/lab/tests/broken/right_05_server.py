"""Lesson 05's server, right: HOST PORT [DEMO]"""

import socket
import sys

SPLIT = ["一次一次一次", "二次", "三次", "四次", "五次"]


def say(received):
    text = received.decode(errors="replace")
    print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))


def accept(address):
    with socket.create_server(address) as listener:
        stream, peer = listener.accept()
    stream.settimeout(5)
    return stream


def merge(address):
    stream = accept(address)
    came = 0
    while piece := stream.recv(1024):
        came += len(piece)
        say(piece)
    if not came:
        sys.exit("it closed before sending anything")


def split(address):
    with accept(address) as stream:
        for message in SPLIT:
            stream.sendall(message.encode())


def udp(address):
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(address)
    for _ in range(5):
        say(sock.recv(65535))


def nagle(address):
    stream = accept(address)
    message = b""
    while piece := stream.recv(6 - len(message)):
        message += piece
        if len(message) == 6:
            stream.sendall(b"!")
            message = b""


def play(demos):
    address = (sys.argv[1], int(sys.argv[2]))
    demos[sys.argv[3] if len(sys.argv) > 3 else "merge"](address)


if __name__ == "__main__":
    play({"merge": merge, "split": split, "udp": udp, "nagle": nagle})
