"""The header goes out before the file is opened."""

import json
import os
import socket
import struct
import sys
import threading

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]


def serve(stream):
    try:
        with stream:
            stream.settimeout(3)
            size = os.path.getsize(path) if os.path.exists(path) else 0
            header = {"filename": os.path.basename(path), "filesize": size}
            text = json.dumps(header).encode()
            stream.sendall(struct.pack("<i", len(text)) + text)
            file = open(path, "rb")
            while block := file.read(65536):
                stream.sendall(block)
    except OSError as error:
        print(error, file=sys.stderr)


listener = socket.create_server((host, port), backlog=128)
while True:
    stream, peer = listener.accept()
    threading.Thread(target=serve, args=(stream,), daemon=True).start()
