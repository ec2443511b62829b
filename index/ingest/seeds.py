"""Add articles to seeds and remove them, for curators. These functions block: run them in a thread.

File names from Discord are sanitized before they touch the disk. A file is first parsed,
so that nothing unreadable gets into seeds. An existing article is only replaced on request.
"""

import contextlib
import os
import re
import secrets
import unicodedata
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from index.errors import QuothError, ReadError
from index.ingest.folder import MAX_BYTES
from index.ingest.formats import parse
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.metadata.front_matter import SIDECAR_SUFFIX, format_front_matter
from index.ingest.parsing.normalize import printable_line, slugify
from index.types import slug

_MAX_STEM_BYTES = 80  # of a file name without its suffix; file systems allow 255 for the whole
_UNSAFE_CHARACTERS = re.compile(r"[^\w.,()'’&+ -]+")


class SeedRefused(QuothError):
    """A file cannot be added to seeds or removed from them; the message says why."""


class SeedExists(SeedRefused):
    """An article of that ``name`` already exists."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} already exists")
        self.name = name


class SeedNotFound(SeedRefused):
    """The article is not in seeds; the message names it."""


def safe_name(name: str) -> str:
    """Return ``name`` without folders, unprintable characters and leading dots.

    ``../../Über uns.TXT`` becomes ``Über uns.txt``; an empty stem becomes ``article``.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    safe = PurePosixPath(_UNSAFE_CHARACTERS.sub("-", last))
    stem = re.sub(r"[\s-]{2,}", "-", safe.stem).strip(" .-~")
    while len(stem.encode()) > _MAX_STEM_BYTES:
        stem = stem[:-1]
    return (stem.rstrip(" .-") or "article") + safe.suffix.lower()


def save_article(
    seeds: Path,
    collection: str | None,
    name: str,
    content: bytes,
    sidecar: bytes | None = None,
    *,
    replace: bool = False,
) -> str:
    """Save an article, and its sidecar if it has one, and return its path in seeds.

    ``collection`` is the name of a folder directly inside seeds; None saves into seeds itself.

    Raises SeedExists, and SeedRefused for a file that is too large or cannot be read; the message
    does not name the file.
    """
    if len(content) > MAX_BYTES:
        raise SeedRefused(f"{len(content):,} bytes; the limit is {MAX_BYTES:,}, so split the file")
    safe = safe_name(name)
    folder = _collection_folder(seeds, collection)
    try:
        parse(safe, content)
    except ReadError as error:
        raise SeedRefused(str(error)) from error
    conflicts = [other for other in _same_slug(folder, safe) if other != safe or not replace]
    if conflicts:
        raise SeedExists(conflicts[0])
    _write_atomically(folder / safe, content, replace=replace)
    if sidecar is not None:
        _write_atomically(_sidecar(folder / safe), sidecar, replace=True)
    return f"{collection}/{safe}" if collection else safe


def article_files(seeds: Path, path: str) -> list[tuple[str, bytes]]:
    """Return name and content of an article's file, and of its sidecar if it has one.

    Raises SeedRefused, SeedNotFound.
    """
    with _accessing(seeds, path) as article:
        existing = [article, *filter(Path.exists, [_sidecar(article)])]
        return [(file.name, file.read_bytes()) for file in existing]


def delete_article(seeds: Path, path: str) -> None:
    """Delete the article at ``path`` inside seeds, and its sidecar.

    Raises SeedRefused, SeedNotFound.
    """
    with _accessing(seeds, path) as article:
        article.unlink()
        _sidecar(article).unlink(missing_ok=True)


def render_draft(
    title: str, text: str, publisher: str = "", url: str = "", published: str = ""
) -> tuple[str, bytes]:
    """Return the name and the content of a Markdown file for an article written in Discord."""
    metadata = ParsedMetadata(
        title=printable_line(title),
        publisher=printable_line(publisher),
        published=printable_line(published),
        url=printable_line(url),
    )
    content = f"{format_front_matter(metadata)}\n{text.strip()}\n"
    return f"{slugify(title)}.md", content.encode("utf-8", "replace")


def _sidecar(article: Path) -> Path:
    return article.with_name(f"{article.name}{SIDECAR_SUFFIX}")


def _collection_folder(seeds: Path, collection: str | None) -> Path:
    """Return the folder of a collection, creating it if needed. Raises SeedRefused."""
    root = seeds.resolve()
    folder = root / collection if collection else root
    if folder.resolve() != folder or folder.parent not in {root, root.parent}:
        raise SeedRefused(f"{collection} is not a folder directly inside seeds")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = "it is a file" if folder.is_file() else error.strerror
        raise SeedRefused(f"the folder {folder.name} cannot be created ({reason})") from error
    return folder


@contextlib.contextmanager
def _accessing(seeds: Path, path: str) -> Iterator[Path]:
    """Give the file at ``path`` inside seeds. Raises SeedRefused, SeedNotFound."""
    root = seeds.resolve()
    article = root / path
    if not article.parent.resolve().is_relative_to(root) or ".." in PurePosixPath(path).parts:
        raise SeedRefused(f"{path} is outside of seeds")
    try:
        yield article
    except FileNotFoundError as error:
        raise SeedNotFound(f"there is no article {path}") from error
    except OSError as error:
        raise SeedRefused(f"{path} cannot be read or deleted ({error.strerror})") from error


def _same_slug(folder: Path, name: str) -> list[str]:
    """Return the files whose article would have the slug of ``name``, ignoring case and suffix."""
    wanted = slug(name).casefold()
    names = (entry.name for entry in folder.iterdir())
    return sorted(other for other in names if slug(other).casefold() == wanted)


def _write_atomically(path: Path, content: bytes, *, replace: bool) -> None:
    """Write to a hidden file, which no build reads, and rename it into place."""
    partial = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with partial.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            partial.replace(path)
        else:
            _rename_to_new(partial, path)
    except FileExistsError as error:
        raise SeedExists(path.name) from error
    except OSError as error:
        raise SeedRefused(f"cannot be saved in seeds ({error.strerror})") from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def _rename_to_new(partial: Path, path: Path) -> None:
    """Give a file a name that is not taken. Raises FileExistsError if it is."""
    try:
        path.hardlink_to(partial)
    except FileExistsError:
        raise
    except OSError as error:  # FAT and some network shares have no hard links
        if path.exists():
            raise FileExistsError from error
        partial.replace(path)
