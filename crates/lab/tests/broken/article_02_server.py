"""As the article's: one recvfrom, no room for what is no text."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
message, peer = sock.recvfrom(1024)
print(message.decode("utf-8"))
sock.sendto("海贼王".encode("utf-8"), peer)
sock.close()
