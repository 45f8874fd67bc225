"""Puts datagrams together, as if they were a stream."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
message, peer = sock.recvfrom(1024)
sock.settimeout(0.5)
try:
    message += sock.recvfrom(1024)[0]
except TimeoutError:
    pass
print(message.decode(errors="replace"))
sock.sendto("海贼王".encode(), peer)
