"""Lesson 07's server, right."""

import hmac
import os
import socket
import sys
import threading
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
            raise EOFError(f"it closed after {len(data)} bytes")
        data += piece
    return data


def judge(stream):
    try:
        with stream:
            until = time.monotonic() + 5
            challenge = os.urandom(32)
            stream.sendall(challenge)
            answer = receive(stream, 32, until)
            proof = hmac.new(key, challenge, "md5").hexdigest().encode()
            if hmac.compare_digest(answer, proof):
                print("合法用户")
            else:
                print("rejected: a wrong proof", file=sys.stderr)
    except (EOFError, OSError) as error:
        print("a client:", error, file=sys.stderr)


listener = socket.create_server((host, port), backlog=128)
while True:
    stream, peer = listener.accept()
    threading.Thread(target=judge, args=(stream,), daemon=True).start()
