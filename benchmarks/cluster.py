"""Compare a snapshot in Milvus and PostgreSQL with one in a folder: same answers, and how fast.

    pip install -c requirements.lock . '.[cluster,dev]'
    python -m benchmarks.cluster DIR… [--every N] [--index FOLDER]
    python -m benchmarks.cluster DIR --passages N [--every N]

DIR contains ``articles/`` and ``questions.jsonl`` (docs/measuring.md). Without ``--milvus`` and
``--postgres``, milvus-lite and an embedded PostgreSQL are started, which are test doubles: their
times say nothing about a cluster. Both snapshots are asked in turns. ``--passages`` measures times
in a corpus of that size, of synthetic articles with synthetic vectors.
"""

import argparse
import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.common import timed
from benchmarks.scale import SyntheticEncoder, write_seeds
from index.backends import snapshot_store
from index.build import cluster as cluster_build
from index.build import pipeline
from index.build.cluster import ClusterBuild, build_in_cluster
from index.build.pipeline import build
from index.embed.encoder import normalize_rows
from index.embed.onnx_export import export_encoder
from index.evaluation.metrics import LabelledQuestion, read_questions
from index.searcher import Searcher
from index.store.backend import ClusterAddress
from index.types import Answer, Quote
from tests.support.cluster import embedded_cluster

_RANKING = 10  # passages compared
_COLUMNS = (
    "set", "questions", "same first ten", "same verdict", "same quotes", "R@1, folder",
    "R@1, cluster", "p50 / p95 ms, folder", "p50 / p95 ms, cluster",
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
    row = searcher.passage_row(asked.article or "", asked.paragraph or 0)
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
    return f"| {' | '.join([name, str(len(compared)), *share, *recalls, *formatted])} |"


@contextlib.contextmanager
def _address(options: argparse.Namespace) -> Iterator[ClusterAddress]:
    if options.milvus:
        yield ClusterAddress(options.milvus, options.postgres)
        return
    with embedded_cluster() as address:
        yield address


def _encode_synthetically() -> None:
    """Replace the encoder of builds; that of questions stays."""
    random = np.random.default_rng(0)
    sample = normalize_rows(random.normal(size=(1_000, 384)).astype(np.float32))

    def export(*arguments: Any) -> Any:
        return SyntheticEncoder(export_encoder(*arguments), sample)

    for module in (pipeline, cluster_build):
        module.export_encoder = export  # type: ignore[attr-defined]


def _compare_set(folder: Path, options: argparse.Namespace) -> str:
    questions = read_questions(folder / "questions.jsonl")[:: options.every]
    with _address(options) as address, tempfile.TemporaryDirectory() as work:
        index = options.index / folder.name if options.index else Path(work, "index")
        seeds = folder / "articles"
        if options.passages:
            seeds = Path(work, "seeds")
            write_seeds(folder / "articles", options.passages, seeds)
            _encode_synthetically()
            questions = [replace(each, article=None) for each in questions]
        _, seconds = timed(lambda: build(seeds, index))
        _, cluster_seconds = timed(lambda: build_in_cluster(ClusterBuild(seeds, address)))
        print(f"built in {seconds:.0f} s and {cluster_seconds:.0f} s", file=sys.stderr)
        store = snapshot_store(Path(work), address)
        with (
            contextlib.closing(store),
            Searcher.open(index).warm() as local,
            Searcher.open_from(store).warm() as cluster,
        ):
            compared = [compare(local, cluster, question) for question in questions]
    return table_row(folder.name, compared)


def main() -> None:
    """Print a row for each set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sets", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every N-th question")
    parser.add_argument("--index", type=Path, help="folder with an index for each set, by name")
    parser.add_argument("--passages", type=int, default=0, metavar="N")
    parser.add_argument("--milvus", help="address of Milvus")
    parser.add_argument("--postgres", help="address of PostgreSQL")
    options = parser.parse_args()
    print(f"| {' | '.join(_COLUMNS)} |\n|{' --- |' * len(_COLUMNS)}")
    for folder in options.sets:
        print(_compare_set(folder, options), flush=True)


if __name__ == "__main__":
    main()
