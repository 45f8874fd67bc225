"""Has a timeout where nobody can be late."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
sock.settimeout(1)
message, peer = sock.recvfrom(1024)
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
sock.sendto("海贼王".encode(), peer)
