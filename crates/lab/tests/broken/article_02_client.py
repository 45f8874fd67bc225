"""As the article's: asks once, and waits for ever."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.sendto("onepiece".encode("utf-8"), (host, port))
message, peer = sock.recvfrom(1024)
print(message.decode("utf-8"))
sock.close()
