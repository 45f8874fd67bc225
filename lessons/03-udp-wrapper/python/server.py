"""Lesson 03's server in Python: python3 server.py [HOST:PORT [CODING]]"""

import sys

from text_socket import TextSocket

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:8888"
coding = sys.argv[2] if len(sys.argv) > 2 else "utf-8"
host, _, port = address.rpartition(":")

with TextSocket(coding) as sock:
    sock.bind((host, int(port)))
    print("ready on %s:%d" % sock.getsockname(), file=sys.stderr)
    text, peer = sock.recv_text(1024)
    print(text)
    sock.send_text("海贼王", peer)
