"""Lesson 07's client in Python: python3 client.py [HOST:PORT [KEY [DIGEST]]]"""

import hmac
import socket
import sys

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9000"
key = sys.argv[2] if len(sys.argv) > 2 else "这是一个秘钥"
digest = sys.argv[3] if len(sys.argv) > 3 else "md5"
host, _, port = address.rpartition(":")

with socket.create_connection((host, int(port)), timeout=5) as stream:
    challenge = stream.recv(1024)
    proof = hmac.new(key.encode(), challenge, digest).hexdigest()
    stream.sendall(proof.encode())
