"""Lesson 06's server in Python: python3 server.py [HOST:PORT [FILE [plain]]]

With `plain` the header's JSON is UTF-8 instead of ASCII with escapes.
"""

import json
import os
import socket
import struct
import sys

address, path, style = (sys.argv[1:] + ["", "", ""])[:3]
host, _, port = (address or "127.0.0.1:8000").rpartition(":")
path = path or sys.executable

with socket.create_server((host, int(port))) as listener:
    print("ready on %s:%d" % listener.getsockname(), file=sys.stderr)
    stream, peer = listener.accept()

with stream, open(path, "rb") as file:
    header = {
        "filename": os.path.basename(path),
        "filesize": os.path.getsize(path),
    }
    # Encoded first, then measured: the length counts bytes, not characters.
    text = json.dumps(header, ensure_ascii=style != "plain").encode()
    stream.sendall(struct.pack("<i", len(text)))
    stream.sendall(text)
    while block := file.read(2048):
        stream.sendall(block)
