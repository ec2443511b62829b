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
from index.store.backend import RetrievalScores
from index.types import ContextKind, ContextSlice, Metadata, Verdict
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
        searcher.quoter.check(quote)


def test_courtesy_changes_nothing_in_an_answer(searcher: Searcher) -> None:
    plain = searcher.ask(QUESTION.rstrip("?"))
    polite = searcher.ask(f"Hi all, does anyone know {QUESTION} Thanks in advance!")
    assert (polite.quotes, polite.verdict) == (plain.quotes, plain.verdict)
    assert polite.corrected is None


def test_a_forged_quote_is_rejected(searcher: Searcher) -> None:
    (quote, *_) = searcher.ask(QUESTION).quotes
    forged = replace(quote, passage=replace(quote.passage, text="ISIS will never resurge."))
    with pytest.raises(QuoteMismatch, match=ARTICLE):
        searcher.quoter.check(forged)


def test_a_forged_context_is_rejected(searcher: Searcher) -> None:
    (quote, *_) = searcher.ask(QUESTION).quotes
    context = (ContextSlice(ContextKind.HEADING, 0, 4, "Fake"),)
    with pytest.raises(QuoteMismatch, match=ARTICLE):
        searcher.quoter.check(replace(quote, context=context))


def test_a_page_continues_where_the_last_one_ended(searcher: Searcher) -> None:
    whole = searcher.ask(QUESTION, limit=6, fill=True).quotes
    first = searcher.ask(QUESTION)
    following = searcher.ask(QUESTION, limit=6 - len(first.quotes), skip=len(first.quotes)).quotes
    assert first.has_more
    assert first.quotes + following == whole
    assert [quote.citation.number for quote in whole] == [1, 2, 3, 4, 5, 6]


def test_a_search_can_be_limited_to_one_source(searcher: Searcher) -> None:
    quotes = searcher.ask(
        "How do I delete an answer?", scope=Scope(source=ARTICLE), limit=20
    ).quotes
    assert {quote.citation.article for quote in quotes} <= {ARTICLE}


def test_an_unknown_source_is_an_error(searcher: Searcher) -> None:
    with pytest.raises(QuestionError, match=r"no article 'nowhere\.txt'"):
        searcher.ask(QUESTION, scope=Scope(source="nowhere.txt"))


@pytest.mark.parametrize("question", ["", "  \n", "x" * 4001])
def test_an_empty_or_too_long_question_is_an_error(searcher: Searcher, question: str) -> None:
    with pytest.raises(QuestionError):
        searcher.ask(question)


def test_the_same_question_gets_the_same_answer(searcher: Searcher, seeds_index: Path) -> None:
    again = Searcher.open(seeds_index)
    first, second = (each.ask(QUESTION, limit=5, ranking=9) for each in (searcher, again))
    assert replace(first, seconds=0.0) == replace(second, seconds=0.0)
    again.close()


def test_concurrent_questions_get_their_own_answers(searcher: Searcher) -> None:
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


def test_the_ranking_is_returned_whatever_the_verdict(searcher: Searcher) -> None:
    answer = searcher.ask("How do I cook rice?", ranking=4)
    assert (answer.verdict, answer.quotes, len(answer.ranking)) == (Verdict.NOTHING, (), 4)


def test_sources_are_listed_newest_first(index: Path, make_seeds: MakeSeeds) -> None:
    page = "---\ntitle: {0}\npublished: {0}\n---\n\nSome text of {0}."
    files = {f"{year}.md": page.format(f"{year}-01-01") for year in (2019, 2024, 2021)}
    build(make_seeds({**files, "undated.txt": "Title\n\nSome text."}), index)
    searcher = Searcher.open(index)
    paths = [source.path for source in searcher.opened.sources()]
    assert paths == ["2024.md", "2021.md", "2019.md", "undated.txt"]
    searcher.close()


def test_a_missing_index_says_how_to_build_one(tmp_path: Path) -> None:
    with pytest.raises(IndexMissing, match="quoth build"):
        Searcher.open(tmp_path)


def test_a_repeated_question_is_not_encoded_again(index: Path) -> None:
    with Searcher.open(index) as searcher:
        encoder = RecordingEncoder(searcher.contents.encoder)
        searcher.contents.__dict__["encoder"] = encoder
        first = searcher.ask(QUESTION, limit=2)
        page = searcher.ask(f" {QUESTION} ", limit=2, skip=2)
        assert encoder.encoded == [QUESTION]
        assert [quote.citation.number for quote in first.quotes + page.quotes] == [1, 2, 3, 4]
        searcher.ask(QUESTION, scope=Scope(source=ARTICLE))
        assert encoder.encoded == [QUESTION, QUESTION]


