"""Zip archives as Word and EPUB files are: opened within limits, read part by part."""

import io
import posixpath
import zipfile
from urllib.parse import unquote, urlsplit

from index.errors import ReadError

_MAX_PARTS = 5_000
_MAX_UNPACKED = 200_000_000  # bytes of all parts
_MAX_PART = 30_000_000  # bytes of one that is read: its tree takes ten times that
_MAX_RATIO = 200  # of one part; a long table of equal rows comes to 100
_SMALL = 1_000_000  # bytes below which no ratio matters
_ENCRYPTED = 1  # bit of a part's flags


def open_archive(data: bytes, kind: str) -> zipfile.ZipFile:
    """The archive of ``data``, nothing unpacked yet. Raises ReadError for a bomb or no zip.

    zipfile reads no more of a part than the directory declares, so the declared sizes bind.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        raise ReadError(
            f"not a zip archive, which {kind} is ({error}); wanted it saved again"
        ) from error
    _refuse_bombs(archive.infolist())
    return archive


def part(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """The bytes of a part; None when there is no such part."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > _MAX_PART:
        raise ReadError(
            f"{info.filename!a} in it unpacks to {info.file_size:,} bytes, wanted {_MAX_PART:,} "
            "at most; split the file"
        )
    return archive.read(info)


def beside(name: str, link: str) -> str:
    """The name of the part that ``link`` leads to from the part ``name``."""
    path = unquote(urlsplit(link).path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path)).lstrip("/")


def _refuse_bombs(parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(info.file_size for info in parts)
    if len(parts) > _MAX_PARTS or unpacked > _MAX_UNPACKED:
        raise ReadError(
            f"{len(parts):,} parts that unpack to {unpacked:,} bytes; wanted {_MAX_PARTS:,} and "
            f"{_MAX_UNPACKED:,} at most: split the file"
        )
    for info in parts:
        if info.flag_bits & _ENCRYPTED:
            raise ReadError("encrypted with a password; wanted it saved without one")
        if info.file_size > max(_SMALL, _MAX_RATIO * info.compress_size):
            raise ReadError(
                f"a zip bomb: {info.filename!a} in it unpacks {info.compress_size:,} bytes to "
                f"{info.file_size:,}; wanted a plain document"
            )
