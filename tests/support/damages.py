"""Damage to one file, as disks, operators and half-finished copies do it."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path, random.Random], None]


def flip(path: Path, chance: random.Random) -> None:
    """Change one to eight bytes anywhere; an empty file gets one."""
    content = bytearray(path.read_bytes() or b"\0")
    for place in chance.choices(range(len(content)), k=chance.randint(1, 8)):
        content[place] ^= chance.randint(1, 255)
    path.write_bytes(bytes(content) if any(content) else b"x")


def cut(path: Path, chance: random.Random) -> None:
    """Leave only the beginning."""
    os.truncate(path, chance.randrange(max(1, path.stat().st_size)))


def grow(path: Path, chance: random.Random) -> None:
    """Write more behind it."""
    with path.open("ab") as file:
        file.write(chance.randbytes(chance.randint(1, 5000)))


def delete(path: Path, _: random.Random) -> None:
    """Remove it."""
    path.unlink()


def noise(path: Path, chance: random.Random) -> None:
    """Put bytes there that mean nothing, as many as there were."""
    path.write_bytes(chance.randbytes(path.stat().st_size or 1))


def foreign(path: Path, chance: random.Random) -> None:
    """Put another file of the folder in its place."""
    others = [other for other in path.parent.iterdir() if other.is_file() and other != path]
    if others:
        shutil.copyfile(chance.choice(others), path)
    else:
        noise(path, chance)


def folder(path: Path, _: random.Random) -> None:
    """Put a folder in its place."""
    path.unlink()
    path.mkdir()


def pipe(path: Path, _: random.Random) -> None:
    """Put a pipe in its place: whoever reads it waits for ever."""
    path.unlink()
    os.mkfifo(path)


def nested(path: Path, _: random.Random) -> None:
    """Put JSON there that is nested too deeply to be read."""
    path.write_bytes(b"[" * 200_000)


def added(path: Path, chance: random.Random) -> None:
    """Put a file beside it that does not belong there."""
    name = chance.choice(["judge.json", "model.onnx", "notes.txt"])
    beside = path.with_name(name if not path.with_name(name).exists() else "other")
    beside.write_bytes(chance.randbytes(40))


DAMAGES: tuple[Damage, ...] = (
    flip, flip, flip, cut, grow, delete, noise, foreign, folder, pipe, nested, added,
)  # fmt: skip
