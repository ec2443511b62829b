"""Compare a snapshot in Milvus and PostgreSQL with one in a folder: same answers, and how fast.

    pip install -c requirements.lock . '.[cluster,dev]'
    python -m benchmarks.cluster DIR… [--every N] [--index FOLDER]
    python -m benchmarks.cluster DIR --passages N … [--every N] [--index FOLDER]

DIR contains ``articles/`` and ``questions.jsonl`` (docs/measuring.md). Without ``--milvus`` and
``--postgres``, milvus-lite and an embedded PostgreSQL are started, which are test doubles: their
times say nothing about a cluster. Both snapshots are asked in turns. ``--passages`` takes the first
articles of DIR that have so many paragraphs. Times of builds leave out the encoding: both reuse the
vectors of an index that is built first, and kept with ``--index`` for the next run.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cluster_costs import (
    Engines,
    KnownVectors,
    PeakMemory,
    asking_megabytes,
    copy_first_articles,
    start_engines,
)
from benchmarks.common import timed
from index.backends import snapshot_store
from index.build import cluster as cluster_build
from index.build import pipeline
from index.build.cluster import ClusterBuild, build_in_cluster
from index.build.pipeline import build
from index.embed.onnx_export import export_encoder
from index.evaluation.metrics import LabelledQuestion, read_questions
from index.searcher import Searcher
from index.store.backend import ClusterAddress
from index.types import Answer, Quote

_RANKING = 10  # passages compared
_COLUMNS = (
    "set", "questions", "same first ten", "same verdict", "same quotes", "R@1, folder",
    "R@1, cluster", "p50 / p95 ms, folder", "p50 / p95 ms, cluster",
)  # fmt: skip
_COST_COLUMNS = (
    "set", "passages", "build, folder, s", "build, cluster, s", "asking a folder, MB",
    "asking a cluster, MB", "PostgreSQL, peak / after, MB", "milvus-lite, peak / after, MB",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Comparison:
    """The answers to a question: whether both are the same, and whether each is right."""

    same_ranking: bool
    same_verdict: bool
    same_quotes: bool
    right: tuple[bool, bool] | None  # at rank 1; None without a label
    milliseconds: tuple[float, float]


def compare(folder: Searcher, cluster: Searcher, asked: LabelledQuestion) -> Comparison:
    """Ask both; the first of each pair is the folder's."""
    answers, seconds = zip(
        *(timed(partial(each.ask, asked.question, ranking=_RANKING)) for each in (folder, cluster)),
        strict=True,
    )
    first, second = answers
    has_label = bool(asked.answerable and asked.article and asked.paragraph)
    return Comparison(
        same_ranking=_ranking(first) == _ranking(second),
        same_verdict=first.verdict is second.verdict,
        same_quotes=[*map(_plain, first.quotes)] == [*map(_plain, second.quotes)],
        right=(_is_right(folder, first, asked), _is_right(cluster, second, asked))
        if has_label
        else None,
        milliseconds=(1000 * seconds[0], 1000 * seconds[1]),
    )


def _ranking(answer: Answer) -> list[tuple[str, int]]:
    return [(hit.article, hit.start) for hit in answer.ranking]


def _plain(quote: Quote) -> Quote:
    """Return a quote without its row, which differs, and its score, rounded differently."""
    duplicates = tuple(map(_plain, quote.duplicates))
    return replace(quote, row=0, score=0.0, duplicates=duplicates)


def _is_right(searcher: Searcher, answer: Answer, asked: LabelledQuestion) -> bool:
    row = searcher.passage(asked.article or "", asked.paragraph or 0).row
    return bool(answer.ranking) and answer.ranking[0].row == row


def table_row(name: str, compared: Sequence[Comparison]) -> str:
    """Format the shares that agree, the recall of both, and their times."""
    share = [
        f"{100 * np.mean([getattr(each, field) for each in compared]):.2f} %"
        for field in ("same_ranking", "same_verdict", "same_quotes")
    ]
    right = np.array([each.right for each in compared if each.right is not None], float)
    recalls = [f"{value:.4f}" for value in (right.mean(0) if len(right) else (np.nan, np.nan))]
    times = np.percentile([each.milliseconds for each in compared], [50, 95], axis=0).T
    formatted = [f"{p50:.1f} / {p95:.1f}" for p50, p95 in times]
    return _format_row([name, f"{len(compared):,}", *share, *recalls, *formatted])


