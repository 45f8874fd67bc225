"""As the article's: one recv, no timeout."""

import hmac
import socket
import sys

host, port, key = sys.argv[1], int(sys.argv[2]), sys.argv[3]

stream = socket.socket()
stream.connect((host, port))
challenge = stream.recv(1024)
proof = hmac.new(key.encode("utf-8"), challenge, "md5").hexdigest()
stream.send(proof.encode("utf-8"))
stream.close()
