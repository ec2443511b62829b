"""Load the articles of a folder: parse its files, and list those that are skipped."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from index.errors import NotAnArticle, NoText, ReadError, SeedsError
from index.ingest.folder import read_inside, resolve_seeds, walk
from index.ingest.formats import SUPPORTED, is_document, is_supported, unsupported
from index.ingest.includes import IncludableFiles
from index.ingest.parsing.metadata.front_matter import SIDECAR_SUFFIX
from index.ingest.parsing.normalize import printable, suffix_of
from index.ingest.seed_file import FileNote, SeedFile
from index.types import OnProgress, slug

_PARTIAL = re.compile(  # a part of pages by its name (but Hugo's _index.md is one) or its folder
    r"(?:\A|/)_(?!index\.)[^/]+\Z"
    r"|(?:\A|/)_?(?:includes?|partials?|snippets?|shared|common|fragments)/"
)


@dataclass(frozen=True, slots=True)
class SkippedFile:
    """A file that was left out: its printable path inside seeds and a one-line reason."""

    path: str
    reason: str


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


def load_folder(
    seeds: Path,
    load: Callable[[SeedFile], Loaded],
    on_progress: OnProgress | None = None,
) -> FolderContents[Loaded]:
    """Load every article in ``seeds`` and its subfolders; list unreadable files as skipped.

    ``load`` makes something of each; ``on_progress`` gets the number of files done and of all.
    Raises SeedsError if the folder does not exist or holds no file of a supported format.
    """
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
                self._ignored[suffix_of(path)] += 1

    def load_file(self, path: str) -> None:
        """Load a file of a supported format."""
        try:
            file = SeedFile(self._root, path, self._includable)
            loaded = self._load(file)
            _check_unique(file, self._paths_by_key)
            self._files.append(loaded)
        except NotAnArticle:
            self._ignored[suffix_of(path)] += 1
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
