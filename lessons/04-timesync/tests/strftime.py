"""CPython's strftime in the time zone that is the argument: a line
"EPOCH FORMAT" in, a line "UTC_OFFSET TEXT_IN_HEX" out."""

import os
import sys
import time

os.environ["TZ"] = sys.argv[1]
time.tzset()

for line in sys.stdin:
    epoch, _, form = line.rstrip("\n").partition(" ")
    then = time.localtime(int(epoch))
    print(then.tm_gmtoff, time.strftime(form, then).encode().hex())
