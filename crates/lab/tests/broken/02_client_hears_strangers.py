"""Takes any datagram for the answer."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.settimeout(5)
sock.sendto(b"onepiece", (host, port))
message, peer = sock.recvfrom(65535)
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
