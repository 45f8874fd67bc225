"""Takes a recv of 0 bytes for: nothing yet."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
stream, peer = listener.accept()
while not (message := stream.recv(1024)):
    pass
print(message.decode(errors="replace"))
stream.sendall("海贼王".encode())
