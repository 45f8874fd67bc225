"""Lesson 03's client in Python: python3 client.py [HOST:PORT [CODING]]"""

import sys

from text_socket import TextSocket

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8888"
coding = sys.argv[2] if len(sys.argv) > 2 else "utf-8"
host, _, port = address.rpartition(":")

with TextSocket(coding) as sock:
    sock.settimeout(5)
    sock.send_text("onepiece", (host, int(port)))
    text, server = sock.recv_text(1024)
    print(text)