class RecordingEncoder:
    """An encoder that records the questions that it encodes."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoded: list[str] = []
        self._encoder = encoder

    def encode_query(self, question: str) -> Vectors:
        self.encoded.append(question)
        return self._encoder.encode_query(question)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._encoder, name)


def test_a_closed_searcher_is_freed_without_gc(index: Path) -> None:
    gc.disable()  # which may run hours later
    try:
        searcher = Searcher.open(index).warm()
        contents = searcher.contents
        objects = (
            searcher,
            contents.encoder,
            contents.corpus,
            contents.bm25,
            contents.vectors,
            contents.dense,
        )
        references = [weakref.ref(each) for each in objects]
        searcher.close()
        del searcher, contents, objects
        assert [reference() for reference in references] == [None] * 6
    finally:
        gc.enable()


FEED = """<rss><channel><title>Harbour news</title><lastBuildDate>Mon, 09 Dec 2024 10:00:00 GMT
</lastBuildDate><item><title>New crane</title><link>https://harbour.example/crane</link>
<pubDate>Tue, 19 Nov 2024 08:00:00 GMT</pubDate><description>&lt;h2&gt;Who drives it&lt;/h2&gt;
&lt;p&gt;Two sisters from the village learned to drive the crane.&lt;/p&gt;</description></item>
</channel></rss>"""


def test_part_of_a_feed_is_cited_with_its_entry(index: Path, make_seeds: MakeSeeds) -> None:
    build(make_seeds({"news.rss": FEED}), index)
    with Searcher.open(index) as searcher:
        (quote,) = searcher.ask("Who learned to drive the crane?").quotes
        searcher.quoter.check(quote)
        assert quote.citation == searcher.quoter.cite(1, searcher.passage("news.rss", 1))
        assert quote.citation.section == "Who drives it"
        assert quote.citation.metadata == Metadata(
            title="New crane",
            publisher="Harbour news",
            published="2024-11-19",
            url="https://harbour.example/crane",
            language="en",
        )
        (source,) = searcher.opened.sources()
        assert (source.metadata.title, source.metadata.published) == ("Harbour news", "2024-11-19")


HARBOUR = {
    "en": "Harbour\n\nThe harbour opened in May and has room for ninety boats.\n\n"
    "Its crane stands on the pier and lifts boats of four tonnes.\n",
    "de": "Hafen\n\nDer Hafen wurde im Mai eröffnet und hat Platz für neunzig Boote.\n\n"
    "Sein Kran steht auf der Mole und hebt Boote von vier Tonnen.\n",
}


@pytest.mark.parametrize(("language", "first"), [("en", 0), ("de", 1)])
def test_words_count_more_where_the_encoder_knows_nothing(
    index: Path, make_seeds: MakeSeeds, language: str, first: int
) -> None:
    """Both rows are alike to both searches together, if these count the same."""
    build(make_seeds({"harbour.txt": HARBOUR[language]}), index)
    with Searcher.open(index) as searcher:
        scores = RetrievalScores({0: 0.9, 1: 0.1}, {0: 3.0, 1: 7.0})
        retrieved = searcher.retriever.fuse(scores, searcher.retriever.depth)
        assert searcher.opened.article_languages() == [language]
    assert [each.row for each in retrieved] == [first, 1 - first]


@pytest.mark.parametrize(
    ("question", "articles"),
    [
        ("Where does the crane of the harbour stand?", {"en.txt"}),
        ("Wo steht der Kran des Hafens?", {"de.txt"}),
    ],
)
def test_translations_are_left_out(
    index: Path, make_seeds: MakeSeeds, question: str, articles: set[str]
) -> None:
    build(make_seeds({f"{language}.txt": text for language, text in HARBOUR.items()}), index)
    with Searcher.open(index) as searcher:
        quotes = searcher.ask(question, fill=True).quotes
        assert {quote.citation.article for quote in quotes} == articles


def test_what_only_another_language_answers_is_quoted(index: Path, make_seeds: MakeSeeds) -> None:
    museum = "Museum\n\nDas Museum liegt am Markt. Es zeigt Bilder von Schiffen und vom Meer.\n"
    build(make_seeds({"en.txt": HARBOUR["en"], "de.txt": museum}), index)
    with Searcher.open(index) as searcher:
        (quote, *_) = searcher.ask("Museum am Markt: where is it?").quotes
        assert quote.citation.article == "de.txt"


@pytest.mark.parametrize(("content", "ranked"), [("", 32), ("\n\n    boats add --slip {}\n", 48)])
def test_more_passages_of_documentation_are_ranked(
    index: Path, make_seeds: MakeSeeds, content: str, ranked: int
) -> None:
    articles: dict[str, str | bytes] = {
        f"{n}.md": f"# Slip {n}\n\nA boat is added to slip {n} so:{content.format(n)}\n"
        for n in range(60)
    }
    build(make_seeds(articles), index)
    with Searcher.open(index) as searcher:
        assert len(searcher.rank("How do I add a boat to a slip?")) == ranked


def test_the_next_steps_come_after_the_steps(index: Path, make_seeds: MakeSeeds) -> None:
    guide = """# Adding tags

## Adding tags to a page

Name tags in the header of the page:

```yaml
tags:
  - boats
```

## Next steps

To learn more about tags of a page, see the [reference of tags](tags.md).
"""
    build(make_seeds({"guide.md": guide}), index)
    with Searcher.open(index) as searcher:
        first = searcher.ask("how do i add tags to a page").quotes[0]
    assert first.passage.text.startswith("Name tags in the header")
