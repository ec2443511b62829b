import gc
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from index.build.pipeline import build
from index.embed.encoder import Encoder, Vectors
from index.errors import IndexMissing, QuestionError, QuoteMismatch
from index.filters import Scope
from index.searcher import Searcher
from index.types import Verdict
from tests.support.index_fixtures import MakeSeeds

QUESTION = "When could ISIS resurge in Syria?"
ARTICLE = "000_3ae1e327b51f9f9d.txt"


def test_every_quote_is_a_slice_of_its_article(searcher: Searcher) -> None:
    for quote in searcher.ask(QUESTION, limit=10).quotes:
        text = searcher.text(quote.citation.article)
        assert text[quote.passage.start : quote.passage.end] == quote.passage.text
        assert text[quote.highlight.start : quote.highlight.end] == quote.highlight.text
        assert (
            quote.passage.start <= quote.highlight.start < quote.highlight.end <= quote.passage.end
        )
        searcher.check(quote)


def test_a_quote_that_its_article_does_not_say_is_refused(searcher: Searcher) -> None:
    (quote, *_) = searcher.ask(QUESTION).quotes
    forged = replace(quote, passage=replace(quote.passage, text="ISIS will never resurge."))
    with pytest.raises(QuoteMismatch, match=ARTICLE):
        searcher.check(forged)


def test_pages_go_on_where_the_last_one_ended(searcher: Searcher) -> None:
    whole = searcher.ask(QUESTION, limit=6).quotes
    pages = searcher.ask(QUESTION, limit=3).quotes + searcher.ask(QUESTION, limit=3, skip=3).quotes
    assert pages == whole
    assert [quote.citation.number for quote in pages] == [1, 2, 3, 4, 5, 6]


def test_one_source_is_asked_alone(searcher: Searcher) -> None:
    quotes = searcher.ask(
        "How do I delete an answer?", scope=Scope(source=ARTICLE), limit=20
    ).quotes
    assert {quote.citation.article for quote in quotes} <= {ARTICLE}


def test_an_unknown_source_is_named(searcher: Searcher) -> None:
    with pytest.raises(QuestionError, match=r"no article 'nowhere\.txt'"):
        searcher.ask(QUESTION, scope=Scope(source="nowhere.txt"))


@pytest.mark.parametrize("question", ["", "  \n", "x" * 4001])
def test_no_question_or_too_long_a_one_is_refused(searcher: Searcher, question: str) -> None:
    with pytest.raises(QuestionError):
        searcher.ask(question)


def test_the_same_question_gets_the_same_answer(searcher: Searcher, seeds_index: Path) -> None:
    again = Searcher.open(seeds_index)
    first, second = (one.ask(QUESTION, limit=5, ranking=9) for one in (searcher, again))
    assert replace(first, seconds=0.0) == replace(second, seconds=0.0)
    again.close()


def test_questions_at_once_do_not_mix_their_answers(searcher: Searcher) -> None:
    questions = [
        QUESTION,
        "How do I delete an answer?",
        "Who interviewed Trump?",
        "What is /ask?",
    ] * 5
    alone = [searcher.ask(question).quotes for question in questions]
    with ThreadPoolExecutor(8) as pool:
        together = [answer.quotes for answer in pool.map(searcher.ask, questions)]
    assert together == alone


def test_the_ranking_is_given_whatever_the_verdict(searcher: Searcher) -> None:
    answer = searcher.ask("How do I cook rice?", ranking=4)
    assert (answer.verdict, answer.quotes, len(answer.ranking)) == (Verdict.NOTHING, (), 4)


def test_sources_are_listed_newest_first(index: Path, make_seeds: MakeSeeds) -> None:
    page = "---\ntitle: {0}\npublished: {0}\n---\n\nSome text of {0}."
    files = {f"{year}.md": page.format(f"{year}-01-01") for year in (2019, 2024, 2021)}
    build(make_seeds({**files, "undated.txt": "Title\n\nSome text."}), index)
    searcher = Searcher.open(index)
    paths = [source.path for source in searcher.sources()]
    assert paths == ["2024.md", "2021.md", "2019.md", "undated.txt"]
    searcher.close()


def test_where_nothing_was_built_the_way_to_build_is_told(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="quoth build"):
        Searcher.open(tmp_path)


def test_a_question_that_was_asked_before_is_not_encoded_again(index: Path) -> None:
    with Searcher.open(index) as searcher:
        encoder = Counting(searcher.parts.encoder)
        searcher.parts.__dict__["encoder"] = encoder
        first = searcher.ask(QUESTION, limit=2)
        page = searcher.ask(f" {QUESTION} ", limit=2, skip=2)
        assert encoder.asked == [QUESTION]
        assert [quote.citation.number for quote in first.quotes + page.quotes] == [1, 2, 3, 4]
        searcher.ask(QUESTION, scope=Scope(source=ARTICLE))
        assert encoder.asked == [QUESTION, QUESTION]


class Counting:
    """An encoder that remembers what it was asked."""

    def __init__(self, encoder: Encoder) -> None:
        self.asked: list[str] = []
        self._encoder = encoder

    def encode_question(self, question: str) -> Vectors:
        self.asked.append(question)
        return self._encoder.encode_question(question)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)


def test_what_is_closed_and_no_longer_used_is_let_go_of_at_once(index: Path) -> None:
    gc.disable()  # Python looks for circles when it likes, which may be hours later
    try:
        searcher = Searcher.open(index).warm()
        parts = searcher.parts
        every = (searcher, parts.encoder, parts.corpus, parts.words, parts.vectors, parts.dense)
        held = [weakref.ref(one) for one in every]
        searcher.close()
        del searcher, parts, every
        assert [one() for one in held] == [None] * 6
    finally:
        gc.enable()
