"""Prints bytes as Python spells them."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
stream, peer = listener.accept()
print(stream.recv(1024))
stream.sendall("海贼王".encode())
