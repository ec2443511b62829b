"""Build a snapshot from seeds: read, split, encode new texts, write, validate, publish."""

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from pathlib import Path

import numpy as np

from index.build.checkpoint import EmbeddingCheckpoint
from index.build.embeddings import EncodingReport, TextsToEncode, write_vectors
from index.build.previous import (
    LANGUAGES_FILE,
    PreviousTerms,
    article_digests,
    detected_languages,
    open_previous,
    unchanged_manifest,
)
from index.build.validate import validate_snapshot
from index.embed.chunking import passage_chunks, passage_heading
from index.embed.encoder import Encoder, read_spec
from index.embed.onnx_export import export_encoder
from index.embed.sentence_transformers import encoder_identity, load_on_device
from index.errors import SeedsError
from index.ingest.loader import FileNote, LoadedFolder, SkippedFile, read_folder
from index.search.passage_terms import (
    PassageTerms,
    SentenceTerms,
    join_sentences,
    parse_passage,
)
from index.store import snapshot
from index.store.contents import (
    ENCODER_FOLDER,
    VERDICT_FILE,
    SnapshotContents,
    open_encoder,
    write_terms,
)
from index.store.corpus import write_corpus
from index.store.manifest import Counts, Manifest, write_manifest
from index.store.origin import Origin
from index.store.snapshot import Snapshot
from index.text.language import detect_language
from index.text.sentences import split_passages
from index.types import Article, Passage, context_slices, digest

_REPORT_INTERVAL = 1000  # passages

BuildProgressCallback = Callable[[str, int, int], None]  # step, done, total


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
class _SplitArticles:
    """Articles and the passages of each, in the same order; detected languages, by digest."""

    articles: tuple[Article, ...]
    passages: tuple[tuple[Passage, ...], ...]
    detected: dict[str, str]

    def __iter__(self) -> Iterator[tuple[Article, tuple[Passage, ...]]]:
        return zip(self.articles, self.passages, strict=True)


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
    on_progress: BuildProgressCallback | None = None,
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
    with snapshot.create(index, name) as folder, open_previous(index) as previous:
        articles, loaded = _read_articles(seeds, detected_languages(previous), report)
        manifest, encoded = _write_snapshot(articles, folder, options, previous, report)
        if manifest.name == name:
            snapshot.publish(index, folder)
        shutil.rmtree(options.checkpoint, ignore_errors=True)  # published, or no longer needed
        return BuildReport(
            name=manifest.name,
            published=manifest.name == name,
            counts=manifest.counts,
            changes=_changes(articles.articles, article_digests(previous)),
            skipped=loaded.skipped,
            encoded=encoded,
            seconds=time.perf_counter() - started,
            notes=loaded.notes,
            ignored=loaded.ignored,
        )


def _read_articles(
    seeds: Path, known_languages: dict[str, str], report: BuildProgressCallback
) -> tuple[_SplitArticles, LoadedFolder]:
    """Read, detect languages and split into passages. Raises SeedsError without any article."""
    result = read_folder(seeds, lambda done, total: report("reading", done, total))
    if not result.articles:
        reasons = "; ".join(f"{skip.path}: {skip.reason}" for skip in result.skipped[:3])
        raise SeedsError(f"no article in {seeds} can be read ({reasons}); add readable articles")
    detected: dict[str, str] = {}
    articles, passages = [], []
    for done, article in enumerate(result.articles, 1):
        articles.append(with_language(article, known_languages, detected))
        passages.append(split_passages(articles[-1]))
        report("splitting", done, len(result.files))
    report("passages", count := sum(map(len, passages)), count)
    return _SplitArticles(tuple(articles), tuple(passages), detected), result


def with_language(article: Article, known: dict[str, str], detected: dict[str, str]) -> Article:
    """Set the article's language, unless its metadata has one, and add it to ``detected``."""
    if article.metadata.language:
        return article
    key = digest(article.text)
    detected[key] = language = known.get(key) or detect_language(article.text)
    return replace(article, metadata=replace(article.metadata, language=language))


