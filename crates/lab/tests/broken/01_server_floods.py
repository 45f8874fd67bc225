"""Goes round and round, and says so each time."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
listener.setblocking(False)
while True:
    try:
        stream, peer = listener.accept()
    except BlockingIOError:
        print("nobody yet")
