"""As the article's: one recv for the length, one for the header."""

import json
import socket
import struct
import sys

host, port, out = sys.argv[1], int(sys.argv[2]), sys.argv[3]

stream = socket.socket()
stream.connect((host, port))
length = struct.unpack("i", stream.recv(4))[0]
header = json.loads(stream.recv(length).decode("utf-8"))
print(header)
with open(out, "wb") as file:
    while block := stream.recv(2048):
        file.write(block)
stream.close()
