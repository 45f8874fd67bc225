"""Lesson 04's client in Python: python3 client.py [HOST:PORT [COUNT]]"""

import itertools
import socket
import sys
import time

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9200"
rounds = range(int(sys.argv[2])) if len(sys.argv) > 2 else itertools.count()
host, _, port = address.rpartition(":")

with socket.socket(type=socket.SOCK_DGRAM) as sock:
    sock.settimeout(5)
    for number in rounds:
        if number:
            time.sleep(1)
        sock.sendto(b"%Y/%m/%d %H:%M:%S", (host, int(port)))
        datagram, server = sock.recvfrom(1024)
        print(datagram.decode())
