"""As the article's: one client, and it is over."""

import json
import os
import socket
import struct
import sys

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((host, port))
listener.listen(5)
stream, peer = listener.accept()
size = os.path.getsize(path)
header = {"filename": os.path.basename(path), "filesize": size}
text = json.dumps(header)
stream.send(struct.pack("i", len(text)))
stream.send(text.encode("utf-8"))
with open(path, "rb") as file:
    while size:
        block = file.read(2048)
        stream.send(block)
        size -= len(block)
stream.close()
listener.close()
