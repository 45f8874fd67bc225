"""Asks again, but not where nobody is yet."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.settimeout(1)
sock.connect((host, port))
for attempt in range(5):
    sock.send(b"onepiece")
    try:
        message = sock.recv(65535)
        break
    except TimeoutError:
        pass
else:
    sys.exit("no answer")
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
