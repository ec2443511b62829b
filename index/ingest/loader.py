"""Load the articles of a folder: parse its files, and list those that are skipped."""

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path, PurePosixPath
from typing import Generic, Protocol, TypeVar

from index.errors import NotAnArticle, NoText, ReadError, SeedsError
from index.ingest.folder import read_bytes, read_inside, resolve_seeds, walk
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
from index.types import Article, Metadata, OnProgress, slug

_VERSION_BYTES = 16
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
        return read_bytes(self.root, self.path, self.real_path)

    @cached_property
    def sidecar(self) -> bytes | None:
        """The content of its sidecar; None for a format with front matter, or without one."""
        name = self.path + SIDECAR_SUFFIX
        if _suffix(self.path) in TEXT_SUFFIXES or not (self.root / name).is_file():
            return None
        try:
            return read_inside(self.root, name)
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


def read_folder(seeds: Path, on_progress: OnProgress | None = None) -> LoadedFolder:
    """Load every article in ``seeds`` and its subfolders; list unreadable files as skipped.

    ``on_progress`` is called with the number of files done and the total number.
    Raises SeedsError if the folder does not exist or holds no file of a supported format.
    """
    found = load_folder(seeds, SeedFile.load, on_progress)
    return LoadedFolder(found.files, found.skipped, found.ignored, found.empty)


def load_folder(
    seeds: Path,
    load: Callable[[SeedFile], Loaded],
    on_progress: OnProgress | None = None,
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
        self.paths = sorted(walk(root, self._skip))
        self.supported = [path for path in self.paths if is_supported(path)]
        self._includable = IncludableFiles(lambda: self.paths, partial(read_inside, root))
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


def _suffix(path: str) -> str:
    return PurePosixPath(path).suffix.lower()
