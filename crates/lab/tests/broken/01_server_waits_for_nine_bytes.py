"""Believes that a message has a length."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
stream, peer = listener.accept()
message = b""
while len(message) < 9:
    message += stream.recv(9 - len(message))
print(message.decode(errors="replace"))
stream.sendall("海贼王".encode())
