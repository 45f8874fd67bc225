"""Lesson 08's server in Python: python3 server.py [HOST:PORT]"""

import socketserver
import sys

host, _, port = (sys.argv[1:] or ["127.0.0.1:8000"])[0].rpartition(":")


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.sendall("server端消息".encode())
        print(self.request.recv(1024).decode())


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server((host, int(port)), Handler) as server:
    print("ready on %s:%d" % server.server_address, file=sys.stderr)
    server.serve_forever()
