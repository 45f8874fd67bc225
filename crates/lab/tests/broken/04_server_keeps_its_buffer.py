"""Takes the whole buffer for the datagram."""

import socket
import sys
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


buffer = bytearray(b"?" * 65535)
while True:
    length, peer = sock.recvfrom_into(buffer)
    question = bytes(buffer).rstrip(b"?")
    try:
        answer = render(question)
    except ValueError as error:
        answer = f"error: {error}".encode()
    sock.sendto(answer, peer)
