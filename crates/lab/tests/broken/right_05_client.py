"""Lesson 05's client, right: HOST PORT [DEMO]"""

import socket
import sys

from right_05_server import play, say

MERGE = ["第一次", "第二次", "第三次", "第四次", "第五次"]


def merge(address):
    with socket.create_connection(address, timeout=5) as stream:
        for message in MERGE:
            stream.sendall(message.encode())


def split(address):
    stream = socket.create_connection(address, timeout=5)
    came = 0
    while piece := stream.recv(9):
        came += len(piece)
        say(piece)
    if not came:
        sys.exit("it closed before sending anything")


def udp(address):
    sock = socket.socket(type=socket.SOCK_DGRAM)
    for message in MERGE:
        sock.sendto(message.encode(), address)


def nagle(address):
    stream = socket.create_connection(address, timeout=5)
    for _ in range(10):
        stream.sendall("一".encode())
        stream.sendall("次".encode())
        if not stream.recv(1):
            sys.exit("it closed without answering")


if __name__ == "__main__":
    play({"merge": merge, "split": split, "udp": udp, "nagle": nagle})
