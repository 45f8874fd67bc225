"""Lesson 04's client, right."""

import socket
import sys
import time

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])

FORMAT = "%Y/%m/%d %H:%M:%S"


def ask():
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        sock.connect((host, port))
        sock.send(FORMAT.encode())
        answer = sock.recv(65535).decode()
    time.strptime(answer, FORMAT)
    return answer


while True:
    try:
        print(ask())
    except (OSError, ValueError) as error:
        print(f"no time: {error}", file=sys.stderr)
    time.sleep(0.5)
