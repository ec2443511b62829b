from pathlib import Path

from index.ingest.folder import read_inside, resolve_seeds, walk
from index.ingest.includes import IncludableFiles
from index.ingest.loader import SeedFile
from index.types import Article


def read_file(path: Path, seeds: Path) -> Article:
    """Load one article of ``seeds``. Raises ReadError."""
    root = resolve_seeds(seeds)
    includable = IncludableFiles(lambda: walk(root), lambda name: read_inside(root, name))
    return SeedFile(root, path.relative_to(seeds).as_posix(), includable).load().article
