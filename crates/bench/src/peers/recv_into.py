"""Lesson 06's client as Python does it fastest: HOST:PORT OUTPUT"""

import json
import socket
import struct
import sys

address, output = sys.argv[1:]
host, _, port = address.rpartition(":")

with (
    socket.create_connection((host, int(port)), timeout=5) as stream,
    open(output, "wb", buffering=0) as file,
):
    wait = socket.MSG_WAITALL
    (length,) = struct.unpack("<i", stream.recv(4, wait))
    left = json.loads(stream.recv(length, wait))["filesize"]
    block = memoryview(bytearray(64 * 1024))
    while received := stream.recv_into(block):
        file.write(block[:received])
        left -= received

if left != 0:
    sys.exit(f"{left} bytes are missing")
