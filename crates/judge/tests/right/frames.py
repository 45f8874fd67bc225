"""What lesson 09's right programs share: heads and frames."""

import base64
import hashlib
import struct

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
OPCODES = (0, 1, 2, 8, 9, 10)


class Wrong(Exception):
    """What a peer did wrong, with the code to close with."""


def show(kind, data):
    if kind == 2:
        return "(%d bytes that are no text)" % len(data)
    try:
        text = data.decode()
    except UnicodeDecodeError:
        raise Wrong("a text that is no UTF-8", 1007)
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def read_head(stream):
    first, fields, left = "", {}, 8192
    while True:
        line = stream.readline(left).decode("latin-1")
        left -= len(line)
        if left == 0:
            raise Wrong("too long a head", 431)
        line = line.strip()
        if not line:
            return first, fields
        if not first:
            first = line
            continue
        name, _, value = line.partition(":")
        fields[name.lower()] = value.strip()


def accept_of(key):
    digest = hashlib.sha1((key + GUID).encode()).digest()
    return base64.b64encode(digest).decode()


def exactly(stream, length):
    data = stream.read(length)
    if len(data) < length:
        raise EOFError("it went without a close")
    return data


def mask_with(mask, data):
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))


def read_frame(stream, masked):
    first, second = exactly(stream, 2)
    length = second & 0x7F
    if length == 126:
        length = struct.unpack(">H", exactly(stream, 2))[0]
    elif length == 127:
        length = struct.unpack(">Q", exactly(stream, 8))[0]
    if length > 100_000:
        raise Wrong("too long a frame", 1009)
    if first & 0x70:
        raise Wrong("a reserved bit", 1002)
    if first & 0x0F not in OPCODES:
        raise Wrong("a reserved opcode", 1002)
    if bool(second & 0x80) != masked:
        raise Wrong("a mask is missing, or too many", 1002)
    mask = exactly(stream, 4) if masked else bytes(4)
    data = mask_with(mask, exactly(stream, length))
    return first & 0x80, first & 0x0F, data


def frame(opcode, data, mask=None):
    bit = 0x80 if mask else 0
    if len(data) < 126:
        length = bytes([bit | len(data)])
    elif len(data) < 65536:
        length = bytes([bit | 126]) + struct.pack(">H", len(data))
    else:
        length = bytes([bit | 127]) + struct.pack(">Q", len(data))
    if mask:
        data = mask + mask_with(mask, data)
    return bytes([0x80 | opcode]) + length + data
