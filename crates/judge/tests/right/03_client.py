"""Lesson 03's client, right; the third word is the encoding."""

import socket
import sys
import time

# Any error is a sentence on stderr, and exit code 1.
sys.excepthook = lambda kind, error, trace: print(error, file=sys.stderr)

host, port, coding = sys.argv[1], int(sys.argv[2]), sys.argv[3]

sock = socket.socket(type=socket.SOCK_DGRAM)
sock.settimeout(1)
sock.connect((host, port))
for attempt in range(5):
    try:
        sock.send("onepiece".encode(coding))
        message = sock.recv(65535)
        break
    except TimeoutError:
        pass
    except ConnectionError:
        time.sleep(1)
else:
    sys.exit("no answer within 5 s")
text = message.decode(coding, errors="replace")
print("".join(c if c.isprintable() else repr(c)[1:-1] for c in text))
