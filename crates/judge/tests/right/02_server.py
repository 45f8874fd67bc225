"""Lesson 02's server, right."""

import socket
import sys

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
message, peer = sock.recvfrom(1024)
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
sock.sendto("海贼王".encode(), peer)
