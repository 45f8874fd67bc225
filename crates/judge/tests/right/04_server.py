"""Lesson 04's server, right."""

import socket
import sys
import time

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))


def render(question):
    if b"\0" in question:
        raise ValueError("a NUL")
    if len(question) > 1024:
        raise ValueError("the format is too long")
    answer = time.strftime(question.decode(), time.localtime()).encode()
    if len(answer) > 1024:
        raise ValueError("the answer is too long")
    return answer


while True:
    question, peer = sock.recvfrom(65535)
    if b"%" not in question:
        print(f"not answered: {question}", file=sys.stderr)
        continue
    try:
        answer = render(question)
    except ValueError as error:
        answer = f"error: {error}".encode()
    sock.sendto(answer, peer)
