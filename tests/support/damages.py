"""Damage a file as disks, operators and partial copies do."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

Damage = Callable[[Path, random.Random], None]


def flip(path: Path, generator: random.Random) -> None:
    """Change one to eight bytes; an empty file gets one."""
    content = bytearray(path.read_bytes() or b"\0")
    for position in generator.choices(range(len(content)), k=generator.randint(1, 8)):
        content[position] ^= generator.randint(1, 255)
    path.write_bytes(bytes(content) if any(content) else b"x")


def truncate(path: Path, generator: random.Random) -> None:
    """Keep only the beginning."""
    os.truncate(path, generator.randrange(max(1, path.stat().st_size)))


def extend(path: Path, generator: random.Random) -> None:
    """Append random bytes."""
    with path.open("ab") as file:
        file.write(generator.randbytes(generator.randint(1, 5000)))


def delete(path: Path, _: random.Random) -> None:
    """Remove the file."""
    path.unlink()


def randomize(path: Path, generator: random.Random) -> None:
    """Replace the content with as many random bytes."""
    path.write_bytes(generator.randbytes(path.stat().st_size or 1))


def swap(path: Path, generator: random.Random) -> None:
    """Replace the content with that of another file in the folder."""
    others = [other for other in path.parent.iterdir() if other.is_file() and other != path]
    if others:
        shutil.copyfile(generator.choice(others), path)
    else:
        randomize(path, generator)


def folder(path: Path, _: random.Random) -> None:
    """Replace the file with a folder."""
    path.unlink()
    path.mkdir()


def pipe(path: Path, _: random.Random) -> None:
    """Replace the file with a pipe, which blocks its readers forever."""
    path.unlink()
    os.mkfifo(path)


def nest(path: Path, _: random.Random) -> None:
    """Replace the content with JSON that is nested too deeply to parse."""
    path.write_bytes(b"[" * 200_000)


def add_file(path: Path, generator: random.Random) -> None:
    """Add a file that does not belong to the folder."""
    name = generator.choice(["verdict.json", "model.onnx", "notes.txt"])
    added = path.with_name(name if not path.with_name(name).exists() else "other")
    added.write_bytes(generator.randbytes(40))


DAMAGES: tuple[Damage, ...] = (
    flip, flip, flip, truncate, extend, delete, randomize, swap, folder, pipe, nest, add_file,
)  # fmt: skip
