"""As the article's: merge, with one recv."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((host, port))
listener.listen()
stream, peer = listener.accept()
message = stream.recv(1024)
print(message.decode("utf-8"))
stream.close()
listener.close()
