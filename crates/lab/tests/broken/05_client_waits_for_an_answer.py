"""Believes that each message is answered."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

with socket.create_connection((host, port), timeout=5) as stream:
    for message in ["第一次", "第二次", "第三次", "第四次", "第五次"]:
        stream.sendall(message.encode())
        stream.recv(1024)
