"""Lesson 07's client, right."""

import hashlib
import hmac
import socket
import sys
import time

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()


def receive(stream, length, until):
    data = b""
    while len(data) < length:
        stream.settimeout(max(until - time.monotonic(), 0.001))
        piece = stream.recv(length - len(data))
        if not piece:
            sys.exit(f"it closed after {len(data)} of {length} bytes")
        data += piece
    return data


try:
    with socket.create_connection((host, port), timeout=5) as stream:
        challenge = receive(stream, 32, time.monotonic() + 5)
        proof = hmac.new(key, challenge, hashlib.md5).hexdigest().encode()
        stream.sendall(proof)
except OSError as error:
    sys.exit(str(error))
