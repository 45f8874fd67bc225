"""Sends ? for what the encoding lacks."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])
coding = sys.argv[3]

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
message, peer = sock.recvfrom(1024)
text = message.decode(coding, errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
sock.sendto("海贼王".encode(coding, errors="replace"), peer)
