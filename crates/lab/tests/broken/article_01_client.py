"""As the article's: one recv, no timeout."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.socket()
stream.connect((host, port))
stream.send("one piece".encode("utf-8"))
print(stream.recv(1024).decode("utf-8"))
stream.close()
