"""Lesson 01's client, right."""

import socket
import sys

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.create_connection((host, port), timeout=5)
stream.sendall(b"one piece")
message = stream.recv(1024)
if not message:
    sys.exit("it closed before sending anything")
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
