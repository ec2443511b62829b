"""Reuse the current snapshot in the next build."""

import json
import logging
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from index.errors import IndexMissing, SnapshotError
from index.store import snapshot
from index.store.corpus import Corpus
from index.store.manifest import Manifest
from index.store.snapshot import Snapshot

log = logging.getLogger(__name__)

LANGUAGES_FILE = "detected_languages.json"  # by digest; detection takes half of a small rebuild


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
    """Return the manifest of a snapshot that is current and has the same encoder and articles."""
    if not previous or previous.manifest.name != snapshot.current(index):
        return None
    manifest = previous.manifest
    unchanged = (manifest.encoder, manifest.fingerprint) == (encoder, fingerprint)
    return manifest if unchanged else None


def detected_languages(previous: Snapshot | None) -> dict[str, str]:
    """Read the languages that were detected, by the digest of the text."""
    if not previous:
        return {}
    return dict(json.loads((previous.folder / LANGUAGES_FILE).read_text("utf-8")))


def article_digests(previous: Snapshot | None) -> dict[str, str]:
    """Read the digest of each article, by its path."""
    sources = Corpus.open(previous.folder).all_sources() if previous else ()
    return {source.path: source.digest for source in sources}
