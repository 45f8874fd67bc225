"""Has an encoding, and reads UTF-8 all the same."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
coding = sys.argv[3]

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.settimeout(5)
sock.sendto("onepiece".encode(coding), (host, port))
print(sock.recv(1024).decode(errors="replace"))
