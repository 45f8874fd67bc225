"""No file where there are no bytes."""

import json
import os
import socket
import struct
import sys
import time

host, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]


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
    stream.settimeout(3)
    with open(path, "wb") as file:
        while block := stream.recv(65536):
            came += len(block)
            file.write(block)
    if came < size:
        sys.exit(f"it closed after {came} of {size} bytes")
    if came > size:
        sys.exit(f"more came than {size} bytes")


def fetch(stream):
    until = time.monotonic() + 3
    (length,) = struct.unpack("<i", receive(stream, 4, until))
    if not 1 <= length <= 65536:
        sys.exit(f"a header of {length} bytes")
    header = json.loads(receive(stream, length, until).decode())
    size = header["filesize"]
    if type(size) is not int or size < 0:
        sys.exit(f"a file of {size!r} bytes")
    print(header)
    if os.path.exists(out):
        sys.exit(f"{out} exists")
    if size == 0:
        return
    try:
        receive_file(stream, out + ".part", size)
        os.rename(out + ".part", out)
    finally:
        if os.path.exists(out + ".part"):
            os.remove(out + ".part")


try:
    with socket.create_connection((host, port), timeout=3) as stream:
        fetch(stream)
except (OSError, ValueError, TypeError, KeyError) as error:
    sys.exit(repr(error))
