"""Three seconds for every single recv."""

import hashlib
import hmac
import socket
import sys
import time

host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()


def receive(stream, length, until):
    data = b""
    while len(data) < length:
        stream.settimeout(3)
        piece = stream.recv(length - len(data))
        if not piece:
            sys.exit(f"it closed after {len(data)} of {length} bytes")
        data += piece
    return data


try:
    with socket.create_connection((host, port), timeout=3) as stream:
        challenge = receive(stream, 32, time.monotonic() + 3)
        proof = hmac.new(key, challenge, hashlib.md5).hexdigest().encode()
        stream.sendall(proof)
except OSError as error:
    sys.exit(str(error))
