"""Build a snapshot from seeds: read, split, encode what is new, write, validate, publish."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index.build.checkpoint import EmbeddingCheckpoint
from index.build.embeddings import EncodingReport, TextsToEncode, write_vectors
from index.build.previous import DETECTED_FILE, PreviousSnapshot
from index.build.validate import validate_snapshot
from index.embed.chunking import passage_chunks, with_heading
from index.embed.encoder import Encoder, read_spec
from index.embed.onnx_export import encoder_for
from index.embed.sentence_transformers import encoder_identity, load_on
from index.errors import SeedsError
from index.ingest import SkippedFile, read_folder
from index.store import snapshot
from index.store.bm25 import BM25Index
from index.store.contents import (
    BM25_FOLDER,
    ENCODER_FOLDER,
    VERDICT_FILE,
    SnapshotContents,
    open_encoder,
)
from index.store.corpus import write_corpus
from index.store.manifest import Counts, Manifest, seal
from index.text.language import detect
from index.text.sentences import split
from index.types import Article, Passage

_TOLD_EVERY = 1000  # passages
_JOURNAL = "encoded"  # in the index, beside the snapshots

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Changes:
    """Paths of articles that differ from the snapshot before."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did; ``published`` is False when nothing had changed."""

    name: str
    published: bool
    counts: Counts
    changes: Changes
    skipped: tuple[SkippedFile, ...]
    encoded: EncodingReport
    seconds: float


@dataclass(frozen=True, slots=True)
class _Split:
    """Articles with the passages of each, in the same order; languages detected, by digest."""

    articles: tuple[Article, ...]
    passages: tuple[tuple[Passage, ...], ...]
    detected: dict[str, str]

    def __iter__(self) -> Iterator[tuple[Article, tuple[Passage, ...]]]:
        return zip(self.articles, self.passages, strict=True)


def build(
    seeds: Path,
    index: Path,
    encoder: str | None = None,
    progress: Progress | None = None,
    *,
    device: str | None = None,
) -> BuildReport:
    """Build from ``seeds`` and put the snapshot in service in ``index``.

    ``encoder`` is None for the packaged model, else a sentence-transformers name or folder.
    ``device`` is None to encode on the processor with onnxruntime, else what torch shall use.
    ``progress`` hears the name of a step, what is done and what there is to do.
    Raises SeedsError when no article can be read, EncoderError, BuildBusy.
    """
    started = time.perf_counter()
    tell = progress or (lambda _step, _done, _total: None)
    name = snapshot.new_name()
    with snapshot.building(index, name) as folder, PreviousSnapshot.open(index) as before:
        articles, skipped = _read(seeds, before.detected(), tell)
        model = _Model(encoder, device, index / _JOURNAL)
        manifest, encoded = _make(articles, folder, model, before, tell)
        if manifest.name == name:
            snapshot.publish(index, folder)
        model.journal.unlink(missing_ok=True)  # what it held is published, or of no use
        return BuildReport(
            name=manifest.name,
            published=manifest.name == name,
            counts=manifest.counts,
            changes=_changes(articles.articles, before.digests()),
            skipped=skipped,
            encoded=encoded,
            seconds=time.perf_counter() - started,
        )


@dataclass(frozen=True, slots=True)
class _Model:
    """The encoder as asked for, and where its vectors wait for an interrupted build's next."""

    name: str | None
    device: str | None
    journal: Path


def _read(
    seeds: Path, known: dict[str, str], tell: Progress
) -> tuple[_Split, tuple[SkippedFile, ...]]:
    reading = read_folder(seeds, lambda done, total: tell("reading", done, total))
    if not reading.articles:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in reading.skipped[:3])
        raise SeedsError(f"no article in {seeds} can be read ({reasons})")
    detected: dict[str, str] = {}
    articles, passages = [], []
    for done, article in enumerate(reading.articles, 1):
        articles.append(_with_language(article, known, detected))
        passages.append(split(articles[-1]))
        tell("splitting", done, len(reading.articles))
    tell("passages", count := sum(map(len, passages)), count)
    return _Split(tuple(articles), tuple(passages), detected), reading.skipped


