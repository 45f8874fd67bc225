"""Lesson 08's client, right."""

import socket
import sys

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port = sys.argv[1], int(sys.argv[2])


def show(text):
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def has_closed(stream):
    stream.setblocking(False)
    try:
        return not stream.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    finally:
        stream.settimeout(5)


def talk(stream):
    stream.settimeout(5)
    greeting = stream.recv(1024)
    if not greeting:
        sys.exit("it closed without a word")
    print(show(greeting.decode(errors="replace")))
    try:
        line = input(">>>")
    except EOFError:
        line = ""
    if line:
        if has_closed(stream):
            sys.exit("it closed before the line was sent")
        stream.sendall(line.encode())
    else:
        print("there is nothing to send", file=sys.stderr)


try:
    with socket.create_connection((host, port), timeout=5) as stream:
        talk(stream)
except OSError as error:
    sys.exit(str(error))
