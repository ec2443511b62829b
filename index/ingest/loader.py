"""Load the articles of a folder: find the files, parse them and list those that are skipped."""

import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Generic, Protocol, TypeVar

from index.errors import NotAnArticle, NoText, ReadError, SeedsError
from index.ingest.formats import (
    SUPPORTED,
    TEXT_SUFFIXES,
    SourceText,
    is_document,
    is_supported,
    parse,
    source_text,
    unsupported,
)
from index.ingest.includes import IncludableFiles
from index.ingest.parsing.dates import split_dated_name
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.front_matter import SIDECAR_SUFFIX, FrontMatter, parse_sidecar
from index.ingest.parsing.normalize import is_printable, printable, title_from_path
from index.types import Article, Metadata, slug

MAX_BYTES = 20_000_000
_VERSION_BYTES = 16
_MAX_DEPTH = 50  # folders inside folders
_BACKUP_SUFFIXES = ("~", ".swp", ".swo", ".bak", ".tmp", ".orig")
_SYSTEM_FILES = {
    *("thumbs.db", "desktop.ini", "__macosx", "__pycache__", "node_modules"),
    "sources.toml",  # lists what Quoth follows
}
_PARTIAL = re.compile(  # a part of pages by its name (but Hugo's _index.md is one) or its folder
    r"(?:\A|/)_(?!index\.)[^/]+\Z"
    r"|(?:\A|/)_?(?:includes?|partials?|snippets?|shared|common|fragments)/"
)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was left out: its printable path inside seeds and a one-line reason."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class FileNote:
    """A one-line note on an article that was read: metadata passed over, text that may be lost."""

    path: str
    text: str


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """An article, notes on it, and the characters of visible text in its file; 0 if unknown.

    ``included`` are the paths of files whose content it includes, ``missing_includes`` the names of
    files that are not in seeds.
    """

    article: Article
    notes: tuple[FileNote, ...]
    file_chars: int
    included: tuple[str, ...] = ()
    missing_includes: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """The article's path inside seeds."""
        return self.article.path


class ReadFile(Protocol):
    """The outcome of reading a file, whatever is made of it."""

    @property
    def path(self) -> str:
        """Its path inside seeds."""

    @property
    def notes(self) -> tuple[FileNote, ...]:
        """The notes on its article."""

    @property
    def included(self) -> tuple[str, ...]:
        """Paths of the files that it includes."""


Loaded = TypeVar("Loaded", bound=ReadFile)


@dataclass(frozen=True, slots=True)
class FolderContents(Generic[Loaded]):
    """The files of a folder that became articles, ordered by path, and those that did not.

    ``skipped`` are documents that could not be read, ``empty`` hold metadata but no text.
    ``ignored`` counts pictures, styles, programs and other files beside the articles, by suffix.
    """

    files: tuple[Loaded, ...]
    skipped: tuple[SkippedFile, ...]
    ignored: dict[str, int]
    empty: tuple[FileNote, ...] = ()

    @property
    def notes(self) -> tuple[FileNote, ...]:
        """The notes on all articles, and on files without text."""
        return (*(note for file in self.files for note in file.notes), *self.empty)


