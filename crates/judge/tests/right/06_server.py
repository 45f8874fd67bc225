"""Lesson 06's server, right."""

import json
import os
import socket
import struct
import sys
import threading

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def serve(stream):
    try:
        with stream, open(path, "rb") as file:
            stream.settimeout(5)
            size = os.fstat(file.fileno()).st_size
            header = {"filename": os.path.basename(path), "filesize": size}
            text = json.dumps(header).encode()
            stream.sendall(struct.pack("<i", len(text)) + text)
            while block := file.read(65536):
                stream.sendall(block)
    except OSError as error:
        print(error, file=sys.stderr)


listener = socket.create_server((host, port), backlog=128)
while True:
    stream, peer = listener.accept()
    threading.Thread(target=serve, args=(stream,), daemon=True).start()
