"""Knows an error, and prints all else."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])

FORMAT = "%Y/%m/%d %H:%M:%S"


def ask():
    with socket.socket(type=socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        sock.connect((host, port))
        sock.send(FORMAT.encode())
        answer = sock.recv(65535).decode()
    if answer.startswith("error: "):
        raise ValueError(answer)
    return answer


while True:
    try:
        print(ask())
    except (OSError, ValueError) as error:
        print(f"no time: {error}", file=sys.stderr)
    time.sleep(0.5)
