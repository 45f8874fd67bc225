"""Prints an empty line for the end of the stream."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.create_connection((host, port))
stream.sendall(b"one piece")
print(stream.recv(1024).decode(errors="replace"))