def _write_snapshot(
    articles: _SplitArticles,
    folder: Path,
    options: _Options,
    previous: Snapshot | None,
    report: BuildProgressCallback,
) -> tuple[Manifest, EncodingReport]:
    """Write a snapshot into ``folder``; return the previous manifest when nothing has changed."""
    identity = encoder_identity(options.encoder, options.device)
    write_corpus(folder, articles.articles, articles.passages)
    fingerprint = _fingerprint(folder)
    if unchanged := unchanged_manifest(previous, options.index, identity, fingerprint):
        return unchanged, EncodingReport(0, unchanged.counts.vectors + unchanged.counts.sentences)
    reusable = previous.folder if previous and previous.manifest.encoder == identity else None
    (folder / LANGUAGES_FILE).write_text(json.dumps(articles.detected), "utf-8")
    Origin.of(options.seeds, [article.path for article in articles.articles]).write(folder)
    encoder = _prepare_encoder(options, folder / ENCODER_FOLDER, reusable)
    encoded = write_vectors(
        _texts_to_encode(articles, encoder), encoder, folder, reusable,
        EmbeddingCheckpoint.open(options.checkpoint, identity, encoder.spec.dim),
        lambda done, total: report("encoding", done, total),
    )  # fmt: skip
    if reusable and (reusable / VERDICT_FILE).exists():  # keep the calibration
        shutil.copyfile(reusable / VERDICT_FILE, folder / VERDICT_FILE)
    write_terms(folder, _passage_terms(articles, PreviousTerms.open(previous), report))
    counts = validate_snapshot(SnapshotContents(folder))
    return write_manifest(folder, identity, encoder.spec.dim, counts, fingerprint), encoded


def _fingerprint(folder: Path) -> str:
    """Hash the files of the corpus."""
    sha256 = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        sha256.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            sha256.update(hashlib.file_digest(file, "sha256").digest())
    return sha256.hexdigest()


def _prepare_encoder(options: _Options, folder: Path, reusable: Path | None) -> Encoder:
    """Copy the encoder of a reusable snapshot into ``folder``, or export the model."""
    if reusable is None:
        return export_encoder(options.encoder, folder, options.device)
    shutil.copytree(reusable / ENCODER_FOLDER, folder)
    if options.device:
        return load_on_device(options.device, options.encoder, read_spec(folder))
    return open_encoder(folder)


def _texts_to_encode(articles: _SplitArticles, encoder: Encoder) -> TextsToEncode:
    chunks = [
        passage
        for article, passages in articles
        for passage in passage_chunks(encoder, article, passages)
    ]
    chunk_to_passage = np.repeat(np.arange(len(chunks)), [len(passage) for passage in chunks])
    return TextsToEncode(
        chunks=[chunk for passage in chunks for chunk in passage],
        chunk_to_passage=chunk_to_passage.astype(np.int32),
        sentences=[
            article.text[sentence.start : sentence.end]
            for article, passages in articles
            for passage in passages
            for sentence in passage.sentences
        ],
    )


def _passage_terms(
    articles: _SplitArticles, previous: PreviousTerms | None, report: BuildProgressCallback
) -> Iterator[tuple[int, PassageTerms]]:
    """Yield the article number and the terms of each passage, and report progress."""
    done, total = 0, sum(map(len, articles.passages))
    for number, (article, passages) in enumerate(articles):
        known = previous.sentences(article) if previous else None
        for passage, sentences in zip(passages, known or repeat(None), strict=bool(known)):
            yield number, parse_article_passage(article, passage, sentences)
            done += 1
            if done % _REPORT_INTERVAL == 0 or done == total:
                report("indexing words", done, total)


def parse_article_passage(
    article: Article, passage: Passage, known: tuple[SentenceTerms, ...] | None
) -> PassageTerms:
    """Return the terms of a passage; ``known`` are those of its sentences, None to parse them."""
    origin = passage.origin or article.metadata
    context = context_slices(article.text, passage.context)
    heading = passage_heading(origin.title, passage.section, context)
    language = origin.language or article.metadata.language or "en"
    text = article.text[passage.start : passage.end]
    if known is not None:
        return join_sentences(text, known, heading, language)
    sentences = [article.text[each.start : each.end] for each in passage.sentences]
    return parse_passage(text, sentences, heading, language)


def _changes(articles: Sequence[Article], previous: dict[str, str]) -> Changes:
    """Compare articles with the digests of the previous ones, by path."""
    digests = {article.path: digest(article.text) for article in articles}
    both = digests.keys() & previous.keys()
    return Changes(
        added=tuple(sorted(digests.keys() - previous.keys())),
        changed=tuple(sorted(path for path in both if digests[path] != previous[path])),
        removed=tuple(sorted(previous.keys() - digests.keys())),
    )
