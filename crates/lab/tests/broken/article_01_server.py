"""As the article's: one recv, no timeout, no reuse."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.socket()
listener.bind((host, port))
listener.listen()
stream, peer = listener.accept()
print(stream.recv(1024).decode("utf-8"))
stream.send("海贼王".encode("utf-8"))
stream.close()
listener.close()
