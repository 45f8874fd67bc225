"""Puts datagrams together, as if they were a stream."""

import socket

from right_05_server import merge, nagle, play, say, split


def udp(address):
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.bind(address)
    say(b"".join(sock.recv(65535) for _ in range(5)))


play({"merge": merge, "split": split, "udp": udp, "nagle": nagle})
