"""Reports a Python program's socket calls to lab, which draws them.

The interpreter loads a module of this name by itself (site, "sitecustomize"),
before the program. It patches the standard library's `socket` as soon as that
is imported, reports as the course's own programs do (crates/tap/src/call.rs),
and then loads the sitecustomize that it hid. Only modules that are built in
are used, so that a program's own files shadow nothing here.
"""

import sys

MOST = 64 << 20
KINDS = {
    "BlockingIOError": "WouldBlock",
    "BrokenPipeError": "BrokenPipe",
    "ConnectionAbortedError": "ConnectionAborted",
    "ConnectionRefusedError": "ConnectionRefused",
    "ConnectionResetError": "ConnectionReset",
    "InterruptedError": "Interrupted",
    "PermissionError": "PermissionDenied",
    "TimeoutError": "TimedOut",
    "timeout": "TimedOut",
}


def tap(folder):
    import time

    if "posix" in sys.builtin_module_names:
        import posix as system
    else:
        import nt as system
    now = time.time_ns
    written = {}
    flags = system.O_WRONLY | system.O_APPEND | system.O_CREAT
    flags |= getattr(system, "O_CLOEXEC", 0) | getattr(system, "O_BINARY", 0)
    flags |= getattr(system, "O_NOINHERIT", 0)

    def write(line):
        # Opened for each line: no descriptor of lab's is in the program's
        # way, and after a fork each process has a file of its own.
        pid = system.getpid()
        size = written.get(pid)
        if size is None:
            written.clear()
            size = 0
            line = '{"tap":2,"op":"loaded","by":"python"}\n' + line
        elif size > MOST:
            return
        written[pid] = size + len(line)
        if written[pid] > MOST:
            line = '{"tap":2,"op":"stopped"}\n'
        try:
            name = "%s/%d.jsonl" % (folder, pid)
            file = system.open(name, flags, 0o600)
            try:
                system.write(file, line.encode("ascii", "replace"))
            finally:
                system.close(file)
        except OSError:
            pass

    def quoted(text):
        if text is None:
            return "null"
        safe = []
        for c in str(text):
            if c in '"\\' or not " " <= c <= "~":
                c = "\\u%04x" % min(ord(c), 0xFFFD)
            safe.append(c)
        return '"%s"' % "".join(safe)

    def report(op, proto, ends, start, end, length=0, head=b"", error=None):
        kind = None
        if error is not None:
            kind = KINDS.get(type(error).__name__, "Other")
        write(
            '{"tap":2,"op":"%s","proto":"%s","local":%s,"peer":%s,'
            '"start":%d,"end":%s,"calls":1,"len":%s,"head":"%s",'
            '"error":%s,"kind":%s}\n'
            % (
                op,
                proto,
                quoted(ends[0]),
                quoted(ends[1]),
                start,
                "null" if end is None else end,
                length,
                head.hex(),
                quoted(error),
                quoted(kind),
            )
        )

    def printed(text):
        for line in text.split("\n")[:-1]:
            data = line.rstrip("\r").encode("utf-8", "replace")
            at = now()
            report("print", "", (None, None), at, at, len(data), data[:64])

    write("")
    return report, now, printed