@contextlib.contextmanager
def _engines(options: argparse.Namespace) -> Iterator[Engines]:
    if options.milvus:
        yield Engines(ClusterAddress(options.milvus, options.postgres), {})
        return
    with start_engines() as engines:
        yield engines


def _encode_from(index: Path) -> None:
    """Let builds look up the vectors of an index, so that their times leave out encoding."""

    def export(*arguments: Any) -> Any:
        return KnownVectors(export_encoder(*arguments), index)

    for module in (pipeline, cluster_build):
        module.export_encoder = export  # type: ignore[attr-defined]


def _compare_set(
    name: str, seeds: Path, questions: Sequence[LabelledQuestion], options: argparse.Namespace
) -> tuple[str, str]:
    """Build both snapshots and ask them; return the rows of both tables."""
    with (
        _engines(options) as engines,
        PeakMemory(engines.processes) as memory,
        tempfile.TemporaryDirectory() as work,
    ):
        known = options.index / name if options.index else Path(work, "known")
        pipeline.export_encoder = export_encoder  # type: ignore[attr-defined]
        first = build(seeds, known)
        if first.encoded.new:
            _log(f"{name}: built in {first.seconds:.0f} s with encoding")
        _encode_from(known)
        index, address = Path(work, "index"), engines.address
        built = build(seeds, index).seconds, build_in_cluster(ClusterBuild(seeds, address)).seconds
        _log(f"{name}: built in {built[0]:.0f} s and {built[1]:.0f} s without encoding")
        with (
            contextlib.closing(snapshot_store(Path(work), address)) as store,
            Searcher.open(index).warm() as local,
            Searcher.open_from(store).warm() as cluster,
        ):
            compared = [compare(local, cluster, question) for question in questions]
        asked = [each.question for each in questions]
        costs = [
            name,
            f"{first.counts.passages:,}",
            *(f"{seconds:.0f}" for seconds in built),
            *(str(asking_megabytes(Path(work, "index"), each, asked)) for each in (None, address)),
            *map(memory.format, ("PostgreSQL", "milvus-lite")),
        ]
    rows = table_row(name, compared), _format_row(costs)
    _log("\n".join(rows))  # an interrupted run shows those before
    return rows


def _corpora(
    options: argparse.Namespace, work: Path
) -> Iterator[tuple[str, Path, Sequence[LabelledQuestion]]]:
    """Yield the name, the articles and the questions of each set."""
    for folder in options.sets:
        questions = read_questions(folder / "questions.jsonl")[:: options.every]
        if not options.passages:
            yield folder.name, folder / "articles", questions
        for passages in options.passages:
            name = f"{folder.name}-{passages}"
            copied = copy_first_articles(folder / "articles", passages, work / name)
            yield name, work / name, [_without_other_label(each, copied) for each in questions]


def _without_other_label(asked: LabelledQuestion, articles: Container[str]) -> LabelledQuestion:
    return asked if asked.article in articles else replace(asked, article=None)


def _format_row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _log(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Print both tables, with a row for each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sets", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every N-th question")
    parser.add_argument("--index", type=Path, help="folder to keep an index of each set in")
    parser.add_argument("--passages", type=int, nargs="+", default=[], metavar="N")
    parser.add_argument("--milvus", help="address of Milvus")
    parser.add_argument("--postgres", help="address of PostgreSQL")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        rows = [_compare_set(*each, options) for each in _corpora(options, Path(work))]
    for columns, lines in zip((_COLUMNS, _COST_COLUMNS), zip(*rows, strict=True), strict=True):
        print(_format_row(columns), f"|{' --- |' * len(columns)}", *lines, "", sep="\n")


if __name__ == "__main__":
    main()
