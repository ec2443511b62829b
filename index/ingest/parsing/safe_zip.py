"""Read untrusted zip archives (Word and EPUB files) within limits, one part at a time."""

import io
import posixpath
import zipfile
from urllib.parse import unquote, urlsplit

from index.errors import ReadError

_MAX_PARTS = 5_000
_MAX_UNPACKED_BYTES = 200_000_000  # of all parts together
_MAX_PART_BYTES = 30_000_000  # the parsed tree takes ten times as much memory
_MAX_COMPRESSION_RATIO = 200  # of one part; a long table of equal rows reaches 100
_SMALL_PART_BYTES = 1_000_000  # below this size the ratio is not checked
_ENCRYPTED_FLAG = 0x1
_ZIP_HEADER = b"PK"
_OLE_HEADER = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")


def open_archive(data: bytes, kind: str) -> zipfile.ZipFile:
    """Open an archive without unpacking it; ``kind`` names the expected format.

    zipfile reads no more of a part than its declared size, so checking declared sizes is enough.
    Raises ReadError for a zip bomb, an encrypted archive or data that is not a zip archive.
    """
    if data.startswith(_OLE_HEADER):
        raise ReadError(_ole_problem(data))
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
        if not data.startswith(_ZIP_HEADER):
            raise ReadError(f"not a zip archive, as {kind} should be; save it again") from error
        raise ReadError("a zip archive that is cut off or damaged; save it again") from error
    _check_limits(archive.infolist())
    return archive


def _ole_problem(data: bytes) -> str:
    """Say what a file of Office's old container is: an encrypted new one, or an old one."""
    if _ENCRYPTED_PACKAGE in data:
        return "encrypted with a password; save it without one"
    return "a file of an old Office program, whatever its name says; save it as .docx"


def read_part(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """Return the bytes of a part; None if there is no such part."""
    try:
        info = archive.getinfo(name)
    except KeyError:
        return None
    if info.file_size > _MAX_PART_BYTES:
        raise ReadError(
            f"its part {info.filename!a} unpacks to {info.file_size:,} bytes; "
            f"the limit is {_MAX_PART_BYTES:,}, so split the file"
        )
    return archive.read(info)


def resolve_part(name: str, link: str) -> str:
    """Return the name of the part that ``link`` in the part ``name`` points to."""
    path = unquote(urlsplit(link).path)
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), path)).lstrip("/")


def _check_limits(parts: list[zipfile.ZipInfo]) -> None:
    unpacked = sum(info.file_size for info in parts)
    if len(parts) > _MAX_PARTS or unpacked > _MAX_UNPACKED_BYTES:
        raise ReadError(
            f"{len(parts):,} parts that unpack to {unpacked:,} bytes; the limits are "
            f"{_MAX_PARTS:,} parts and {_MAX_UNPACKED_BYTES:,} bytes, so split the file"
        )
    for info in parts:
        if info.flag_bits & _ENCRYPTED_FLAG:
            raise ReadError("encrypted with a password; save it without one")
        if info.file_size > max(_SMALL_PART_BYTES, _MAX_COMPRESSION_RATIO * info.compress_size):
            raise ReadError(
                f"looks like a zip bomb: its part {info.filename!a} unpacks from "
                f"{info.compress_size:,} to {info.file_size:,} bytes; save the file again"
            )
