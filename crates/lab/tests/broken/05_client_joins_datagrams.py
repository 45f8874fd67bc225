"""Believes that five sends may as well be one."""

import socket

from right_05_client import MERGE, merge, nagle, split
from right_05_server import play


def udp(address):
    sock = socket.socket(type=socket.SOCK_DGRAM)
    sock.sendto("".join(MERGE).encode(), address)


play({"merge": merge, "split": split, "udp": udp, "nagle": nagle})