@dataclass(frozen=True, slots=True)
class LoadedFolder(FolderContents[LoadedFile]):
    """The contents of a folder whose articles are kept."""

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles, ordered by path."""
        return tuple(file.article for file in self.files)


@dataclass(frozen=True)  # without slots, for the cached property
class SeedFile:
    """A file of a supported format below ``root``, and the files that it may include."""

    root: Path
    path: str
    includable: IncludableFiles

    @cached_property
    def real_path(self) -> str:
        """Its path without symbolic links."""
        return os.path.realpath(f"{self.root}/{self.path}")

    @cached_property
    def data(self) -> bytes:
        """Its content. Raises ReadError."""
        if not is_printable(self.path):
            raise ReadError("its name contains unprintable characters; rename it")
        return _read_bytes(self.root, self.path, self.real_path)

    @cached_property
    def sidecar(self) -> bytes | None:
        """The content of its sidecar; None for a format with front matter, or without one."""
        name = self.path + SIDECAR_SUFFIX
        if _suffix(self.path) in TEXT_SUFFIXES or not (self.root / name).is_file():
            return None
        try:
            return _read_included(self.root, name)
        except ReadError as error:
            raise ReadError(f"{printable(name)}: {error}") from error

    @cached_property
    def source(self) -> SourceText | None:
        """Its text with what it includes; None if it is no text. Raises ReadError."""
        return source_text(self.path, self.data, self.includable)

    @property
    def included(self) -> tuple[str, ...]:
        """Paths of the files that it includes. Raises ReadError."""
        return self.source.expansion.included if self.source else ()

    def version(self) -> str:
        """Hash all that its article depends on. Raises ReadError."""
        hashed = hashlib.blake2b(self.data, digest_size=_VERSION_BYTES)
        if self.sidecar is not None:
            hashed.update(hashlib.blake2b(self.sidecar).digest())
        if self.source:
            expansion = self.source.expansion
            hashed.update(expansion.text.encode("utf-8", "surrogatepass"))
            hashed.update(repr(sorted(expansion.titles.items())).encode())
        return hashed.hexdigest()

    def load(self) -> LoadedFile:
        """Read the article. Raises ReadError if it cannot become one."""
        path = self.path
        document = parse(path, self.data, self.source)
        sidecar = self._parse_sidecar()
        article = _to_article(path, document, sidecar.metadata)
        sidecar_notes = (f"{printable(path + SIDECAR_SUFFIX)}: {note}" for note in sidecar.notes)
        notes = tuple(FileNote(path, note) for note in (*document.notes, *sidecar_notes))
        missing = self.source.expansion.missing if self.source else ()
        return LoadedFile(article, notes, document.file_chars, self.included, missing)

    def _parse_sidecar(self) -> FrontMatter:
        if self.sidecar is None:
            return FrontMatter()
        try:
            return parse_sidecar(decode(self.sidecar))
        except ReadError as error:
            raise ReadError(f"{printable(self.path + SIDECAR_SUFFIX)}: {error}") from error


def read_folder(seeds: Path, on_progress: Callable[[int, int], None] | None = None) -> LoadedFolder:
    """Load every article in ``seeds`` and its subfolders; list unreadable files as skipped.

    ``on_progress`` is called with the number of files done and the total number.
    Raises SeedsError if the folder does not exist or holds no file of a supported format.
    """
    found = load_folder(seeds, SeedFile.load, on_progress)
    return LoadedFolder(found.files, found.skipped, found.ignored, found.empty)


def load_folder(
    seeds: Path,
    load: Callable[[SeedFile], Loaded],
    on_progress: Callable[[int, int], None] | None = None,
) -> FolderContents[Loaded]:
    """Make something of every article in ``seeds``; otherwise as ``read_folder``."""
    loading = _FolderLoading(resolve_seeds(seeds), load)
    if not loading.supported:
        others = len(loading.paths) + len(loading.skipped)
        raise SeedsError(
            f"no articles in {printable(str(seeds))} ({others} other files); {SUPPORTED}"
        )
    loading.pass_over_others()
    for done, path in enumerate(loading.supported, 1):
        loading.load_file(path)
        if on_progress:
            on_progress(done, len(loading.supported))
    return loading.contents()


class _FolderLoading(Generic[Loaded]):
    """Loads the files of a folder one by one, and collects those that become no articles."""

    def __init__(self, root: Path, load: Callable[[SeedFile], Loaded]) -> None:
        self._root = root
        self._load = load
        self.skipped: list[SkippedFile] = []
        self.paths = sorted(walk(root, self.skipped))
        self.supported = [path for path in self.paths if is_supported(path)]
        self._includable = IncludableFiles(lambda: self.paths, partial(_read_included, root))
        self._files: list[Loaded] = []
        self._empty: list[FileNote] = []
        self._ignored: Counter[str] = Counter()
        self._paths_by_key: dict[str, str] = {}

    def pass_over_others(self) -> None:
        """Skip documents of formats that are not supported, and count the other files."""
        known = {*self.supported, *(path + SIDECAR_SUFFIX for path in self.supported)}
        for path in self.paths:
            if path in known:
                continue
            if is_document(path):
                self._skip(path, unsupported(path))
            else:
                self._ignored[_suffix(path)] += 1

    def load_file(self, path: str) -> None:
        """Load a file of a supported format."""
        try:
            file = SeedFile(self._root, path, self._includable)
            loaded = self._load(file)
            _check_unique(file, self._paths_by_key)
            self._files.append(loaded)
        except NotAnArticle:
            self._ignored[_suffix(path)] += 1
        except NoText as error:
            self._empty.append(FileNote(printable(path), str(error)))
        except ReadError as error:
            self._skip(path, str(error))

    def _skip(self, path: str, reason: str) -> None:
        self.skipped.append(SkippedFile(printable(path), reason))

    def contents(self) -> FolderContents[Loaded]:
        """Return what was loaded and what was not."""
        return FolderContents(
            files=tuple(_without_partials(self._files)),
            skipped=tuple(sorted(self.skipped, key=lambda file: file.path)),
            ignored=dict(sorted(self._ignored.items())),
            empty=tuple(self._empty),
        )


def _without_partials(files: Sequence[Loaded]) -> Iterator[Loaded]:
    """Yield the files that are pages: one that others include may be just a part of theirs."""
    included = {path for file in files for path in file.included}
    for file in files:
        if file.path not in included or not _PARTIAL.search(file.path.lower()):
            yield file


def read_file(path: Path, seeds: Path) -> Article:
    """Load one article of ``seeds``.

    Raises ReadError that names the file, and SeedsError if the folder does not exist.
    """
    root = resolve_seeds(seeds)
    inside = Path(os.path.relpath(path, seeds)).as_posix()  # symbolic links are not resolved
    if inside.startswith("../"):
        raise ReadError(f"{printable(str(path))} is not inside {printable(str(seeds))}; move it")
    includable = IncludableFiles(lambda: walk(root, []), partial(_read_included, root))
    try:
        return SeedFile(root, inside, includable).load().article
    except ReadError as error:
        raise ReadError(f"{printable(inside)}: {error}") from error


def resolve_seeds(seeds: Path) -> Path:
    """Return the folder of articles without symbolic links. Raises SeedsError if it is missing."""
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
        prefix = f"{inside}/" if inside.parts else ""
        yield from (f"{prefix}{name}" for name in names if _is_visible(name))


def _is_visible(name: str) -> bool:
    name = name.lower()
    is_autosave = name.startswith("#") and name.endswith("#")
    is_backup = is_autosave or name.endswith(_BACKUP_SUFFIXES)
    return not (is_backup or name.startswith(".") or name in _SYSTEM_FILES)


def _check_unique(file: SeedFile, paths_by_key: dict[str, str]) -> None:
    """Raise ReadError if another article has the same slug or is the same file."""
    path = file.path
    for key, problem in (
        (slug(path), f"has the slug {slug(path)!r} too"),
        (f"file {file.real_path}", "is the same file"),
    ):
        first = paths_by_key.setdefault(key, path)
        if first != path:
            raise ReadError(f"{printable(first)} {problem}; rename or delete one of them")


def _to_article(path: str, document: ParsedDocument, sidecar: ParsedMetadata) -> Article:
    """Combine the metadata of a sidecar, of the file itself and of its name, in this order."""
    date, name = split_dated_name(slug(path)) if _suffix(path) in TEXT_SUFFIXES else (None, path)
    named = ParsedMetadata(title=title_from_path(name), published=date)
    metadata = sidecar.over(document.metadata).over(named)
    return Article(
        path, document.text, Metadata(**asdict(metadata)), document.blocks, document.heading
    )


def _read_included(root: Path, path: str) -> bytes:
    return _read_bytes(root, path, os.path.realpath(root / path))


def _read_bytes(root: Path, path: str, real_path: str) -> bytes:
    """Return the content of a file. Raises ReadError for a large, special or outside file."""
    try:
        # Without pathlib, which takes longer than the file: a rebuild reads every file.
        status = os.stat(real_path)  # noqa: PTH116
        if not real_path.startswith(os.path.join(root, "")):  # noqa: PTH118
            raise ReadError("a symbolic link that leads out of the folder; copy the file here")
        if not stat.S_ISREG(status.st_mode):
            raise ReadError("not a regular file (a folder, pipe, socket or device); remove it")
        if status.st_size > MAX_BYTES:
            raise ReadError(
                f"{status.st_size:,} bytes; the limit is {MAX_BYTES:,}, so split the file"
            )
        with open(real_path, "rb") as file:  # noqa: PTH123
            return file.read()
    except (OSError, ValueError, RuntimeError) as error:
        if (root / path).is_symlink() and not (root / path).exists():
            reason = "a symbolic link that leads nowhere; delete it, or copy the file here"
            raise ReadError(reason) from error
        raise ReadError(_unreadable(error)) from error


def _unreadable(error: Exception) -> str:
    """Return the reason the system gives, without the path in its message."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else "invalid path"
    return f"cannot be read ({reason}); check its permissions"


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()
