import random
from pathlib import Path

import pytest

from index.cluster.rows import title_terms
from index.cluster.sparse import AverageLengths, passage_weights, query_weight
from index.search.passage_terms import PassageTerms, parse_passage
from index.store.bm25 import BM25Index
from index.store.term_columns import term_columns
from index.text.tokenize import content_terms

_WORDS = [f"word{letter * 3}" for letter in "abcdefghijklmnop"]


def _passages() -> list[PassageTerms]:
    chance = random.Random(3)
    texts = [" ".join(chance.choices(_WORDS, k=chance.randrange(1, 400))) for _ in range(60)]
    return [
        parse_passage(text, [text], " ".join(chance.sample(_WORDS, n % 4)), "en")
        for n, text in enumerate(texts)
    ]


def test_inner_products_are_the_scores_of_tantivy(tmp_path: Path) -> None:
    passages = _passages()
    BM25Index.build(tmp_path, ((0, each) for each in term_columns(passages).indexed()))
    question = "worda worddd wordeee wordmmm"
    expected = BM25Index.open(tmp_path, ("en",)).search(question, len(passages))

    titles = [title_terms(passage.heading) for passage in passages]
    averages = AverageLengths(
        sum(len(each.terms) for each in passages) / len(passages),
        sum(map(len, titles)) / len(passages),
    )
    numbers = {term: n for n, term in enumerate(sorted({t for p in passages for t in p.terms}))}
    query: dict[int, float] = {}
    for term in content_terms(question, "en"):
        if term in numbers:
            in_text = sum(term in each.terms for each in passages)
            in_title = sum(term in title for title in titles)
            query[2 * numbers[term]] = query_weight(len(passages), in_text)
            query[2 * numbers[term] + 1] = 0.5 * query_weight(len(passages), in_title)
    scores = {
        row: sum(weights.get(dim, 0.0) * weight for dim, weight in query.items())
        for row, weights in enumerate(
            passage_weights(each.terms, title, averages, numbers)
            for each, title in zip(passages, titles, strict=True)
        )
    }
    found = {row: score for row, score in scores.items() if score > 0}
    assert found == pytest.approx(dict(expected), abs=1e-5)


def test_an_empty_passage_has_a_vector_that_nothing_matches() -> None:
    assert passage_weights([], [], AverageLengths(1, 1), {}) == {4_294_967_280: 1e-6}
