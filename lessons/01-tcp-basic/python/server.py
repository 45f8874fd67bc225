"""Lesson 01's server in Python: python3 server.py [HOST:PORT]"""

import socket
import sys

host, _, port = (sys.argv[1:] or ["127.0.0.1:9789"])[0].rpartition(":")

with socket.create_server((host, int(port))) as listener:
    print("ready on %s:%d" % listener.getsockname(), file=sys.stderr)
    stream, peer = listener.accept()
    with stream:
        print(stream.recv(1024).decode())
        stream.sendall("海贼王".encode())