def patch(socket, report, now):
    """Puts reporting methods into the class socket.socket."""
    import _socket
    from _thread import get_ident

    cls = socket.socket
    inet = (_socket.AF_INET, getattr(_socket, "AF_INET6", -1))
    stream, dgram = _socket.SOCK_STREAM, _socket.SOCK_DGRAM
    peek = getattr(_socket, "MSG_PEEK", 0)
    # Sockets that connect without waiting: descriptor -> start, address.
    connecting = {}
    # Threads and sockets that nobody wants to see: Windows' socketpair.
    quiet_threads = set()
    quiet_sockets = set()
    resolved = {}
    last_ends = {}
    # Sockets of which somebody has a copy: one close does not end them.
    shared = set()
    if "posix" in sys.modules:
        sys.modules["posix"].register_at_fork(
            after_in_parent=lambda: shared.update(last_ends),
            after_in_child=shared.clear,
        )

    def proto(sock):
        if sock.family not in inet or get_ident() in quiet_threads:
            return None
        if sock.fileno() in quiet_sockets:
            return None
        return {stream: "tcp", dgram: "udp"}.get(sock.type & 0xF)

    def text(address):
        if not isinstance(address, tuple) or len(address) < 2:
            return None
        host, port = address[:2]
        host = str(host).split("%")[0]
        return ("[%s]:%d" if ":" in host else "%s:%d") % (host, port)

    def numeric(sock, address):
        if not isinstance(address, tuple) or len(address) < 2:
            return None
        try:
            key = (sock.family, address[0], address[1])
            if key not in resolved:
                found = _socket.getaddrinfo(address[0], address[1],
                                            sock.family)
                resolved[key] = text(found[0][4])
            return resolved[key]
        except Exception:
            return None

    def end_of(ask):
        try:
            return text(ask())
        except OSError:
            return None

    def ends(sock, peer=None):
        both = end_of(sock.getsockname), peer or end_of(sock.getpeername)
        if both[1] is None:
            # The system forgets the peer of a stream that is over.
            return last_ends.get(sock.fileno(), both)
        if sock.type & 0xF == stream:
            last_ends[sock.fileno()] = both
        return both

    def first(data):
        try:
            view = memoryview(data).cast("B")
            return view.nbytes, bytes(view[:64])
        except (TypeError, ValueError):
            return 0, b""

    def finish_connect(sock, error=None):
        start, peer = connecting.pop(sock.fileno(), (None, None))
        if start is not None:
            report("connect", "tcp", ends(sock, peer), start, now(),
                   error=error)

    def watch(name, op, moved, cls=cls):
        """Replaces a method that sends or receives. `moved` gives, from its
        result and its arguments: length, first bytes, the peer."""
        original = getattr(cls, name, None)
        if original is None:
            return

        def method(self, *args, **more):
            kind = proto(self)
            if kind is None:
                return original(self, *args, **more)
            if self.fileno() in connecting:
                finish_connect(self)
            start, what, blocks = now(), op, self.gettimeout() != 0
            known = ends(self)
            if op == "recv":
                if flags_of(name, args, more) & peek:
                    what = "peek"
                if blocks:
                    report(what, kind, known, start, None)
            elif kind == "tcp" and blocks:
                length, head, _ = moved(None, args, more)
                report(what, kind, known, start, None, length, head)
            try:
                result = original(self, *args, **more)
            except BlockingIOError:
                if blocks:
                    report(what, kind, known, start, now(),
                           error=TimeoutError("timed out"))
                raise
            except OSError as error:
                report(what, kind, known, start, now(), error=error)
                raise
            except BaseException:
                # It was not called as it has to be: nothing happened.
                report("undo", kind, known, start, None)
                raise
            length, head, peer = moved(result, args, more)
            if peer is not None:
                peer = numeric(self, peer)
            local = known[0] if kind == "tcp" else end_of(self.getsockname)
            both = (local, peer or known[1])
            report(what, kind, both, start, now(), length, head)
            return result

        method.__name__ = name
        method.__qualname__ = "socket." + name
        method.__doc__ = original.__doc__
        setattr(cls, name, method)

    # Which argument the flags are, for each method that receives.
    places = {"recv": 1, "recvfrom": 1, "recv_into": 2, "recvfrom_into": 2,
              "recvmsg": 2, "recvmsg_into": 2}

    def flags_of(name, args, more):
        place = places[name]
        value = args[place] if len(args) > place else more.get("flags", 0)
        return value if isinstance(value, int) else 0

    def sent(result, args, more):
        length, head = first(args[0]) if args else (0, b"")
        if isinstance(result, int):
            length = min(length, result)
        return length, head[:length], None

    def sent_to(result, args, more):
        to = args[-1] if len(args) > 1 else None
        return sent(result, args, more)[:2] + (to,)

    def sent_message(result, args, keywords):
        head, length = b"", 0
        for buffer in args[0] if args else ():
            more, start = first(buffer)
            length += more
            head += start if length <= 64 else start[: 64 - len(head)]
        if isinstance(result, int):
            length = min(length, result)
        return length, head[:64][:length], args[3] if len(args) > 3 else None

    def received(result, args, more):
        return len(result), result[:64], None

    def received_from(result, args, more):
        return len(result[0]), result[0][:64], result[1]

    def received_into(result, args, more):
        buffer = args[0] if args else more.get("buffer")
        return result, first(buffer)[1][:result], None

    def received_from_into(result, args, more):
        buffer = args[0] if args else more.get("buffer")
        return result[0], first(buffer)[1][: result[0]], result[1]

    def received_message(result, args, more):
        return len(result[0]), result[0][:64], result[3]

    def received_message_into(result, args, more):
        return result[0], b"", result[3]

    watch("send", "send", sent)
    watch("sendall", "send", sent)
    watch("sendto", "send", sent_to)
    watch("recv", "recv", received)
    watch("recvfrom", "recv", received_from)
    watch("recv_into", "recv", received_into)
    watch("recvfrom_into", "recv", received_from_into)
    watch("recvmsg", "recv", received_message)
    watch("recvmsg_into", "recv", received_message_into)
    watch("sendmsg", "send", sent_message)
    if hasattr(cls, "sendmsg"):
        sendmsg = cls.sendmsg

        def several(self, buffers, *args, **more):
            # They may come only once.
            return sendmsg(self, list(buffers), *args, **more)

        several.__name__, several.__doc__ = "sendmsg", sendmsg.__doc__
        cls.sendmsg = several

    sendfile = getattr(cls, "_sendfile_use_sendfile", None)
    if sendfile is not None:
        def whole_file(self, *args, **more):
            start, known = now(), ends(self)
            count = sendfile(self, *args, **more)
            report("send", "tcp", known, start, now(), count)
            return count

        cls._sendfile_use_sendfile = whole_file

    connect, connect_ex = cls.connect, cls.connect_ex

    def connects(self, address):
        kind = proto(self)
        if kind is None:
            return connect(self, address)
        peer, start = numeric(self, address), now()
        if kind == "tcp" and self.gettimeout() != 0:
            report("connect", kind, (None, peer), start, None)
        try:
            result = connect(self, address)
        except BlockingIOError:
            connecting[self.fileno()] = (start, peer)
            raise
        except OSError as error:
            if kind == "tcp":
                report("connect", kind, (None, peer), start, now(),
                       error=error)
            raise
        if kind == "tcp":
            report("connect", kind, ends(self), start, now())
        return result

    def connects_ex(self, address):
        kind = proto(self)
        peer, start = numeric(self, address) if kind else None, now()
        code = connect_ex(self, address)
        if kind == "tcp":
            if code == 0:
                report("connect", kind, ends(self), start, now())
            elif self.gettimeout() == 0 and code in (36, 115, 10035, 10036):
                connecting[self.fileno()] = (start, peer)
            else:
                error = OSError(code, "connect_ex gives %d" % code)
                report("connect", kind, (None, peer), start, now(),
                       error=error)
        return code

    getsockopt = cls.getsockopt

    def asks(self, *args):
        value = getsockopt(self, *args)
        if args[:2] == (_socket.SOL_SOCKET, _socket.SO_ERROR):
            if self.fileno() in connecting:
                error = OSError(value, "error %d" % value) if value else None
                finish_connect(self, error)
        return value

    dup = cls.dup

    def copies(self):
        shared.add(self.fileno())
        return dup(self)

    accept, listen, bind = cls.accept, cls.listen, cls.bind

    def accepts(self):
        kind = proto(self)
        if kind is None:
            return accept(self)
        start, known = now(), (end_of(self.getsockname), None)
        blocks = self.gettimeout() != 0
        if blocks:
            report("accept", kind, known, start, None)
        try:
            new, address = accept(self)
        except BlockingIOError:
            raise
        except OSError as error:
            report("accept", kind, known, start, now(), error=error)
            raise
        report("accept", kind, ends(new, text(address)), start, now())
        return new, address

    def listens(self, *args):
        start = now()
        result = listen(self, *args)
        if proto(self) is not None:
            report("bind", "tcp", (end_of(self.getsockname), None), start,
                   now())
        return result

    def binds(self, address):
        start = now()
        result = bind(self, address)
        if proto(self) == "udp":
            report("bind", "udp", (end_of(self.getsockname), None), start,
                   now())
        return result

    shutdown, real_close = cls.shutdown, cls._real_close

    def shuts(self, how):
        kind, known, start = proto(self), ends(self), now()
        result = shutdown(self, how)
        if kind is not None and how != _socket.SHUT_RD:
            report("shutdown", kind, known, start, now())
        return result

    def closes(self, *args):
        fileno = self.fileno()
        kind = proto(self)
        if kind is not None and fileno >= 0 and fileno not in shared:
            known, start = ends(self), now()
            if known[1] is not None or kind == "udp":
                report("close", kind, known, start, now())
        shared.discard(fileno)
        connecting.pop(fileno, None)
        last_ends.pop(fileno, None)
        quiet_sockets.discard(fileno)
        return real_close(self, *args)

    replaced = {"connect": connects, "connect_ex": connects_ex,
                "getsockopt": asks, "dup": copies, "accept": accepts, "listen": listens,
                "bind": binds, "shutdown": shuts, "_real_close": closes}
    for name, method in replaced.items():
        method.__name__, method.__doc__ = name, getattr(cls, name).__doc__
        setattr(cls, name, method)

    if sys.platform == "win32":
        socketpair = socket.socketpair

        def pair(*args, **more):
            me = get_ident()
            quiet_threads.add(me)
            try:
                both = socketpair(*args, **more)
            finally:
                quiet_threads.discard(me)
            quiet_sockets.update(one.fileno() for one in both)
            return both

        socket.socketpair = pair

    def patch_ssl(ssl, report, now):
        """What TLS moves is drawn as it was before it was encrypted."""
        watch("send", "send", sent, ssl.SSLSocket)
        watch("recv", "recv", received, ssl.SSLSocket)
        watch("recv_into", "recv", received_into, ssl.SSLSocket)

    return {"ssl": patch_ssl}


