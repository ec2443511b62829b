"""Reuse the current snapshot in the next build."""

import json
import logging
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Self

from index.errors import IndexMissing, SnapshotError
from index.store import snapshot
from index.store.corpus import Corpus
from index.store.manifest import Manifest
from index.store.snapshot import Snapshot

log = logging.getLogger(__name__)

LANGUAGES_FILE = "detected_languages.json"  # by digest; detection takes half of a small rebuild


class PreviousSnapshot(AbstractContextManager["PreviousSnapshot"]):
    """The snapshot that a build replaces, if there is one that can be read."""

    def __init__(self, opened: Snapshot | None, *, is_current: bool = False) -> None:
        self._opened = opened
        self._is_current = is_current

    @classmethod
    def open(cls, index: Path) -> Self:
        """Open the current snapshot, or nothing when it is missing, damaged or outdated."""
        try:
            opened = snapshot.open_current(index)
            return cls(opened, is_current=opened.manifest.name == snapshot.current(index))
        except (IndexMissing, SnapshotError) as error:
            log.debug("no snapshot to reuse: %s", error)
            return cls(None)

    def __exit__(self, *_: object) -> None:
        if self._opened:
            self._opened.close()

    def manifest_if_unchanged(self, identity: str, fingerprint: str) -> Manifest | None:
        """Return its manifest when it is current and has the same encoder and articles."""
        if not self._opened or not self._is_current:
            return None
        manifest = self._opened.manifest
        unchanged = (manifest.encoder, manifest.fingerprint) == (identity, fingerprint)
        return manifest if unchanged else None

    def folder_if_encoded_by(self, identity: str) -> Path | None:
        """Return its folder when its vectors were made by this encoder."""
        if self._opened and self._opened.manifest.encoder == identity:
            return self._opened.folder
        return None

    def detected_languages(self) -> dict[str, str]:
        """Read the languages that were detected, by the digest of the text."""
        if not self._opened:
            return {}
        path = self._opened.folder / LANGUAGES_FILE
        return dict(json.loads(path.read_text("utf-8")))

    def article_digests(self) -> dict[str, str]:
        """Read the digest of each article, by its path."""
        if not self._opened:
            return {}
        sources = Corpus.open(self._opened.folder).all_sources()
        return {source.path: source.digest for source in sources}
