"""Sends what println would print."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.create_connection((host, port))
stream.sendall(b"one piece\n")
print(stream.recv(1024).decode())
