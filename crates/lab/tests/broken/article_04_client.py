"""As the article's: prints whatever comes, and waits for ever."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
while True:
    sock.sendto("%Y/%m/%d %H:%M:%S".encode("utf-8"), (host, port))
    message, peer = sock.recvfrom(1024)
    print(message.decode("utf-8"))
    time.sleep(1)
