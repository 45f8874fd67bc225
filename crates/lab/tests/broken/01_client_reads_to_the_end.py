"""Takes the end of the stream for the end of the answer."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.create_connection((host, port))
stream.sendall(b"one piece")
answer = b""
while piece := stream.recv(1024):
    answer += piece
print(answer.decode())
