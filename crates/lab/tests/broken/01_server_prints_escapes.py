"""Lets the network command the terminal."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
stream, peer = listener.accept()
message = stream.recv(1024)
if not message:
    sys.exit("it closed before sending anything")
print(message.decode(errors="replace"))
stream.sendall("海贼王".encode())
