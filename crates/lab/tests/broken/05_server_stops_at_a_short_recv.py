"""Believes that a short recv is the last one."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

with socket.create_server((host, port)) as listener:
    stream, peer = listener.accept()
stream.settimeout(5)
came = 0
while piece := stream.recv(1024):
    came += len(piece)
    text = piece.decode(errors="replace")
    print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
    if len(piece) < 1024:
        break
if not came:
    sys.exit("it closed before sending anything")
