"""Lesson 06's client in Python: python3 client.py [HOST:PORT [OUTPUT]]"""

import json
import socket
import struct
import sys

address, output = (sys.argv[1:] + ["", ""])[:2]
host, _, port = (address or "127.0.0.1:8000").rpartition(":")

# read(n) of a buffered reader waits for all n bytes, recv(n) for any.
with (
    socket.create_connection((host, int(port)), timeout=5) as connection,
    connection.makefile("rb") as stream,
):
    (length,) = struct.unpack("<i", stream.read(4))
    header = json.loads(stream.read(length))
    print(header)
    with open(output or "电影.mkv", "wb") as file:
        while block := stream.read(2048):
            file.write(block)
