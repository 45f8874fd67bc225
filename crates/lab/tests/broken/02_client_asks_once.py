"""Believes that a datagram always arrives."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.settimeout(5)
sock.connect((host, port))
sock.send(b"onepiece")
message = sock.recv(65535)
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
