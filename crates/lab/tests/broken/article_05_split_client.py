"""As the article's: split, with six recvs."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.socket()
stream.connect((host, port))
for size in [9, 9, 9, 9, 9, 3]:
    piece = stream.recv(size)
    print(piece.decode("utf-8"))
stream.close()
