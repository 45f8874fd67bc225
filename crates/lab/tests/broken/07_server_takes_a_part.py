"""Right as far as it goes is right."""

import hmac
import os
import socket
import sys
import threading
import time

host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3].encode()


def receive(stream, length, until):
    data = b""
    while len(data) < length:
        stream.settimeout(max(until - time.monotonic(), 0.001))
        piece = stream.recv(length - len(data))
        if not piece:
            break
        data += piece
    return data


def judge(stream):
    try:
        with stream:
            until = time.monotonic() + 3
            challenge = os.urandom(32)
            stream.sendall(challenge)
            answer = receive(stream, 32, until)
            proof = hmac.new(key, challenge, "md5").hexdigest().encode()
            if proof.startswith(answer):
                print("合法用户")
            else:
                print("rejected", file=sys.stderr)
    except (EOFError, OSError) as error:
        print(error, file=sys.stderr)


listener = socket.create_server((host, port), backlog=128)
while True:
    stream, peer = listener.accept()
    threading.Thread(target=judge, args=(stream,), daemon=True).start()
