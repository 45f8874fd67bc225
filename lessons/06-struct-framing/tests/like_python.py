"""Says what Python makes of file names: on stdin each a line of hex, on
stdout its frame in hex, and the printed header in hex."""

import json
import struct
import sys

for line in sys.stdin:
    header = {"filename": bytes.fromhex(line).decode(), "filesize": 2**63}
    text = json.dumps(header).encode()
    frame = struct.pack("<i", len(text)) + text
    print(frame.hex(), str(header).encode().hex())
