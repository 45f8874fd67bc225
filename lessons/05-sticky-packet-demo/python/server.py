"""Lesson 05's server in Python:
python3 server.py [HOST:PORT] [--demo merge|split]"""

import argparse
import socket
import sys
import time

parser = argparse.ArgumentParser()
parser.add_argument("address", nargs="?", default="127.0.0.1:8000")
parser.add_argument("--demo", choices=["merge", "split"], default="merge")
args = parser.parse_args()
host, _, port = args.address.rpartition(":")

with socket.create_server((host, int(port))) as listener:
    print("ready on %s:%d" % listener.getsockname(), file=sys.stderr)
    stream, peer = listener.accept()

with stream:
    if args.demo == "merge":
        time.sleep(0.1)  # busy, so that all five are there
        print(stream.recv(1024).decode())
    else:
        for message in ["一次一次一次", "二次", "三次", "四次", "五次"]:
            stream.sendall(message.encode())
