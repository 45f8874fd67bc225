"""Lesson 07's server in Python: python3 server.py [HOST:PORT [KEY [DIGEST]]]"""

import hmac
import os
import socket
import sys

address = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9000"
key = sys.argv[2] if len(sys.argv) > 2 else "这是一个秘钥"
digest = sys.argv[3] if len(sys.argv) > 3 else "md5"
host, _, port = address.rpartition(":")

with socket.create_server((host, int(port))) as listener:
    print("ready on %s:%d" % listener.getsockname(), file=sys.stderr)
    while True:
        stream, peer = listener.accept()
        with stream:
            challenge = os.urandom(32)
            stream.sendall(challenge)
            proof = hmac.new(key.encode(), challenge, digest).hexdigest()
            if hmac.compare_digest(stream.recv(1024), proof.encode()):
                print("合法用户")
