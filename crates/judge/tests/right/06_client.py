"""Lesson 06's client, right."""

import json
import os
import socket
import struct
import sys
import time

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]
part = out + ".part"


def receive(stream, length, until):
    data = b""
    while len(data) < length:
        stream.settimeout(max(until - time.monotonic(), 0.001))
        piece = stream.recv(length - len(data))
        if not piece:
            sys.exit(f"it closed after {len(data)} of {length} bytes")
        data += piece
    return data


def receive_file(stream, path, size):
    came = 0
    stream.settimeout(5)
    with open(path, "wb") as file:
        while block := stream.recv(65536):
            came += len(block)
            if came > size:
                sys.exit(f"more came than {size} bytes")
            file.write(block)
    if came < size:
        sys.exit(f"it closed after {came} of {size} bytes")


def fetch(stream):
    until = time.monotonic() + 5
    (length,) = struct.unpack("<i", receive(stream, 4, until))
    if not 1 <= length <= 65536:
        sys.exit(f"a header of {length} bytes")
    header = json.loads(receive(stream, length, until).decode())
    name, size = header["filename"], header["filesize"]
    if type(name) is not str:
        sys.exit(f"a name that is {name!r}")
    if type(size) is not int or size < 0:
        sys.exit(f"a file of {size!r} bytes")
    print(f"{{'filename': {name!r}, 'filesize': {size}}}")
    if os.path.exists(out):
        sys.exit(f"{out} exists")
    try:
        receive_file(stream, part, size)
        os.rename(part, out)
    finally:
        if os.path.exists(part):
            os.remove(part)


with socket.create_connection((host, port), timeout=5) as stream:
    fetch(stream)
