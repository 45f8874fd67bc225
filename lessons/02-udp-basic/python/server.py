"""Lesson 02's server in Python: python3 server.py [HOST:PORT]"""

import socket
import sys

host, _, port = (sys.argv[1:] or ["127.0.0.1:8888"])[0].rpartition(":")

with socket.socket(type=socket.SOCK_DGRAM) as sock:
    sock.bind((host, int(port)))
    print("ready on %s:%d" % sock.getsockname(), file=sys.stderr)
    datagram, peer = sock.recvfrom(1024)
    print(datagram.decode())
    sock.sendto("海贼王".encode(), peer)
