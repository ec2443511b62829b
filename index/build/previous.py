"""Reuse the current snapshot in the next build."""

import json
import logging
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Self

from index.errors import IndexMissing, SnapshotError
from index.search.passage_terms import SentenceTerms
from index.store import snapshot
from index.store.corpus import Corpus
from index.store.manifest import Manifest
from index.store.snapshot import Snapshot
from index.store.term_file import TermFile
from index.types import Article, digest

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


class PreviousTerms:
    """Terms of the previous snapshot, for articles that have not changed."""

    def __init__(self, corpus: Corpus, terms: TermFile) -> None:
        self._corpus = corpus
        self._terms = terms

    @classmethod
    def open(cls, previous: Snapshot | None) -> Self | None:
        """Open the terms of a snapshot, if there is one."""
        return cls(Corpus.open(previous.folder), TermFile(previous.folder)) if previous else None

    def sentences(self, article: Article) -> list[tuple[SentenceTerms, ...] | None] | None:
        """Read the terms of the sentences of each passage, None for an article that has changed.

        They are None for a passage that has other text than its sentences.
        """
        number = self._corpus.article_numbers.get(article.path)
        if number is None:
            return None
        source = self._corpus.source(number)
        if (source.digest, source.metadata) != (digest(article.text), article.metadata):
            return None
        return self._terms.read_sentences(self._corpus.rows(number))
