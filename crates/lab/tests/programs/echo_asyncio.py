"""An echo on asyncio: echo_asyncio.py server|client HOST PORT."""

import asyncio
import sys

side, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


async def serve():
    done = asyncio.Event()

    async def handle(reader, writer):
        data = await reader.read(100)
        print("heard", data.decode())
        writer.write(data.upper())
        await writer.drain()
        writer.close()
        done.set()

    async with await asyncio.start_server(handle, host, port):
        await done.wait()


async def ask():
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"one piece")
    print("heard", (await reader.read(100)).decode())
    writer.close()


asyncio.run(serve() if side == "server" else ask())
