"""The snapshot in service, as far as the next build can use it."""

import json
import logging
from pathlib import Path
from typing import Self

from index.errors import IndexMissing, SnapshotError
from index.store import snapshot
from index.store.corpus import Corpus
from index.store.manifest import Manifest
from index.store.snapshot import Snapshot

log = logging.getLogger(__name__)

DETECTED_FILE = "languages.json"  # by digest of the text; a detection is half of a small rebuild


class PreviousSnapshot:
    """The snapshot in service, as far as a build can use it."""

    def __init__(self, opened: Snapshot | None, *, in_service: bool = False) -> None:
        self._opened = opened
        self._in_service = in_service

    @classmethod
    def open(cls, index: Path) -> Self:
        """Open it when it is whole and of this schema; else there is nothing to use."""
        try:
            opened = snapshot.open_current(index)
            return cls(opened, in_service=opened.manifest.name == snapshot.current(index))
        except (IndexMissing, SnapshotError) as error:
            log.debug("nothing to reuse: %s", error)
            return cls(None)

    def __enter__(self) -> "PreviousSnapshot":
        return self

    def __exit__(self, *_: object) -> None:
        if self._opened:
            self._opened.close()

    def manifest_of(self, identity: str, fingerprint: str) -> Manifest | None:
        """Its manifest when it serves just these articles by just this encoder."""
        if not self._opened or not self._in_service:
            return None
        manifest = self._opened.manifest
        same = (manifest.encoder, manifest.fingerprint) == (identity, fingerprint)
        return manifest if same else None

    def folder_by(self, identity: str) -> Path | None:
        """Its folder when its vectors are by this encoder."""
        if self._opened and self._opened.manifest.encoder == identity:
            return self._opened.folder
        return None

    def detected(self) -> dict[str, str]:
        """Languages that were detected then, by the digest of the text: half of a small rebuild."""
        if not self._opened:
            return {}
        known: dict[str, str] = json.loads((self._opened.folder / DETECTED_FILE).read_text("utf-8"))
        return known

    def digests(self) -> dict[str, str]:
        """Hash of each article by its path."""
        if not self._opened:
            return {}
        sources = Corpus.open(self._opened.folder).all_sources()
        return {source.path: source.digest for source in sources}
