"""Waits for a server to come."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

listener = socket.create_server((host, 0))
listener.settimeout(1)
listener.accept()
