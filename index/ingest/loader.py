"""The folder of articles: which files are read, which are refused, in what order."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index.errors import ReadError, SeedsError
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.names import fit, shown, title_of
from index.ingest.parsing.sidecar import SUFFIX, sidecar
from index.ingest.readers.docx import read_docx
from index.ingest.readers.epub import read_epub
from index.ingest.readers.feed import read_feed
from index.ingest.readers.html import read_html
from index.ingest.readers.markdown import read_markdown
from index.ingest.readers.pdf import read_pdf
from index.ingest.readers.plain_text import read_text
from index.types import Article, Metadata, slug

MAX_BYTES = 20_000_000
_MAX_DEPTH = 50  # folders in each other
_READERS: dict[str, Callable[[bytes], ParsedDocument]] = {
    ".txt": lambda data: read_text(decode(data)),
    ".text": lambda data: read_text(decode(data)),
    ".md": lambda data: read_markdown(decode(data)),
    ".markdown": lambda data: read_markdown(decode(data)),
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".epub": read_epub,
    ".rss": read_feed,
    ".atom": read_feed,
    ".xml": read_feed,
}
_WITH_FRONT_MATTER = {".txt", ".text", ".md", ".markdown"}  # the others have it in a file beside
FORMATS = tuple(_READERS)  # suffixes of files that can be articles
_FORMATS = ", ".join(FORMATS)
_BACKUPS = ("~", ".swp", ".swo", ".bak", ".tmp", ".orig")
_LITTER = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file left out: its path inside seeds, printable in one line, and one line why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoadedFolder:
    """What a folder holds: its articles by path, and what was left out."""

    articles: tuple[Article, ...]
    skipped: tuple[SkippedFile, ...]


def read_folder(seeds: Path, progress: Callable[[int, int], None] | None = None) -> LoadedFolder:
    """Every article in ``seeds`` and below it; a bad file is listed and the rest is read.

    ``progress`` hears how many files are done and how many there are.
    Raises SeedsError when there is no such folder, or no file in it that could be an article.
    """
    root = _root(seeds)
    skipped: list[SkippedFile] = []
    paths = sorted(_walk(root, "", skipped))
    named = [path for path in paths if _is_article(path)]
    if not named:
        raise SeedsError(
            f"no articles in {shown(str(seeds))}: {len(paths) + len(skipped)} other files found; "
            f"wanted files ending in {_FORMATS}"
        )
    told = {path + SUFFIX for path in named}
    skipped += [_unsupported(path) for path in paths if not _is_article(path) and path not in told]
    articles: list[Article] = []
    taken: dict[str, str] = {}
    for done, path in enumerate(named, 1):
        try:
            articles.append(_unique(_read(root, path), root, taken))
        except ReadError as error:
            skipped.append(SkippedFile(shown(path), str(error)))
        if progress:
            progress(done, len(named))
    return LoadedFolder(tuple(articles), tuple(sorted(skipped, key=lambda skip: skip.path)))


def read_file(path: Path, seeds: Path) -> Article:
    """One article of ``seeds``. Raises ReadError naming the file, SeedsError for the folder."""
    root = _root(seeds)
    inside = _inside(path, seeds, root)
    try:
        return _read(root, inside)
    except ReadError as error:
        raise ReadError(f"{shown(inside)}: {error}") from error


def _root(seeds: Path) -> Path:
    try:
        root = seeds.resolve(strict=True)
    except (OSError, ValueError, RuntimeError) as error:
        raise SeedsError(f"no folder {shown(str(seeds))}; wanted a folder of articles") from error
    if not root.is_dir():
        raise SeedsError(f"{shown(str(seeds))} is a file; wanted a folder of articles")
    return root


def _inside(path: Path, seeds: Path, root: Path) -> str:
    """The path inside seeds, its own links left as they are."""
    for base in (seeds, seeds.absolute(), root):
        if path.is_relative_to(base) and ".." not in path.relative_to(base).parts:
            return path.relative_to(base).as_posix()
    raise ReadError(f"{shown(str(path))} is not inside {shown(str(seeds))}; wanted a file of it")


def _walk(folder: Path, prefix: str, skipped: list[SkippedFile]) -> Iterator[str]:
    """Paths of files below ``folder``, hidden ones and backups left out without a word."""
    if prefix.count("/") > _MAX_DEPTH:
        skipped.append(
            SkippedFile(shown(prefix), f"over {_MAX_DEPTH} folders deep; wanted it nearer")
        )
        return
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        skipped.append(SkippedFile(shown(prefix or "."), _unreadable(error)))
        return
    for entry in found:
        if _is_litter(entry.name):
            continue
        path = prefix + entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _walk(folder / entry.name, f"{path}/", skipped)
        elif entry.is_symlink() and _is_folder(folder / entry.name):
            reason = "a link to a folder, which is not followed; wanted the folder itself"
            skipped.append(SkippedFile(shown(path), reason))
        else:
            yield path


def _is_folder(link: Path) -> bool:
    try:
        return link.is_dir()
    except OSError:
        return False


def _is_litter(name: str) -> bool:
    lower = name.lower()
    autosave = lower.startswith("#") and lower.endswith("#")
    return autosave or lower.startswith(".") or lower.endswith(_BACKUPS) or lower in _LITTER


def _is_article(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in _READERS


def _unsupported(path: str) -> SkippedFile:
    suffix = PurePosixPath(path).suffix
    found = f"files ending in {shown(suffix)} are not read" if suffix else "a name without suffix"
    return SkippedFile(shown(path), f"{found}; wanted {_FORMATS}")


def _unique(article: Article, root: Path, taken: dict[str, str]) -> Article:
    """The article, unless another one has its slug or is the same file under another name."""
    for key in (article.slug, f"file {(root / article.path).resolve()}"):
        first = taken.setdefault(key, article.path)
        if first != article.path:
            same = "is the same file" if key.startswith("file ") else f"has the slug {key!r} too"
            raise ReadError(f"{shown(first)} {same}; rename one of them or delete it")
    return article


def _read(root: Path, path: str) -> Article:
    if not fit(path):
        raise ReadError("its name holds characters that cannot be shown; rename it")
    if not _is_article(path):
        raise ReadError(_unsupported(path).reason)
    draft = _READERS[PurePosixPath(path).suffix.lower()](_bytes(root, path))
    if not draft.blocks:
        raise ReadError("no text but front matter, headings or marks; wanted a paragraph at least")
    found = _beside(root, path).over(draft.found)
    metadata = Metadata(
        title=found.title or title_of(slug(path)),
        publisher=found.publisher,
        author=found.author,
        published=found.published,
        url=found.url,
        language=found.language,
    )
    return Article(path, draft.text, metadata, draft.blocks, draft.heading)


def _beside(root: Path, path: str) -> ParsedMetadata:
    """What a file beside it says of one that cannot hold front matter."""
    name = path + SUFFIX
    if PurePosixPath(path).suffix.lower() in _WITH_FRONT_MATTER or not (root / name).is_file():
        return ParsedMetadata()
    try:
        return sidecar(decode(_bytes(root, name)))
    except ReadError as error:
        raise ReadError(f"{shown(name)}: {error}") from error


def _bytes(root: Path, path: str) -> bytes:
    """The bytes of a plain file inside ``root`` that is not too large."""
    try:
        file = (root / path).resolve(strict=True)
        status = file.stat()
        _refuse(root, file, status)
        return file.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        raise ReadError(_unreadable(error)) from error


def _refuse(root: Path, file: Path, status: os.stat_result) -> None:
    if not file.is_relative_to(root):
        raise ReadError("a link that leads out of the folder; wanted the file itself: copy it here")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("no plain file (a folder, pipe, socket or device); wanted a plain file")
    if status.st_size > MAX_BYTES:
        raise ReadError(f"{status.st_size:,} bytes, wanted {MAX_BYTES:,} at most; split the file")


def _unreadable(error: Exception) -> str:
    """Why the system would not read it, without the path in its message."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else "a path like none"
    return f"cannot be read ({why}); wanted a file that this user may read"
