"""Lesson 09's server in Python: python3 server.py [HOST:PORT]

Needs a package: pip install websockets. It serves no page.
"""

import sys
import threading

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

host, _, port = (sys.argv[1:] or ["127.0.0.1:8080"])[0].rpartition(":")

room = set()
lock = threading.Lock()


def handle(client):
    with lock:
        room.add(client)
    try:
        for message in client:
            print(message)
            with lock:
                for everybody in room:
                    try:
                        everybody.send(message)
                    except ConnectionClosed:
                        pass
    finally:
        with lock:
            room.discard(client)


with serve(handle, host, int(port), max_size=65536) as server:
    print("ready on %s:%d" % server.socket.getsockname(), file=sys.stderr)
    server.serve_forever()
