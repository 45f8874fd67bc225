"""Lesson 05's client in Python:
python3 client.py [HOST:PORT] [--demo merge|split]"""

import argparse
import socket
import time

parser = argparse.ArgumentParser()
parser.add_argument("address", nargs="?", default="127.0.0.1:8000")
parser.add_argument("--demo", choices=["merge", "split"], default="merge")
args = parser.parse_args()
host, _, port = args.address.rpartition(":")

with socket.create_connection((host, int(port)), timeout=5) as stream:
    if args.demo == "merge":
        for message in ["第一次", "第二次", "第三次", "第四次", "第五次"]:
            stream.sendall(message.encode())
    else:
        time.sleep(0.1)  # busy, so that all five are there
        while piece := stream.recv(9):
            print(piece.decode())
