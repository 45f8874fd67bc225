"""Lesson 09's client in Python: python3 client.py [HOST:PORT] [MESSAGE...]

Needs a package: pip install websockets. It says each message, and hears as
many.
"""

import sys

from websockets.sync.client import connect

address = (sys.argv[1:] or ["127.0.0.1:8080"])[0]
messages = sys.argv[2:] or [input(">>>")]

with connect("ws://%s/" % address, open_timeout=5) as server:
    for message in messages:
        server.send(message)
    for _ in messages:
        print(server.recv(timeout=5))
