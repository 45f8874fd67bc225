"""Lesson 04's server in Python: python3 server.py [HOST:PORT]"""

import socket
import sys
import time

host, _, port = (sys.argv[1:] or ["127.0.0.1:9200"])[0].rpartition(":")

with socket.socket(type=socket.SOCK_DGRAM) as sock:
    sock.bind((host, int(port)))
    print("ready on %s:%d" % sock.getsockname(), file=sys.stderr)
    while True:
        datagram, peer = sock.recvfrom(1024)
        sock.sendto(time.strftime(datagram.decode()).encode(), peer)
