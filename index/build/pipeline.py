"""Build a snapshot from seeds: read, split, encode new texts, write, validate, publish."""

import hashlib
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from index.build.article_columns import ArticleBuilder, ArticleColumns
from index.build.checkpoint import EmbeddingCheckpoint
from index.build.embeddings import EncodingReport, TextsToEncode, write_vectors
from index.build.inputs import load_encoder, read_articles
from index.build.previous import (
    PreviousArticles,
    open_previous,
    unchanged_manifest,
    write_files,
)
from index.build.text_spool import TextSpool
from index.build.validate import validate_snapshot
from index.embed.encoder import Encoder
from index.embed.onnx_export import export_encoder
from index.embed.sentence_transformers import encoder_identity
from index.ingest.loader import FolderContents, SkippedFile
from index.ingest.seed_file import FileNote, SeedFile
from index.store import snapshot
from index.store.contents import (
    ENCODER_FOLDER,
    VERDICT_FILE,
    SnapshotContents,
)
from index.store.corpus_columns import CORPUS_FILES, write_corpus
from index.store.manifest import Counts, Manifest, write_manifest
from index.store.origin import Origin
from index.store.snapshot import Snapshot
from index.store.term_writer import write_terms
from index.types import OnStepProgress


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths of articles that differ from the previous snapshot."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildReport:
    """Outcome of a build; ``published`` is False when nothing has changed.

    ``ignored`` counts files beside the articles, such as pictures, by suffix.
    """

    name: str
    published: bool
    counts: Counts
    changes: Changes
    skipped: tuple[SkippedFile, ...]
    encoded: EncodingReport
    seconds: float
    notes: tuple[FileNote, ...] = ()
    ignored: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Options:
    """Arguments of ``build``."""

    seeds: Path
    index: Path
    encoder: str | None
    device: str | None

    @property
    def checkpoint(self) -> Path:
        return self.index / "checkpoint"  # not in the snapshot: it outlives an interrupted build


def build(
    seeds: Path,
    index: Path,
    encoder: str | None = None,
    on_progress: OnStepProgress | None = None,
    *,
    device: str | None = None,
) -> BuildReport:
    """Build a snapshot of ``seeds`` and publish it in ``index``, unless nothing has changed.

    ``encoder`` is None for the packaged model, else a sentence-transformers name or folder.
    ``device`` is None to encode on the CPU with onnxruntime, else a torch device.
    Raises SeedsError when no article can be read, EncoderError, BuildInProgress, BuildFailed.
    """
    started = time.perf_counter()
    report = on_progress or (lambda _step, _done, _total: None)
    name = snapshot.new_name()
    options = _Options(seeds, index, encoder, device)
    with (
        snapshot.create(index, name) as folder,
        open_previous(index) as previous,
        TextSpool(index) as spool,
    ):
        building = _Building(folder, options, previous, spool, report)
        loaded = building.read_articles()
        manifest, encoded = building.write(loaded.files)
        if manifest.name == name:
            snapshot.publish(index, folder)
        shutil.rmtree(options.checkpoint, ignore_errors=True)  # published, or no longer needed
        return BuildReport(
            name=manifest.name,
            published=manifest.name == name,
            counts=manifest.counts,
            changes=_changes(loaded.files, building.known_digests),
            skipped=loaded.skipped,
            encoded=encoded,
            seconds=time.perf_counter() - started,
            notes=loaded.notes,
            ignored=loaded.ignored,
        )


