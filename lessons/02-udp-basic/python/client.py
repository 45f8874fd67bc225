"""Lesson 02's client in Python: python3 client.py [HOST:PORT]"""

import socket
import sys

host, _, port = (sys.argv[1:] or ["127.0.0.1:8888"])[0].rpartition(":")

with socket.socket(type=socket.SOCK_DGRAM) as sock:
    sock.settimeout(5)
    sock.sendto(b"onepiece", (host, int(port)))
    answer, server = sock.recvfrom(1024)
    print(answer.decode())
