"""Reads the encoding, and answers in UTF-8 all the same."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
coding = sys.argv[3]

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
message, peer = sock.recvfrom(1024)
print(message.decode(coding, errors="replace"))
sock.sendto("海贼王".encode(), peer)
