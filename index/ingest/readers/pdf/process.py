"""Run worker.py in a process that is started once and replaced when a file breaks it."""

import atexit
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from index.errors import ReadError

LENGTH_BYTES = 8  # as in worker.py, which cannot be imported without PDFium
MAX_SECONDS = 60.0  # for one file
_WORKER = Path(__file__).with_name("worker.py")
Reply = dict[str, Any]
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")  # and no secrets


class PdfProcess:
    """Reads one PDF at a time, from any thread."""

    def __init__(self, worker: Path = _WORKER) -> None:
        self._worker = worker
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def read(
        self, data: bytes, on_page: Callable[[Reply], None], max_seconds: float = MAX_SECONDS
    ) -> Reply:
        """Pass each page to ``on_page``; return the worker's last reply, the metadata or an error.

        Raises ReadError if the file crashes the worker or takes too long.
        """
        with self._lock:
            is_late = threading.Event()
            timer = threading.Timer(max_seconds, self._end, (is_late,))
            is_done = False
            try:
                child = self._running()
                timer.start()
                for reply in _exchange(child, data):
                    if "pieces" not in reply:
                        is_done = True
                        return reply
                    on_page(reply)
                raise ReadError(_reason(None))
            except (OSError, ValueError) as error:
                raise ReadError(_reason(max_seconds if is_late.is_set() else None)) from error
            finally:
                timer.cancel()
                if not is_done:
                    self.close()

    def close(self) -> None:
        """End the worker."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _end(self, is_late: threading.Event) -> None:
        is_late.set()
        if self._child is not None:
            self._child.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the worker; start it if there is none."""
        if self._child is None or self._child.poll() is not None:
            self._child = subprocess.Popen(  # noqa: S603 - our own script
                [sys.executable, "-P", "-B", str(self._worker)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
            )
        return self._child


def _exchange(child: subprocess.Popen[bytes], data: bytes) -> Iterator[Reply]:
    """Send a file and yield the replies. Raises ValueError if the worker died."""
    requests, replies = child.stdin, child.stdout
    if requests is None or replies is None:
        return
    requests.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
    requests.flush()
    while True:
        yield json.loads(replies.read(int.from_bytes(replies.read(LENGTH_BYTES), "big")))


def _reason(late_seconds: float | None) -> str:
    if late_seconds is not None:
        return f"reading it takes over {late_seconds:.0f} seconds; split the file"
    return "cannot be read as a PDF (PDFium crashed); print the document to a new PDF"
