"""As the article's: one recv, decoded as if nothing could be wrong with it."""

import socket
import sys

stream = socket.socket()
stream.connect((sys.argv[1], int(sys.argv[2])))
print(stream.recv(1024).decode("utf-8"))
message = input(">>>")
stream.send(message.encode("utf-8"))
stream.close()
