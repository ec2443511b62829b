"""The disk of ``failing_disk.c``: compiled when it is wanted, loaded before everything else."""

import ctypes
import os
import shutil
import subprocess
import sys
from pathlib import Path

_SOURCE = Path(__file__).with_name("failing_disk.c")
_FLAGS = ("-O1", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")


def compiler() -> str | None:
    """A C compiler of this machine; None when there is none, or no way to load before others."""
    return shutil.which("gcc") or shutil.which("cc") if sys.platform == "linux" else None


def compiled(folder: Path) -> Path:
    """The disk as a library in ``folder``."""
    library, found = folder / "failing_disk.so", compiler()
    assert found is not None
    subprocess.run([found, *_FLAGS, "-o", library, _SOURCE, "-ldl", "-lpthread"], check=True)
    return library


class FailingDisk:
    """The one loaded into this process."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(os.environ["LD_PRELOAD"])
        self._library.disk_disarm.restype = ctypes.c_long
        self._library.disk_failed.restype = ctypes.c_char_p

    def arm(self, folder: Path, nth: int, error: int, *, stays: bool) -> None:
        """Fail the ``nth`` write below ``folder``, and all after it if it ``stays``; 0 counts."""
        self._library.disk_arm(str(folder).encode(), ctypes.c_long(nth), error, int(stays))

    def disarm(self) -> int:
        """Work again; how many writes there were."""
        return int(self._library.disk_disarm())

    @property
    def failed(self) -> str:
        """What it refused first."""
        return str(self._library.disk_failed().decode())
