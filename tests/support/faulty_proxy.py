"""A TCP proxy in front of an engine, which can be frozen, slowed down and cut."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

_BLOCK = 65_536


@dataclass
class FaultyProxy:
    """Forwards connections to ``target``, a port of this machine or the path of a socket."""

    target: int | str
    delay: float = 0.0  # seconds, before each block of an answer
    refuses: bool = False  # closes new connections at once
    _running: threading.Event = field(default_factory=threading.Event)
    _listener: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    _open: list[socket.socket] = field(default_factory=list)

    @property
    def port(self) -> int:
        """The port to connect to."""
        return int(self._listener.getsockname()[1])

    def freeze(self) -> None:
        """Forward nothing, and keep all connections open."""
        self._running.clear()

    def thaw(self) -> None:
        """Forward again."""
        self._running.set()

    def cut(self) -> None:
        """Close all connections, as a restart does."""
        while self._open:
            with contextlib.suppress(OSError):
                self._open.pop().shutdown(socket.SHUT_RDWR)

    def start(self) -> None:
        """Accept connections."""
        self.thaw()
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        """Close everything."""
        self._listener.shutdown(socket.SHUT_RDWR)  # ends accept()
        self._listener.close()
        self.thaw()
        self.cut()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # until the listener is closed
            while True:
                client, _ = self._listener.accept()
                if self.refuses:
                    client.close()
                    continue
                server = self._connect()
                self._open += [client, server]
                for source, target in ((client, server), (server, client)):
                    is_answer = source is server
                    threading.Thread(
                        target=self._forward, args=(source, target, is_answer), daemon=True
                    ).start()

    def _connect(self) -> socket.socket:
        if isinstance(self.target, int):
            return socket.create_connection(("127.0.0.1", self.target))
        server = socket.socket(socket.AF_UNIX)
        server.connect(self.target)
        return server

    def _forward(self, source: socket.socket, target: socket.socket, is_answer: bool) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                self._running.wait()
                if is_answer and self.delay:
                    time.sleep(self.delay)
                target.sendall(block)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)
        source.close()


@contextlib.contextmanager
def faulty_proxy(target: int | str) -> Iterator[FaultyProxy]:
    """Run a proxy in front of ``target``."""
    proxy = FaultyProxy(target)
    proxy.start()
    yield proxy
    proxy.stop()
