"""Lessons 02's and 03's client, right; the third word is the encoding."""

import socket
import sys
import time

host, port = sys.argv[1], int(sys.argv[2])
coding = (sys.argv[3:] or ["utf-8"])[0]

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.settimeout(1)
sock.connect((host, port))
for attempt in range(5):
    try:
        sock.send("onepiece".encode(coding))
        text = sock.recv(65535).decode(coding, errors="replace")
        break
    except TimeoutError:
        pass
    except ConnectionError:
        time.sleep(1)
else:
    sys.exit("no answer within 5 s")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