def patch_proactor(events, report, now):
    """On Windows, asyncio's sockets move their bytes past socket.socket."""
    proactor = events.IocpProactor

    def watch(name, op, moved):
        original = getattr(proactor, name, None)
        if original is None:
            return

        def method(self, conn, *args):
            start = now()
            future = original(self, conn, *args)

            def done(ended):
                if ended.cancelled():
                    return
                error = ended.exception()
                length, head = (0, b"")
                if error is None:
                    length, head = moved(ended.result(), args)
                try:
                    local, peer = conn.getsockname(), conn.getpeername()
                    known = ["%s:%d" % end[:2] for end in (local, peer)]
                except OSError:
                    known = [None, None]
                report(op, "tcp", known, start, now(), length, head, error)

            future.add_done_callback(done)
            return future

        setattr(proactor, name, method)

    watch("send", "send", lambda n, args: (n, bytes(args[0][:64])[:n]))
    watch("recv", "recv", lambda data, args: (len(data), bytes(data[:64])))
    watch("recv_into", "recv", lambda n, args: (n, bytes(args[0][:64])[:n]))
    watch("connect", "connect", lambda result, args: (0, b""))


def patch_print(printed):
    """Has each line that is printed keep its place among the calls."""
    import builtins

    original = builtins.print

    def print(*args, sep=" ", end="\n", file=None, flush=False):
        out = sys.stdout
        seen = out is not None and out is sys.__stdout__
        seen = seen and (file is None or file is out)
        texts = (str, type(None))
        if not (seen and isinstance(sep, texts) and isinstance(end, texts)):
            return original(*args, sep=sep, end=end, file=file, flush=flush)
        text = (" " if sep is None else sep).join(map(str, args))
        text += "\n" if end is None else end
        printed(text)
        return original(text, end="", flush=flush)

    print.__doc__ = original.__doc__
    builtins.print = print


