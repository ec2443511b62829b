"""Load the articles of a folder: find the files, parse them and list those that are skipped."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from index.errors import ReadError, SeedsError
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.front_matter import SIDECAR_SUFFIX, parse_sidecar
from index.ingest.parsing.normalize import is_printable, printable, title_from_path
from index.ingest.readers.docx import read_docx
from index.ingest.readers.epub import read_epub
from index.ingest.readers.feed import read_feed
from index.ingest.readers.html import read_html
from index.ingest.readers.markdown import read_markdown
from index.ingest.readers.pdf import read_pdf
from index.ingest.readers.plain_text import read_text
from index.types import Article, Metadata, slug

MAX_BYTES = 20_000_000
_MAX_DEPTH = 50  # folders inside folders
_READERS: dict[str, Callable[[bytes], ParsedDocument]] = {
    **dict.fromkeys((".txt", ".text"), lambda data: read_text(decode(data))),
    **dict.fromkeys((".md", ".markdown"), lambda data: read_markdown(decode(data))),
    **dict.fromkeys((".html", ".htm", ".xhtml"), read_html),
    ".pdf": read_pdf,
    ".docx": read_docx,
    ".epub": read_epub,
    **dict.fromkeys((".rss", ".atom", ".xml"), read_feed),
}
TEXT_SUFFIXES = {".txt", ".text", ".md", ".markdown"}  # can hold front matter; others get a sidecar
FORMATS = tuple(_READERS)  # suffixes of files that can be articles
_SUPPORTED = f"supported are {', '.join(FORMATS)}"
_BACKUP_SUFFIXES = ("~", ".swp", ".swo", ".bak", ".tmp", ".orig")
_SYSTEM_FILES = {"thumbs.db", "desktop.ini", "__macosx"}


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was left out: its printable path inside seeds and a one-line reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoadedFolder:
    """The articles of a folder, ordered by path, and the files that were skipped."""

    articles: tuple[Article, ...]
    skipped: tuple[SkippedFile, ...]


def read_folder(seeds: Path, on_progress: Callable[[int, int], None] | None = None) -> LoadedFolder:
    """Load every article in ``seeds`` and its subfolders; list unreadable files as skipped.

    ``on_progress`` is called with the number of files done and the total number.
    Raises SeedsError if the folder does not exist or holds no file of a supported format.
    """
    root = _resolve_root(seeds)
    skipped: list[SkippedFile] = []
    paths = sorted(walk(root, skipped))
    supported = [path for path in paths if is_supported(path)]
    if not supported:
        raise SeedsError(
            f"no articles in {printable(str(seeds))} ({len(paths) + len(skipped)} other files); "
            f"{_SUPPORTED}"
        )
    known = {*supported, *(path + SIDECAR_SUFFIX for path in supported)}
    skipped += [SkippedFile(printable(p), _unsupported(p)) for p in paths if p not in known]
    articles: list[Article] = []
    paths_by_key: dict[str, str] = {}
    for done, path in enumerate(supported, 1):
        try:
            article = _load(root, path)
            _check_unique(article, root, paths_by_key)
            articles.append(article)
        except ReadError as error:
            skipped.append(SkippedFile(printable(path), str(error)))
        if on_progress:
            on_progress(done, len(supported))
    return LoadedFolder(tuple(articles), tuple(sorted(skipped, key=lambda file: file.path)))


def read_file(path: Path, seeds: Path) -> Article:
    """Load one article of ``seeds``.

    Raises ReadError that names the file, and SeedsError if the folder does not exist.
    """
    root = _resolve_root(seeds)
    inside = Path(os.path.relpath(path, seeds)).as_posix()  # symbolic links are not resolved
    if inside.startswith("../"):
        raise ReadError(f"{printable(str(path))} is not inside {printable(str(seeds))}; move it")
    try:
        return _load(root, inside)
    except ReadError as error:
        raise ReadError(f"{printable(inside)}: {error}") from error


def _resolve_root(seeds: Path) -> Path:
    if not seeds.is_dir():
        raise SeedsError(
            f"there is no folder {printable(str(seeds))}; create it and put articles in it"
        )
    return seeds.resolve()


def walk(root: Path, skipped: list[SkippedFile]) -> Iterator[str]:
    """Yield the paths of the files below ``root``, except hidden files and backups.

    Folders that cannot be read and links to folders are added to ``skipped``.
    """

    def skip(path: str, reason: str) -> None:
        skipped.append(SkippedFile(printable(path), reason))

    def skip_unreadable(error: OSError) -> None:
        path = Path(error.filename).relative_to(root).as_posix()
        skip(path if path == "." else f"{path}/", _unreadable(error))

    for folder, subfolders, names in os.walk(root, onerror=skip_unreadable):
        inside = PurePosixPath(Path(folder).relative_to(root))
        if len(inside.parts) >= _MAX_DEPTH:  # os.walk is recursive before Python 3.12
            skip(f"{inside}/", f"over {_MAX_DEPTH} folders deep; move the articles further up")
            subfolders.clear()
            continue
        subfolders[:] = filter(_is_visible, subfolders)
        for name in subfolders:
            if os.path.islink(root / inside / name):  # noqa: PTH114 - False if access is denied
                reason = "a symbolic link to a folder, which is not followed; copy the folder here"
                skip(str(inside / name), reason)
        yield from (str(inside / name) for name in names if _is_visible(name))


def _is_visible(name: str) -> bool:
    name = name.lower()
    is_autosave = name.startswith("#") and name.endswith("#")
    is_backup = is_autosave or name.endswith(_BACKUP_SUFFIXES)
    return not (is_backup or name.startswith(".") or name in _SYSTEM_FILES)


def is_supported(path: str) -> bool:
    """Return whether a file can be an article, by its suffix."""
    return PurePosixPath(path).suffix.lower() in _READERS


def _unsupported(path: str) -> str:
    """Return the reason why a file of this name is skipped."""
    suffix = PurePosixPath(path).suffix
    problem = f"{printable(suffix)} files are not supported" if suffix else "its name has no suffix"
    return f"{problem}; {_SUPPORTED}"


def _check_unique(article: Article, root: Path, paths_by_key: dict[str, str]) -> None:
    """Raise ReadError if another article has the same slug or is the same file."""
    file = str((root / article.path).resolve())
    for key, problem in (
        (slug(article.path), f"has the slug {slug(article.path)!r} too"),
        (f"file {file}", "is the same file"),
    ):
        first = paths_by_key.setdefault(key, article.path)
        if first != article.path:
            raise ReadError(f"{printable(first)} {problem}; rename or delete one of them")


def parse(path: str, data: bytes) -> ParsedDocument:
    """Parse the content of a file. Raises ReadError if it cannot become an article."""
    if not is_supported(path):
        raise ReadError(_unsupported(path))
    document = _READERS[PurePosixPath(path).suffix.lower()](data)
    if not document.blocks:
        raise ReadError("contains no paragraphs; add text, or delete the file")
    return document


def _load(root: Path, path: str) -> Article:
    if not is_printable(path):
        raise ReadError("its name contains unprintable characters; rename it")
    document = parse(path, _read_bytes(root, path))
    suffix = PurePosixPath(path).suffix.lower()
    sidecar = ParsedMetadata() if suffix in TEXT_SUFFIXES else _read_sidecar(root, path)
    metadata = sidecar.over(document.metadata)
    metadata = metadata.over(ParsedMetadata(title=title_from_path(slug(path))))
    return Article(
        path, document.text, Metadata(**asdict(metadata)), document.blocks, document.heading
    )


def _read_sidecar(root: Path, path: str) -> ParsedMetadata:
    """Return the metadata in the sidecar of a file; empty if it has none."""
    name = path + SIDECAR_SUFFIX
    if not (root / name).is_file():
        return ParsedMetadata()
    try:
        return parse_sidecar(decode(_read_bytes(root, name)))
    except ReadError as error:
        raise ReadError(f"{printable(name)}: {error}") from error


def _read_bytes(root: Path, path: str) -> bytes:
    """Return the content of a file. Raises ReadError for a large, special or outside file."""
    try:
        file = (root / path).resolve(strict=True)
        status = file.stat()
        if not file.is_relative_to(root):
            raise ReadError("a symbolic link that leads out of the folder; copy the file here")
        if not stat.S_ISREG(status.st_mode):
            raise ReadError("not a regular file (a folder, pipe, socket or device); remove it")
        if status.st_size > MAX_BYTES:
            raise ReadError(
                f"{status.st_size:,} bytes; the limit is {MAX_BYTES:,}, so split the file"
            )
        return file.read_bytes()
    except (OSError, ValueError, RuntimeError) as error:
        raise ReadError(_unreadable(error)) from error


def _unreadable(error: Exception) -> str:
    """Return the reason the system gives, without the path in its message."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "invalid path"
    return f"cannot be read ({reason}); check its permissions"
