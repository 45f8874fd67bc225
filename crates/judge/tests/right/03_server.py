"""Lesson 03's server, right; the third word is the encoding."""

import socket
import sys

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port, coding = sys.argv[1], int(sys.argv[2]), sys.argv[3]

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
message, peer = sock.recvfrom(1024)
text = message.decode(coding, errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
sock.sendto("海贼王".encode(coding), peer)