def hook(report, now, printed):
    """Patches the modules of the standard library when they are imported."""
    patch_print(printed)
    patches = {"socket": patch}
    if sys.platform == "win32":
        patches["asyncio.windows_events"] = patch_proactor
    from _frozen_importlib_external import PathFinder

    library = sys.modules["os"].__file__.rsplit("os.", 1)[0]

    class Finder:
        @staticmethod
        def find_spec(name, path=None, target=None):
            if name not in patches:
                return None
            spec = PathFinder.find_spec(name, path, target)
            if spec is None or not str(spec.origin).startswith(library):
                return spec
            change, loader = patches.pop(name), spec.loader
            original = loader.exec_module

            def exec_module(module):
                original(module)
                patches.update(change(module, report, now) or {})

            loader.exec_module = exec_module
            return spec

        @staticmethod
        def invalidate_caches():
            pass

    if "socket" in sys.modules:
        change = patches.pop("socket")
        patches.update(change(sys.modules["socket"], report, now))
    sys.meta_path.insert(0, Finder)


def hidden():
    """Loads the sitecustomize that this one hid."""
    from _frozen_importlib import module_from_spec
    from _frozen_importlib_external import PathFinder

    mine = __file__.replace("\\", "/").rsplit("/", 1)[0]
    sys.path[:] = [p for p in sys.path if p.replace("\\", "/") != mine]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.origin != __file__:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


if sys.version_info >= (3, 7):
    FOLDER = sys.modules["os"].environ.get("LAB_TAP")
    if FOLDER:
        hook(*tap(FOLDER))
    hidden()