class _Building:
    """A build into ``folder``, the new snapshot."""

    def __init__(
        self,
        folder: Path,
        options: _Options,
        previous: Snapshot | None,
        spool: TextSpool,
        report: OnStepProgress,
    ) -> None:
        self._folder = folder
        self._options = options
        self._previous = previous
        self._spool = spool
        self._report = report
        self._identity = encoder_identity(options.encoder, options.device)
        self._known = PreviousArticles(previous.folder) if previous else None
        has_same_encoder = previous is not None and previous.manifest.encoder == self._identity
        self._reusable = previous.folder if previous and has_same_encoder else None

    @property
    def known_digests(self) -> dict[str, str]:
        """The digest of each article of the previous snapshot, by its path."""
        return self._known.digests if self._known else {}

    def read_articles(self) -> FolderContents[ArticleColumns]:
        """Read and split the articles. Raises SeedsError without any."""
        loaded = read_articles(self._options.seeds, self._read_article, self._report)
        count = sum(len(article.corpus.passages) for article in loaded.files)
        self._report("passages", count, count)
        return loaded

    def _read_article(self, file: SeedFile) -> ArticleColumns:
        version = file.version()
        known = self._known.find(file.path, version) if self._known and self._reusable else None
        if known is None:
            return self._builder.build(file.load(), version)
        return replace(known, included=file.included)

    @cached_property
    def _builder(self) -> ArticleBuilder:
        return ArticleBuilder(self._encoder, self._spool)

    @cached_property
    def _encoder(self) -> Encoder:
        """The encoder of a reusable snapshot, or the exported model."""
        options, folder = self._options, self._folder / ENCODER_FOLDER
        if self._reusable is None:
            return export_encoder(options.encoder, folder, options.device)
        shutil.copytree(self._reusable / ENCODER_FOLDER, folder)
        return load_encoder(folder, options.encoder, options.device)

    def write(self, articles: Sequence[ArticleColumns]) -> tuple[Manifest, EncodingReport]:
        """Write the snapshot; return the previous manifest when nothing has changed."""
        folder, report = self._folder, self._report
        write_corpus(folder, [article.corpus for article in articles])
        fingerprint = _fingerprint(folder)
        unchanged = unchanged_manifest(
            self._previous, self._options.index, self._identity, fingerprint
        )
        if unchanged:
            counts = unchanged.counts
            return unchanged, EncodingReport(0, counts.vectors + counts.sentences)
        write_files(folder, articles)
        Origin.of(self._options.seeds, [article.path for article in articles]).write(folder)
        encoded = self._write_vectors(articles)
        if self._reusable and (self._reusable / VERDICT_FILE).exists():  # keep the calibration
            shutil.copyfile(self._reusable / VERDICT_FILE, folder / VERDICT_FILE)
        total = sum(len(article.corpus.passages) for article in articles)
        terms, spec = [article.terms for article in articles], self._encoder.spec
        write_terms(
            folder, terms, spec.languages, lambda done: report("indexing words", done, total)
        )
        counts = validate_snapshot(SnapshotContents(folder))
        return write_manifest(folder, self._identity, spec.dim, counts, fingerprint), encoded

    def _write_vectors(self, articles: Sequence[ArticleColumns]) -> EncodingReport:
        encoder, checkpoint = self._encoder, self._options.checkpoint
        return write_vectors(
            TextsToEncode(articles), encoder, self._folder, self._reusable,
            EmbeddingCheckpoint.open(checkpoint, self._identity, encoder.spec.dim),
            lambda done, total: self._report("encoding", done, total),
        )  # fmt: skip


def _fingerprint(folder: Path) -> str:
    """Hash the files of the corpus."""
    sha256 = hashlib.sha256()
    for name in sorted(CORPUS_FILES):
        sha256.update(name.encode() + b"\0")
        with (folder / name).open("rb") as file:
            sha256.update(hashlib.file_digest(file, "sha256").digest())
    return sha256.hexdigest()


def _changes(articles: Sequence[ArticleColumns], previous: Mapping[str, str]) -> Changes:
    """Compare articles with the digests of the previous ones, by path."""
    digests = {article.path: article.digest for article in articles}
    both = digests.keys() & previous.keys()
    return Changes(
        added=tuple(sorted(digests.keys() - previous.keys())),
        changed=tuple(sorted(path for path in both if digests[path] != previous[path])),
        removed=tuple(sorted(previous.keys() - digests.keys())),
    )
