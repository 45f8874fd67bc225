"""As the article's: one recv, decoded as if nothing could be wrong with it."""

import socketserver
import sys


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.send("server端消息".encode("utf-8"))
        print(self.request.recv(1024).decode("utf-8"))


address = (sys.argv[1], int(sys.argv[2]))
server = socketserver.ThreadingTCPServer(address, Handler)
server.serve_forever()
