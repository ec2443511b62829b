"""Measure questions and builds on corpora from a thousand to a million passages.

    python -m benchmarks.scale DIR --index INDEX --work FOLDER [--sizes N …] [--plot PNG]

DIR contains articles, and INDEX is an existing index of all of them. Passages beyond their number
are synthetic: sentences sampled from DIR, with vectors that are a real vector plus noise, because
encoding a million texts takes hours. Build times leave out the encoding.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.common import resident_megabytes, timed
from index.build import pipeline
from index.embed.encoder import Encoder, EncoderSpec, Vectors, normalize_rows
from index.evaluation.calibration import generate_questions
from index.searcher import Searcher
from index.store import snapshot
from index.store.contents import SnapshotContents, open_encoder

SIZES = (1_000, 10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
_PARAGRAPHS = 5  # of a synthetic article
_SENTENCES = 3  # at most, of a synthetic paragraph
_NOISE = 0.6  # length of the vector added to a unit vector
_QUESTIONS = 400
_WARM_UP_QUESTIONS = 20
_SAMPLE = 100_000


class SyntheticEncoder:
    """An encoder that returns real vectors plus noise for new texts."""

    def __init__(self, encoder: Encoder, sample: Vectors) -> None:
        self._encoder = encoder
        self._sample = sample
        self._random = np.random.default_rng(0)
        self.engine = "synthetic"

    @property
    def spec(self) -> EncoderSpec:
        """Spec of the encoder that this one replaces."""
        return self._encoder.spec

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return a random real vector plus noise for each text."""
        real = self._sample[self._random.integers(0, len(self._sample), len(texts))]
        noise = self._random.standard_normal(real.shape, dtype=np.float32)
        return normalize_rows(real + _NOISE * normalize_rows(noise))

    def encode_query(self, question: str) -> Vectors:
        """Encode with the replaced encoder."""
        return self._encoder.encode_query(question)

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Count tokens with the replaced encoder."""
        return self._encoder.token_counts(texts)

    def has_token(self, word: str) -> bool:
        """Ask the replaced encoder whether a word is a token."""
        return self._encoder.has_token(word)


@dataclass(frozen=True)
class CachedQueryEncoder:
    """An encoder of questions that are already encoded."""

    spec: EncoderSpec
    vectors: dict[str, Vectors]

    def encode_query(self, question: str) -> Vectors:
        """Look up the question's vector."""
        return self.vectors[question]

    def has_token(self, word: str) -> bool:
        """Return true, so that questions are asked as they are spelled."""
        return True


