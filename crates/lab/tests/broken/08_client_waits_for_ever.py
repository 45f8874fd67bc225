"""No timeout."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])


def show(text):
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def talk(stream):
    stream.settimeout(None)
    greeting = stream.recv(1024)
    if not greeting:
        sys.exit("it closed without a word")
    print(show(greeting.decode(errors="replace")))
    try:
        line = input(">>>")
    except EOFError:
        line = ""
    if line:
        stream.sendall(line.encode())
    else:
        print("there is nothing to send", file=sys.stderr)


try:
    with socket.create_connection((host, port), timeout=3) as stream:
        talk(stream)
except OSError as error:
    sys.exit(str(error))
