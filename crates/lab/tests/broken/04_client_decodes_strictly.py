"""Believes that every answer is text."""

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
        answer = sock.recv(65535)
    answer = answer.decode()
    if answer.startswith("error: ") or not answer:
        raise OSError(answer)
    time.strptime(answer, FORMAT)
    return answer


while True:
    try:
        print(ask())
    except OSError as error:
        print(f"no time: {error}", file=sys.stderr)
    time.sleep(0.5)
