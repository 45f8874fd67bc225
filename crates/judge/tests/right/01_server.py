"""Lesson 01's server, right."""

import socket
import sys

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
stream, peer = listener.accept()
stream.settimeout(5)
message = stream.recv(1024)
if not message:
    sys.exit("it closed before sending anything")
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
stream.sendall("海贼王".encode())
