"""Split's server: sends, and keeps the connection."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])

with socket.create_server((host, port)) as listener:
    stream, peer = listener.accept()
for message in ["一次一次一次", "二次", "三次", "四次", "五次"]:
    stream.sendall(message.encode())
time.sleep(60)
