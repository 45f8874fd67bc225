"""Lesson 08's client in Python: python3 client.py [HOST:PORT]"""

import socket
import sys

host, _, port = (sys.argv[1:] or ["127.0.0.1:8000"])[0].rpartition(":")

with socket.create_connection((host, int(port)), timeout=5) as stream:
    print(stream.recv(1024).decode())
    stream.sendall(input(">>>").encode())
