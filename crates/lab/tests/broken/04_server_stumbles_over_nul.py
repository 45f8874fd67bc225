"""Believes that a NUL ends a text."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))


def render(question):
    question = question.split(b"\0")[0]
    if len(question) > 1024:
        raise ValueError("the format is too long")
    answer = time.strftime(question.decode()).encode()
    if len(answer) > 1024:
        raise ValueError("the answer is too long")
    return answer


while True:
    question, peer = sock.recvfrom(65535)
    try:
        answer = render(question)
    except ValueError as error:
        answer = f"error: {error}".encode()
    sock.sendto(answer, peer)
