"""Compile and control ``failing_disk.c``, a library that makes writes fail."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

_SOURCE = Path(__file__).with_name("failing_disk.c")
_FLAGS = ("-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")


def find_compiler() -> str | None:
    """Find a C compiler; None without one, or where LD_PRELOAD does not exist."""
    return shutil.which("gcc") or shutil.which("cc") if sys.platform == "linux" else None


def compile_library(folder: Path) -> Path:
    """Compile the library into ``folder``; load it with LD_PRELOAD."""
    library, compiler = folder / "failing_disk.so", find_compiler()
    assert compiler is not None
    subprocess.run([compiler, *_FLAGS, "-o", library, _SOURCE, "-ldl", "-lpthread"], check=True)
    return library


class FailingDisk:
    """The library that is loaded into this process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(os.environ["LD_PRELOAD"])
        self._library.disk_disarm.restype = ctypes.c_long
        self._library.disk_failed.restype = ctypes.c_char_p

    def arm(self, folder: Path, nth: int, error: int, *, permanent: bool) -> None:
        """Fail the ``nth`` write below ``folder`` with ``error``, and later ones if ``permanent``.

        0 only counts the writes.
        """
        self._library.disk_arm(str(folder).encode(), ctypes.c_long(nth), error, int(permanent))

    def disarm(self) -> int:
        """Stop failing; return the number of writes since ``arm``."""
        return int(self._library.disk_disarm())

    @property
    def failed(self) -> str:
        """Call and path of the first write that failed."""
        return str(self._library.disk_failed().decode())
