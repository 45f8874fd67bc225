"""Asks again, and never gives up."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.settimeout(1)
sock.connect((host, port))
while True:
    try:
        sock.send(b"onepiece")
        message = sock.recv(65535)
        break
    except TimeoutError:
        pass
    except ConnectionError:
        time.sleep(1)
text = message.decode(errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
