"""A file read as text."""

import json
import os
import socket
import struct
import sys
import threading

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def serve(stream):
    try:
        with stream, open(path, errors="replace") as file:
            stream.settimeout(3)
            size = os.fstat(file.fileno()).st_size
            header = {"filename": os.path.basename(path), "filesize": size}
            text = json.dumps(header).encode()
            stream.sendall(struct.pack("<i", len(text)) + text)
            while block := file.read(65536):
                stream.sendall(block.encode())
    except OSError as error:
        print(error, file=sys.stderr)


listener = socket.create_server((host, port), backlog=128)
while True:
    stream, peer = listener.accept()
    threading.Thread(target=serve, args=(stream,), daemon=True).start()
