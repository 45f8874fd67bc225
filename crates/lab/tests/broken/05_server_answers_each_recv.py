"""Believes that a recv is a message."""

from right_05_server import accept, merge, play, split, udp


def nagle(address):
    stream = accept(address)
    while stream.recv(6):
        stream.sendall(b"!")


play({"merge": merge, "split": split, "udp": udp, "nagle": nagle})
