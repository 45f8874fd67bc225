"""Believes that any piece of text is text."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

with socket.create_server((host, port)) as listener:
    stream, peer = listener.accept()
stream.settimeout(5)
came = 0
while piece := stream.recv(1024):
    came += len(piece)
    text = piece.decode()
    print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
if not came:
    sys.exit("it closed before sending anything")
