from dataclasses import dataclass
from pathlib import Path

from index.ingest.folder import read_inside, resolve_seeds, walk
from index.ingest.includes import IncludableFiles
from index.ingest.loader import FolderContents, load_folder
from index.ingest.seed_file import LoadedFile, SeedFile
from index.types import Article, OnProgress


def read_file(path: Path, seeds: Path) -> Article:
    """Load one article of ``seeds``. Raises ReadError."""
    root = resolve_seeds(seeds)
    includable = IncludableFiles(lambda: walk(root), lambda name: read_inside(root, name))
    return SeedFile(root, path.relative_to(seeds).as_posix(), includable).load().article


@dataclass(frozen=True, slots=True)
class LoadedFolder(FolderContents[LoadedFile]):
    """The contents of a folder whose articles are kept."""

    @property
    def articles(self) -> tuple[Article, ...]:
        """The articles, ordered by path."""
        return tuple(file.article for file in self.files)


def read_folder(seeds: Path, on_progress: OnProgress | None = None) -> LoadedFolder:
    """Load every article in ``seeds``. Raises SeedsError."""
    found = load_folder(seeds, SeedFile.load, on_progress)
    return LoadedFolder(found.files, found.skipped, found.ignored, found.empty)
