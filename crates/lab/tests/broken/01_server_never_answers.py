"""Prints what came, and forgets the answer."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
stream, peer = listener.accept()
print(stream.recv(1024).decode())
stream.close()
