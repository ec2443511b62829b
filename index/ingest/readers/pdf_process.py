"""Run pdf_worker.py in a process that is started once and replaced when a file breaks it."""

import atexit
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from index.errors import ReadError

LENGTH_BYTES = 8  # as in pdf_worker.py, which cannot be imported without PDFium
MAX_SECONDS = 60.0  # for one file
_WORKER = Path(__file__).with_name("pdf_worker.py")
_PASSED_ON = ("PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR")  # and no secrets


class PdfProcess:
    """Reads one PDF at a time, from any thread."""

    def __init__(self, worker: Path = _WORKER) -> None:
        self._worker = worker
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def read(self, data: bytes, max_seconds: float = MAX_SECONDS) -> dict[str, Any]:
        """Return the worker's reply. Raises ReadError if the file crashes it or takes too long."""
        with self._lock:
            is_late = threading.Event()
            timer = threading.Timer(max_seconds, self._end, (is_late,))
            try:
                child = self._running()
                timer.start()
                reply: dict[str, Any] = json.loads(_exchange(child, data))
            except (OSError, ValueError) as error:
                self.close()
                raise ReadError(_reason(max_seconds if is_late.is_set() else None)) from error
            finally:
                timer.cancel()
            return reply

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


def _exchange(child: subprocess.Popen[bytes], data: bytes) -> bytes:
    """Send a file and return the reply; empty if the worker died."""
    requests, replies = child.stdin, child.stdout
    if requests is None or replies is None:
        return b""
    requests.write(len(data).to_bytes(LENGTH_BYTES, "big") + data)
    requests.flush()
    return replies.read(int.from_bytes(replies.read(LENGTH_BYTES), "big"))


def _reason(late_seconds: float | None) -> str:
    if late_seconds is not None:
        return f"reading it takes over {late_seconds:.0f} seconds; split the file"
    return "cannot be read as a PDF (PDFium crashed); print the document to a new PDF"
