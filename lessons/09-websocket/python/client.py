"""Lesson 09's client in Python: python3 client.py [HOST:PORT] [MESSAGE...]

Needs a package: pip install websockets. It says each message, and hears as
many; without any, it says each line that is typed.
"""

import os
import sys
import threading

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import connect

address = (sys.argv[1:] or ["127.0.0.1:8080"])[0]
messages = sys.argv[2:]


def show(message):
    if isinstance(message, bytes):
        return "(%d bytes that are no text)" % len(message)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)


def say_lines(server):
    try:
        for line in sys.stdin:
            server.send(line.rstrip("\r\n"))
        server.close()
    except ConnectionClosed:
        pass  # talk() hears of it too.


def talk(server):
    for message in messages:
        server.send(message)
    for _ in messages:
        print(show(server.recv(timeout=5)), flush=True)
    if messages:
        return
    threading.Thread(target=say_lines, args=(server,), daemon=True).start()
    try:
        while True:
            print(show(server.recv()), flush=True)
    except ConnectionClosed as closed:
        # Both closed, and this side first: stdin is at its end.
        if closed.rcvd_then_sent is not False:
            raise


code = 0
try:
    with connect("ws://%s/" % address, open_timeout=5) as server:
        talk(server)
except (OSError, WebSocketException) as error:
    print("error: %s" % error, file=sys.stderr)
    code = 1
sys.stdout.flush()
# A thread may still wait for stdin, and would not let the program end.
os._exit(code)
