"""What a question and a build cost as the articles grow, from a thousand passages to a million.

    python -m benchmarks.scale DIR --index INDEX --work FOLDER [--sizes N …] [--plot PNG]

DIR holds articles and INDEX an index of them all, built before. Up to their number, passages are
real and so are their vectors. What goes beyond is synthetic: articles made of sentences drawn
from DIR's own, with vectors that are a real one and noise, for encoding a million texts takes
hours. The encoding's own time is left out of the build and given as its rate.
"""

import argparse
import json
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.build import pipeline as builder
from index.embed.encoder import Encoder, EncoderSpec, Progress, Vectors, unit
from index.evaluation.calibration import draw_questions
from index.searcher import Searcher
from index.store import snapshot
from index.store.contents import SnapshotContents, open_encoder

SIZES = (1_000, 10_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
_PARAGRAPHS = 5  # of an article that is made up
_SENTENCES = 3  # of its paragraphs
_NOISE = 0.6  # length of what is added to a unit vector
_QUESTIONS = 400
_SAMPLE = 100_000


class Pretending:
    """An encoder whose vectors of new texts are real ones with noise."""

    def __init__(self, encoder: Encoder, sample: Vectors) -> None:
        self._encoder = encoder
        self._sample = sample
        self._random = np.random.default_rng(0)
        self.engine = "pretence"

    @property
    def spec(self) -> EncoderSpec:
        """That of the encoder that it stands for."""
        return self._encoder.spec

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """A real vector and noise for each text."""
        near = self._sample[self._random.integers(0, len(self._sample), len(texts))]
        noise = self._random.standard_normal(near.shape, dtype=np.float32)
        if progress:
            progress(len(texts), len(texts))
        return unit(near + _NOISE * unit(noise))

    def encode_question(self, question: str) -> Vectors:
        """As the encoder does."""
        return self._encoder.encode_question(question)

    def lengths(self, texts: Sequence[str]) -> list[int]:
        """As the encoder does."""
        return self._encoder.lengths(texts)


@dataclass(frozen=True)
class Remembering:
    """An encoder that has encoded all questions before."""

    spec: EncoderSpec
    vectors: dict[str, Vectors]

    def encode_question(self, question: str) -> Vectors:
        """The vector that was made before."""
        return self.vectors[question]


def measure(size: int, articles: Path, index: Path, work: Path) -> dict[str, Any]:
    """Build an index of that size and ask it."""
    folder = work / f"{size}"
    seeds, made = folder / "seeds", folder / "index"
    if not (made / "current").exists():
        shutil.rmtree(folder, ignore_errors=True)
        _write_seeds(articles, size, seeds)
        shutil.copytree(index, made)
    built = _built(seeds, made, index, folder / "built.json")
    command = [sys.executable, "-m", "benchmarks.scale", "--ask", str(made)]
    told = subprocess.run(  # noqa: S603 - our own command
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout
    return {"size": size, **built, **json.loads(told.splitlines()[-1])}


def _built(seeds: Path, made: Path, index: Path, notes: Path) -> dict[str, Any]:
    """Seconds of reading, splitting, storing and indexing, noted for a second run."""
    if notes.exists():
        noted: dict[str, Any] = json.loads(notes.read_text("utf-8"))
        return noted
    with snapshot.open_current(index) as before:
        vectors = SnapshotContents(before.folder).vectors
        sample = vectors.span(0, min(_SAMPLE, len(vectors)))
    builder.open_encoder = lambda folder: Pretending(  # type: ignore[attr-defined]
        open_encoder(folder), sample
    )
    report = builder.build(seeds, made)
    values = {
        "passages": report.counts.passages,
        "synthetic": report.encoded.new,
        "seconds": round(report.seconds, 1),
    }
    notes.write_text(json.dumps(values), "utf-8")
    return values


def _write_seeds(articles: Path, size: int, seeds: Path) -> None:
    """Articles of about ``size`` paragraphs in all: DIR's own, then what is made of them."""
    seeds.mkdir(parents=True)
    count = 0
    for number, (title, paragraphs) in enumerate(_endless(articles)):
        some = paragraphs[: size - count]
        folder = seeds / f"{number // 1000:04}"
        folder.mkdir(exist_ok=True)
        text = "\n\n".join([title, *some])
        (folder / f"{number:06}.txt").write_text(text + "\n", "utf-8")
        count += len(some)
        if count >= size:
            return


def _endless(articles: Path) -> Iterator[tuple[str, list[str]]]:
    titles: list[str] = []
    sentences: list[str] = []
    for path in sorted(path for path in articles.rglob("*") if path.is_file()):
        title, *paragraphs = path.read_text("utf-8", "replace").split("\n\n")
        titles.append(title)
        sentences.extend(part for text in paragraphs for part in text.strip().split(". "))
        yield title, paragraphs
    chance = random.Random(0)  # noqa: S311 - a sample, not a secret
    while True:
        paragraphs = [
            ". ".join(chance.choices(sentences, k=chance.randint(1, _SENTENCES)))
            for _ in range(_PARAGRAPHS)
        ]
        yield chance.choice(titles), paragraphs


def ask(index: Path) -> dict[str, Any]:
    """Milliseconds of a question without encoding it, and what the process holds in memory."""
    with Searcher.open(index) as searcher:
        questions = [one.question for one in draw_questions(searcher, _QUESTIONS)]
        vectors = {q: searcher.parts.encoder.encode_question(q) for q in questions}
        known: Any = Remembering(searcher.parts.encoder.spec, vectors)
        searcher.parts.__dict__["encoder"] = known
        times = [_milliseconds(searcher, question) for question in questions][20:]
    half, most = np.percentile(times, [50, 99])
    status = Path("/proc/self/status").read_text("utf-8")
    resident = next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    return {
        "p50": round(float(half), 1),
        "p99": round(float(most), 1),
        "megabytes": int(resident) // 1024,
    }


def _milliseconds(searcher: Searcher, question: str) -> float:
    started = time.perf_counter()
    searcher.ask(question)
    return 1000 * (time.perf_counter() - started)


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Latency, memory and build against the number of passages."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3), layout="constrained")
    panels: tuple[tuple[str, dict[str, str | None]], ...] = (
        ("a question without encoding it, ms", {"p99": "p99", "p50": "median"}),
        ("memory while asked, MB", {"megabytes": None}),
        ("build without encoding, s", {"seconds": None}),
    )
    for axes, (title, columns) in zip(figure.subplots(1, 3), panels, strict=True):
        for column, label in columns.items():
            known = [row for row in rows if row[column] is not None]
            sizes = [row["passages"] for row in known]
            axes.plot(sizes, [row[column] for row in known], marker="o", label=label)
        axes.set(xscale="log", title=title, xlabel="passages", ylim=(0, None))
        axes.title.set_fontsize(10)
        axes.grid(alpha=0.3)
        if len(columns) > 1:
            axes.legend()
    figure.savefig(path, dpi=110)


def main() -> None:
    """Print a row a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("articles", type=Path, nargs="?", metavar="DIR")
    parser.add_argument("--index", type=Path, help="an index of DIR")
    parser.add_argument("--work", type=Path, help="where the indexes are made")
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
