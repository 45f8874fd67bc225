"""Lesson 09's server in Python: python3 server.py [HOST:PORT]

Needs a package: pip install websockets. It serves no page.
"""

import queue
import socket
import sys
import threading
from contextlib import suppress

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

host, _, port = (sys.argv[1:] or ["127.0.0.1:8080"])[0].rpartition(":")

room = {}
lock = threading.Lock()


def show(message):
    if isinstance(message, bytes):
        return "(%d bytes that are no text)" % len(message)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)


def say(message):
    with lock:
        print(show(message))
        for client, waiting in room.items():
            try:
                waiting.put_nowait(message)
            except queue.Full:
                # It does not read: this wakes its threads, and ends them.
                with suppress(OSError):
                    client.socket.shutdown(socket.SHUT_RDWR)


def send_all(client, waiting):
    try:
        while (message := waiting.get()) is not None:
            client.send(message)
    except ConnectionClosed:
        pass  # handle() hears of it too.


def handle(client):
    # One that does not read delays nobody: its messages wait in a queue.
    waiting = queue.Queue(100)
    threading.Thread(target=send_all, args=(client, waiting)).start()
    with lock:
        room[client] = waiting
    try:
        for message in client:
            say(message)
    except ConnectionClosed as error:
        print(error, file=sys.stderr)
    finally:
        with lock:
            del room[client]
        with suppress(queue.Full):
            waiting.put_nowait(None)


def check_origin(client, request):
    """Refuses a browser that shows another site's page."""
    origin = request.headers.get("Origin")
    if origin not in (None, "http://" + request.headers.get("Host", "")):
        return client.respond(403, "only this server's own page\n")


def drop_body(client, request, response):
    """The answer to HEAD has no body; old websockets know GET alone."""
    if getattr(request, "method", "GET") == "HEAD":
        response.body = b""


options = dict(process_request=check_origin, process_response=drop_body)
with serve(handle, host, int(port), max_size=65536, **options) as server:
    print("ready on %s:%d" % server.socket.getsockname(), file=sys.stderr)
    server.serve_forever()
