"""As the article's: merge, five sends."""

import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

stream = socket.socket()
stream.connect((host, port))
stream.send("第一次".encode("utf-8"))
stream.send("第二次".encode("utf-8"))
stream.send("第三次".encode("utf-8"))
stream.send("第四次".encode("utf-8"))
stream.send("第五次".encode("utf-8"))
stream.close()
