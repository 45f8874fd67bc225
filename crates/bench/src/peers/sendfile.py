"""Lesson 06's server as Python does it fastest: HOST:PORT FILE"""

import json
import os
import socket
import struct
import sys

address, path = sys.argv[1:]
host, _, port = address.rpartition(":")

with socket.create_server((host, int(port))) as listener:
    print("ready on %s:%d" % listener.getsockname(), file=sys.stderr)
    stream, peer = listener.accept()

with stream, open(path, "rb") as file:
    header = {
        "filename": os.path.basename(path),
        "filesize": os.path.getsize(path),
    }
    text = json.dumps(header).encode()
    stream.sendall(struct.pack("<i", len(text)) + text)
    stream.sendfile(file)
