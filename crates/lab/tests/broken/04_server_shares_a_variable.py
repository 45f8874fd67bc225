"""Has threads that share the client's address."""

import socket
import sys
import threading
import time

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.bind((host, port))


def render(question):
    if b"\0" in question:
        raise ValueError("a NUL")
    if len(question) > 1024:
        raise ValueError("the format is too long")
    answer = time.strftime(question.decode()).encode()
    if len(answer) > 1024:
        raise ValueError("the answer is too long")
    return answer


def reply(question):
    try:
        answer = render(question)
    except ValueError as error:
        answer = f"error: {error}".encode()
    time.sleep(0.02)
    sock.sendto(answer, peer)


while True:
    question, peer = sock.recvfrom(65535)
    threading.Thread(target=reply, args=[question]).start()
