"""Moves bytes in every way that Python has, and prints what came of it."""

import errno
import io
import os
import select
import selectors
import socket
import tempfile
import threading
import traceback

print(type(socket.socket().recv).__name__, socket.socket.__module__)


def pair():
    listener = socket.create_server(("127.0.0.1", 0))
    client = socket.create_connection(listener.getsockname())
    server, address = listener.accept()
    assert address == client.getsockname()
    listener.close()
    return client, server


client, server = pair()
print(client.send(b"abc"), server.recv(2, socket.MSG_PEEK), server.recv(10))
print(client.sendall(memoryview(b"defg")), server.recv_into(bytearray(9)))
print(client.sendmsg(iter([b"hi", b"jk"])), server.recvmsg(10)[0])
buffer = bytearray(4)
client.sendall(bytes(range(200)))
print(server.recvfrom_into(buffer, 3)[0], bytes(buffer))
print(len(server.recv(1000)), client.fileno() > 0, client.gettimeout())
reader, writer = server.makefile("rb"), client.makefile("w")
print("line", file=writer, flush=True)
print(reader.readline())
with tempfile.TemporaryFile() as file:
    file.write(b"x" * 5000)
    file.seek(0)
    print(client.sendfile(file), len(reader.read(5000)))
server.settimeout(0.05)
for call in (lambda: server.recv(9), lambda: server.recv(-1),
             lambda: server.send("text"), lambda: server.sendall(),
             lambda: server.recv("x"), lambda: server.bind(5)):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error)
server.setblocking(False)
try:
    server.recv(9)
except BlockingIOError as error:
    print(error.errno == errno.EAGAIN)
with selectors.DefaultSelector() as selector:
    selector.register(server, selectors.EVENT_READ)
    client.send(b"ready")
    print(len(selector.select(5)), server.recv(9))
print(select.select([], [client], [], 1)[1] == [client])
client.shutdown(socket.SHUT_WR)
writer.close()
client.close()
server.setblocking(True)
print(server.recv(9), client.fileno())
server.close()
for call in (server.recv, server.send):
    try:
        call(9 if call == server.recv else b"x")
    except OSError as error:
        print(error)
again = socket.socket()
print(again.connect_ex(("127.0.0.1", 1)) == errno.ECONNREFUSED)
again.close()
one, other = socket.socketpair()
print(one.send(b"unix"), other.recv(9))
udp = socket.socket(type=socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
asks = socket.socket(type=socket.SOCK_DGRAM)
print(asks.sendto(b"question", udp.getsockname()))
question, address = udp.recvfrom(4)
print(question, address == ("127.0.0.1", asks.getsockname()[1]))
client, server = pair()
if hasattr(os, "fork"):
    child = os.fork()
    if child == 0:
        server.sendall(b"from the child")
        os._exit(0)
    os.waitpid(child, 0)
    print(client.recv(100))
copy = server.dup()
server.close()
copy.sendall(b"from a copy")
print(client.recv(100))
server = copy
thread = threading.Thread(target=server.sendall, args=(b"from a thread",))
thread.start()
thread.join()
print(client.recv(100))
try:
    socket.create_connection(("127.0.0.1", 1))
except OSError:
    frames = traceback.format_exc()
    ours = [line for line in frames.splitlines() if "sitecustomize" in line]
    print(len(ours) <= 1, frames.splitlines()[-1])
raise SystemExit(7)