def measure(size: int, articles: Path, index: Path, work: Path) -> dict[str, Any]:
    """Build an index of that size and ask it questions."""
    folder = work / f"{size}"
    seeds, new_index = folder / "seeds", folder / "index"
    if not (new_index / "current").exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_seeds(articles, size, seeds)
        shutil.copytree(index, new_index)
    build_values = _measure_build(seeds, new_index, index, folder / "built.json")
    command = [sys.executable, "-m", "benchmarks.scale", "--ask", str(new_index)]
    output = subprocess.run(  # noqa: S603 - our own command
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return {"size": size, **build_values, **json.loads(output.splitlines()[-1])}


def _measure_build(seeds: Path, new_index: Path, index: Path, cache: Path) -> dict[str, Any]:
    """Build with synthetic vectors; the result is cached for the next run."""
    if cache.exists():
        cached: dict[str, Any] = json.loads(cache.read_text("utf-8"))
        return cached
    with snapshot.open_current(index) as original:
        vectors = SnapshotContents(original.folder).vectors
        sample = vectors.read_range(0, min(_SAMPLE, len(vectors)))
    with mock.patch.object(
        pipeline, "load_encoder", lambda folder, *_: SyntheticEncoder(open_encoder(folder), sample)
    ):
        report = pipeline.build(seeds, new_index)
    values = {
        "passages": report.counts.passages,
        "synthetic": report.encoded.new,
        "seconds": round(report.seconds, 1),
    }
    cache.write_text(json.dumps(values), "utf-8")
    return values


def write_seeds(articles: Path, size: int, seeds: Path) -> None:
    """Write articles with ``size`` paragraphs in all: real ones first, then synthetic ones."""
    seeds.mkdir(parents=True)
    count = 0
    for number, (title, paragraphs) in enumerate(endless_articles(articles)):
        kept = paragraphs[: size - count]
        folder = seeds / f"{number // 1000:04}"
        folder.mkdir(exist_ok=True)
        text = "\n\n".join([title, *kept])
        (folder / f"{number:06}.txt").write_text(text + "\n", "utf-8")
        count += len(kept)
        if count >= size:
            return


def endless_articles(articles: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the titles and paragraphs of real articles, then of synthetic ones without end."""
    titles: list[str] = []
    sentences: list[str] = []
    for path in sorted(path for path in articles.rglob("*") if path.is_file()):
        title, *paragraphs = path.read_text("utf-8", "replace").split("\n\n")
        titles.append(title)
        sentences.extend(part for paragraph in paragraphs for part in paragraph.strip().split(". "))
        yield title, paragraphs
    rng = random.Random(0)
    while True:
        paragraphs = [
            ". ".join(rng.choices(sentences, k=rng.randint(1, _SENTENCES)))
            for _ in range(_PARAGRAPHS)
        ]
        yield rng.choice(titles), paragraphs


def ask(index: Path) -> dict[str, Any]:
    """Measure questions without encoding them, and the process's memory."""
    with Searcher.open(index) as searcher:
        questions = [question.question for question in generate_questions(searcher, _QUESTIONS)]
        vectors = {q: searcher.contents.encoder.encode_query(q) for q in questions}
        encoder: Any = CachedQueryEncoder(searcher.contents.encoder.spec, vectors)
        searcher.contents.__dict__["encoder"] = encoder
        seconds = [timed(partial(searcher.ask, question))[1] for question in questions]
    median, p99 = 1000 * np.percentile(seconds[_WARM_UP_QUESTIONS:], [50, 99])
    return {
        "p50": round(float(median), 1),
        "p99": round(float(p99), 1),
        "megabytes": resident_megabytes(),
    }


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Plot latency, memory and build time against the number of passages."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    panels: tuple[tuple[str, dict[str, str | None]], ...] = (
        ("a question without encoding it, ms", {"p99": "p99", "p50": "median"}),
        ("memory while asked, MB", {"megabytes": None}),
        ("build without encoding, s", {"seconds": None}),
    )
    for axes, (title, columns) in zip(figure.subplots(1, 3), panels, strict=True):
        for column, label in columns.items():
            measured = [row for row in rows if row[column] is not None]
            sizes = [row["passages"] for row in measured]
            axes.plot(sizes, [row[column] for row in measured], marker="o", label=label)
        axes.set(xscale="log", title=title, xlabel="passages", ylim=(0, None))
        axes.title.set_fontsize(10)
        axes.grid(alpha=0.3)
        if len(columns) > 1:
            axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("articles", type=Path, nargs="?", metavar="DIR")
    parser.add_argument("--index", type=Path, help="an index of all articles in DIR")
    parser.add_argument("--work", type=Path, help="folder for the indexes that are built")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, metavar="N")
    parser.add_argument("--plot", type=Path, metavar="PNG")
    parser.add_argument("--ask", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ask:
        print(json.dumps(ask(options.ask)))
        return
    rows = []
    print("| passages | synthetic texts | build without encoding, s | p50 | p99, ms | MB |")
    print("| --- | --- | --- | --- | --- | --- |")
    for size in options.sizes:
        rows.append(row := measure(size, options.articles, options.index, options.work))
        print("|", " | ".join(str(value) for name, value in row.items() if name != "size"), "|")
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
