"""Putting articles into the seeds and taking them out, for curators. Blocks: runs in a worker.

A name that comes from Discord is made safe before it touches the disk; a file is read as an
article aside first, so that nothing comes into the seeds that could not be quoted; it never takes
another's place unless that was asked for.
"""

import contextlib
import errno
import json
import os
import re
import secrets
import tempfile
import unicodedata
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.errors import QuothError, ReadError
from index.ingest import read_file
from index.ingest.loader import MAX_BYTES
from index.ingest.parsing.sidecar import SUFFIX
from index.types import slug

_LONGEST_STEM = 80  # bytes of a name without its suffix; file systems take 255 in all
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})  # FAT, shares
_UNSAFE = re.compile(r"[^\w.,()'’&+ -]+")


class SeedRefused(QuothError):
    """The file does not go into the seeds, or out of them; the message says why."""


class SeedExists(SeedRefused):
    """There is an article of that ``name`` already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is an article {name} already")
        self.name = name


class SeedGone(SeedRefused):
    """The article is no longer in the seeds; the message names it."""


@dataclass(frozen=True, slots=True)
class ArticleDraft:
    """An article that a curator writes in Discord."""

    title: str
    text: str
    publisher: str = ""
    url: str = ""
    published: str = ""


def safe_name(name: str) -> str:
    """``name`` without folders, hidden or unprintable characters; its suffix in lower case.

    ``../../Über uns.TXT`` becomes ``Über uns.txt``; what is left of nothing is ``article``.
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    found = PurePosixPath(_UNSAFE.sub("-", last))
    stem = re.sub(r"[\s-]{2,}", "-", found.stem).strip(" .-~")
    return (_cut(stem) or "article") + found.suffix.lower()


def put(
    seeds: Path, collection: str | None, name: str, content: bytes, *, replace: bool = False
) -> str:
    """Put an article into the seeds; its path inside them.

    Raises SeedExists, and SeedRefused for what is too large or cannot be read as an article.
    """
    if len(content) > MAX_BYTES:
        raise SeedRefused(f"{name} has {len(content):,} bytes, wanted {MAX_BYTES:,} at most")
    safe = safe_name(name)
    folder = _folder(seeds, collection)
    _check_readable(safe, content)
    others = [one for one in _alike(folder, safe) if one != safe or not replace]
    if others:
        raise SeedExists(others[0])
    _write(folder / safe, content, replace=replace)
    return f"{collection}/{safe}" if collection else safe


def files_of(seeds: Path, path: str) -> list[tuple[str, bytes]]:
    """Name and content of the article's file, and of the one beside that speaks for it.

    Raises SeedRefused, SeedGone.
    """
    found = _inside(seeds, path)
    try:
        every = [found, *filter(Path.exists, [_beside(found)])]
        return [(one.name, one.read_bytes()) for one in every]
    except FileNotFoundError as error:
        raise SeedGone(f"there is no article {path}") from error
    except OSError as error:
        raise SeedRefused(f"{path} cannot be read ({error.strerror})") from error


def take(seeds: Path, path: str) -> None:
    """Remove the article at ``path`` inside the seeds, and the file beside that speaks for it.

    Raises SeedRefused, SeedGone.
    """
    found = _inside(seeds, path)
    try:
        found.unlink()
        _beside(found).unlink(missing_ok=True)
    except FileNotFoundError as error:
        raise SeedGone(f"there is no article {path}") from error
    except OSError as error:
        raise SeedRefused(f"{path} cannot be removed ({error.strerror})") from error


def _beside(article: Path) -> Path:
    return article.with_name(f"{article.name}{SUFFIX}")


def drafted(draft: ArticleDraft) -> tuple[str, bytes]:
    """The name and the content of the file for a draft: front matter, then its text."""
    told = {
        "title": draft.title,
        "publisher": draft.publisher,
        "published": draft.published,
        "url": draft.url,
    }
    lines = [
        f"{key}: {json.dumps(line, ensure_ascii=False)}"  # YAML reads JSON
        for key, value in told.items()
        if (line := _line(value))
    ]
    text = "\n".join(["---", *lines, "---", "", draft.text.strip(), ""])
    return f"{_slug(draft.title)}.md", text.encode("utf-8", "replace")


def _line(value: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in value).split())


def _slug(title: str) -> str:
    return re.sub(r"[\W_]+", "-", title.casefold()).strip("-") or "article"


def _cut(stem: str) -> str:
    while len(stem.encode()) > _LONGEST_STEM:
        stem = stem[:-1]
    return stem.rstrip(" .-")


def _folder(seeds: Path, collection: str | None) -> Path:
    """The folder of a collection, made where there is none. Raises SeedRefused outside seeds."""
    root = seeds.resolve()
    folder = root / collection if collection else root
    if folder.resolve() != folder or folder.parent not in {root, root.parent}:
        raise SeedRefused(f"{collection} is no folder directly inside the seeds")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _inside(seeds: Path, path: str) -> Path:
    root = seeds.resolve()
    found = root / path
    if not found.parent.resolve().is_relative_to(root) or ".." in PurePosixPath(path).parts:
        raise SeedRefused(f"{path} does not lie in the seeds")
    return found


def _alike(folder: Path, name: str) -> list[str]:
    """Files there whose article would have the same slug, whatever their case or suffix."""
    wanted = slug(name).casefold()
    files = (entry.name for entry in folder.iterdir() if entry.name not in {".", ".."})
    return sorted(one for one in files if slug(one).casefold() == wanted)


def _check_readable(name: str, content: bytes) -> None:
    """Read it as the next build will. Raises SeedRefused with the reader's reason."""
    with tempfile.TemporaryDirectory(prefix="quoth-") as aside:
        (Path(aside) / name).write_bytes(content)
        try:
            read_file(Path(aside) / name, Path(aside))
        except ReadError as error:
            raise SeedRefused(str(error)) from error


def _write(path: Path, content: bytes, *, replace: bool) -> None:
    """Whole or not at all: written aside under a hidden name, which no build reads."""
    aside = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with aside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            aside.replace(path)
        else:
            _place(aside, path)
    except FileExistsError as error:
        raise SeedExists(path.name) from error
    except OSError as error:
        raise SeedRefused(f"{path.name} cannot be written ({error.strerror})") from error
    finally:
        with contextlib.suppress(OSError):
            aside.unlink()


def _place(aside: Path, path: Path) -> None:
    """Give it the name that nobody has. Raises FileExistsError when somebody has it."""
    try:
        path.hardlink_to(aside)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError from error
        aside.replace(path)
