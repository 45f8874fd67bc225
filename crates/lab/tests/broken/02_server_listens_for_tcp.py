"""Waits for a connection, where datagrams come."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, port))
listener.settimeout(5)
listener.accept()
