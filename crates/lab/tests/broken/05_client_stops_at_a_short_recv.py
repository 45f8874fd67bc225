"""Believes that a short recv is the last one."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.create_connection((host, port), timeout=5)
came = 0
while piece := stream.recv(9):
    came += len(piece)
    text = piece.decode(errors="replace")
    print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
    if len(piece) < 9:
        break
if not came:
    sys.exit("it closed before sending anything")
