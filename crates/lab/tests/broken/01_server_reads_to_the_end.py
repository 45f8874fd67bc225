"""Takes the end of the stream for the end of the message."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
stream, peer = listener.accept()
message = b""
while piece := stream.recv(1024):
    message += piece
print(message.decode())
stream.sendall("海贼王".encode())
