"""As the article's: one recv, one client."""

import hmac
import os
import socket
import sys

host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]

listener = socket.socket()
listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
listener.bind((host, port))
listener.listen()
stream, peer = listener.accept()
challenge = os.urandom(32)
stream.send(challenge)
proof = hmac.new(key.encode("utf-8"), challenge, "md5").hexdigest()
if stream.recv(1024).decode("utf-8") == proof:
    print("合法用户")
else:
    print("不合法", file=sys.stderr)
stream.close()
listener.close()
