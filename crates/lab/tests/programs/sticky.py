"""Five sends, one recv: sticky.py server | sticky.py client PORT."""

import socket
import sys
import time

if sys.argv[1] == "server":
    # At a port of its own choice.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        stream, _ = listener.accept()
    with stream:
        time.sleep(0.2)
        print(stream.recv(1024).decode())
else:
    with socket.create_connection(("127.0.0.1", int(sys.argv[2]))) as stream:
        for number in "12345":
            stream.sendall(number.encode())