def _with_language(article: Article, known: dict[str, str], detected: dict[str, str]) -> Article:
    """The article in the language that it names, or that is detected and noted."""
    if article.metadata.language:
        return article
    digest = article.digest
    detected[digest] = language = known.get(digest) or detect(article.text)
    return replace(article, metadata=replace(article.metadata, language=language))


def _make(
    articles: _Split, folder: Path, model: _Model, before: PreviousSnapshot, tell: Progress
) -> tuple[Manifest, EncodingReport]:
    """Write and seal ``folder``; or the manifest before, when nothing has changed."""
    identity = encoder_identity(model.name, model.device)
    write_corpus(folder, articles.articles, articles.passages)
    fingerprint = _fingerprint(folder)
    if unchanged := before.manifest_of(identity, fingerprint):
        return unchanged, EncodingReport(0, unchanged.counts.vectors + unchanged.counts.sentences)
    known = before.folder_by(identity)
    (folder / DETECTED_FILE).write_text(json.dumps(articles.detected), "utf-8")
    encoder = _encoder(model, folder / ENCODER_FOLDER, known)
    journal = EmbeddingCheckpoint.open(model.journal, identity, encoder.spec.dim)
    encoded = write_vectors(
        _texts(articles, encoder), encoder, folder, known, journal,
        lambda done, total: tell("encoding", done, total),
    )  # fmt: skip
    if known and (known / VERDICT_FILE).exists():  # a calibration outlives a rebuild
        shutil.copyfile(known / VERDICT_FILE, folder / VERDICT_FILE)
    BM25Index.build(folder / BM25_FOLDER, _told(articles, tell))
    manifest = seal(
        folder,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        encoder=identity,
        dim=encoder.spec.dim,
        counts=validate_snapshot(SnapshotContents(folder)),
        fingerprint=fingerprint,
    )
    return manifest, encoded


def _fingerprint(folder: Path) -> str:
    """One hash over the articles as they were read and split."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _encoder(model: _Model, folder: Path, known: Path | None) -> Encoder:
    """The encoder, kept in ``folder``: copied from a snapshot, or met for the first time."""
    if known is None:
        return encoder_for(model.name, folder, model.device)
    shutil.copytree(known / ENCODER_FOLDER, folder)
    if model.device:
        return load_on(model.device, model.name, read_spec(folder))
    return open_encoder(folder)


def _texts(articles: _Split, encoder: Encoder) -> TextsToEncode:
    per_passage = [
        of for article, passages in articles for of in passage_chunks(encoder, article, passages)
    ]
    owners = np.repeat(np.arange(len(per_passage)), [len(of) for of in per_passage])
    return TextsToEncode(
        windows=[window for of in per_passage for window in of],
        chunk_to_passage=owners.astype(np.int32),
        sentences=[
            article.text[sentence.start : sentence.end]
            for article, passages in articles
            for passage in passages
            for sentence in passage.sentences
        ],
    )


def _told(articles: _Split, tell: Progress) -> Iterator[tuple[int, str, str, str]]:
    """The documents, with word of how many there were."""
    total = sum(map(len, articles.passages))
    for done, document in enumerate(_documents(articles), 1):
        yield document
        if done % _TOLD_EVERY == 0 or done == total:
            tell("indexing words", done, total)


def _documents(articles: _Split) -> Iterable[tuple[int, str, str, str]]:
    """Article number, title, text and language of each row, for the words."""
    for number, (article, passages) in enumerate(articles):
        told = article.metadata
        for passage in passages:
            text = article.text[passage.start : passage.end]
            yield number, with_heading(told.title, passage.section), text, told.language or "en"


def _changes(articles: Sequence[Article], then: dict[str, str]) -> Changes:
    now = {article.path: article.digest for article in articles}
    return Changes(
        added=tuple(sorted(now.keys() - then.keys())),
        changed=tuple(sorted(path for path in now.keys() & then.keys() if now[path] != then[path])),
        removed=tuple(sorted(then.keys() - now.keys())),
    )
