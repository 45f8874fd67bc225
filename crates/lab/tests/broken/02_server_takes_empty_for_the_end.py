"""Believes that 0 bytes are an end, as in TCP."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
message, peer = sock.recvfrom(1024)
if not message:
    sys.exit("closed")
print(message.decode(errors="replace"))
sock.sendto("海贼王".encode(), peer)
