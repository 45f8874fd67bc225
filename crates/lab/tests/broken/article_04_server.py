"""As the article's: answers whatever comes."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))
while True:
    message, peer = sock.recvfrom(1024)
    sock.sendto(time.strftime(message.decode("utf-8")).encode("utf-8"), peer)
