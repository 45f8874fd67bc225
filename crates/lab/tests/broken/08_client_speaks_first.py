"""The line is sent before the greeting has come."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])


def show(text):
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def talk(stream):
    stream.settimeout(3)
    line = input(">>>")
    stream.sendall(line.encode())
    greeting = stream.recv(1024)
    if not greeting:
        sys.exit("it closed without a word")
    print(show(greeting.decode(errors="replace")))


try:
    with socket.create_connection((host, port), timeout=3) as stream:
        talk(stream)
except OSError as error:
    sys.exit(str(error))
