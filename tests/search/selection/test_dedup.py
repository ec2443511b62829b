"""Near-duplicates are quoted once, with both sources, and distinct passages never merged."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.questions.question import Question
from bot.services.restore_quotes import restore_quotes, to_stored_quote
from bot.storage.store import StoredAnswer
from bot.text.messages import ENGLISH
from bot.ui.answers.answer_text import answer_text
from index.build.pipeline import build
from index.errors import QuoteMismatch
from index.filters import Scope
from index.search.ranker import RankedPassage
from index.search.selection.dedup import DuplicateGroup, group_duplicates
from index.searcher import Searcher
from index.types import Answer, Verdict
from tests.support.candidates import ExampleTexts, PassageExample

STORY = "The ferry Aurora sank off the coast of Norrland on Tuesday. All 50 passengers were saved."
QUESTION = "Where did the ferry Aurora sink?"
FILLER = "The town council met in the evening. It spoke about the price of wood and of fish."


def paper(name: str, story: str, day: str) -> str:
    return (
        f"---\ntitle: News of {name}\npublisher: {name}\ndate: {day}\n"
        f"url: https://{name.lower()}.example/1\n---\n\n{FILLER} Or so says {name}.\n\n{story}"
    )


def texts_of(*passages: tuple[str, ...]) -> ExampleTexts:
    """Return the texts of passages, from the sentences of each."""
    return ExampleTexts([PassageExample(*numbered) for numbered in enumerate(passages)])


def rows(groups: Iterable[DuplicateGroup]) -> list[list[int]]:
    return [[group.best.row, *(copy.row for copy in group.duplicates)] for group in groups]


FIRST = ("The ferry Aurora sank off the coast.", "All 50 passengers were saved by fishermen.")


@pytest.mark.parametrize(
    ("second", "grouped"),
    [
        (FIRST, True),
        (("“The ferry, Aurora, sank off the coast”!", FIRST[1]), True),
        ((FIRST[0], FIRST[1], "More follows."), True),
        (("The ferry Aurora sank off the coast.", "All 50 were saved."), False),
        (("The ferry Aurora sank near the coast.", FIRST[1]), False),
        ((f"{FIRST[0].rstrip('.')}; {FIRST[1]}",), False),
    ],
    ids=["equal", "punctuation", "longer", "other rest", "other sentence", "other split"],
)
def test_near_duplicates_share_the_answering_sentence(
    second: tuple[str, ...], grouped: bool
) -> None:
    texts = texts_of(FIRST, second)
    ranking = [RankedPassage(0, 2.0, 0), RankedPassage(1, 1.0, len(second) - 1)]
    groups = list(group_duplicates(ranking, texts))
    assert rows(groups) == ([[0, 1]] if grouped else [[0], [1]])
    assert all(copy.sentence_index == 0 for group in groups for copy in group.duplicates)


@pytest.mark.parametrize(
    ("sentence", "other"),
    [("All 50 were saved.", "All 60 were saved."), ("It rose by €5.", "It rose by $5.")],
)
def test_another_number_in_the_answer_is_not_a_duplicate(sentence: str, other: str) -> None:
    same = "The ferry Aurora sank off the coast of Norrland on Tuesday in a storm."
    texts = texts_of((sentence, same), (other, same))
    assert rows(group_duplicates([RankedPassage(0, 2.0, 0), RankedPassage(1, 1.0, 0)], texts)) == [
        [0],
        [1],
    ]


def test_short_paragraphs_are_not_grouped() -> None:
    texts = texts_of(("He was born there.",), ("He was born there.",))
    assert rows(group_duplicates([RankedPassage(0, 2.0, 0), RankedPassage(1, 1.0, 0)], texts)) == [
        [0],
        [1],
    ]


def test_duplicates_keep_the_order_of_the_ranking() -> None:
    other = ("Tea is made from the leaves of a shrub that grows in the hills.",)
    groups = group_duplicates(
        [
            RankedPassage(2, 4.0, 0),
            RankedPassage(1, 3.0, 0),
            RankedPassage(3, 2.0, 0),
            RankedPassage(0, 1.0, 0),
        ],
        texts_of(FIRST, other, FIRST, FIRST),
    )
    assert rows(groups) == [[2, 3, 0], [1]]


@pytest.fixture(scope="module")
def papers_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build an index of three papers: two with the same story, one with another version."""
    folder = tmp_path_factory.mktemp("wire")
    for name, story in {
        "Herald": STORY,
        "Courier": STORY.replace(" on Tuesday.", " on Tuesday.\n"),
        "Gazette": STORY.replace("Norrland on Tuesday", "Norrland, in a storm, on Monday"),
    }.items():
        seed = folder / "seeds" / "papers" / f"{name}.txt"
        seed.parent.mkdir(parents=True, exist_ok=True)
        seed.write_text(paper(name, story, "2024-05-07"), "utf-8")
    build(folder / "seeds", folder / "index")
    return folder / "index"


@pytest.fixture
def searcher(papers_index: Path) -> Iterator[Searcher]:
    with Searcher.open(papers_index) as opened:
        yield opened


def test_a_story_in_two_papers_is_quoted_once(searcher: Searcher) -> None:
    answer = searcher.ask(QUESTION, limit=10)
    (best, *others) = answer.quotes
    (copy,) = best.duplicates
    papers = {best.citation.article, copy.citation.article}
    assert papers == {"papers/Herald.txt", "papers/Courier.txt"}
    text = searcher.text(copy.citation.article)
    assert text[copy.passage.start : copy.passage.end] == copy.passage.text
    assert copy.highlight.text == best.highlight.text
    assert not any(papers == {quote.citation.article} for quote in others)
    gazette = next(quote for quote in others if "Monday" in quote.passage.text)
    assert (gazette.citation.article, gazette.duplicates) == ("papers/Gazette.txt", ())
    assert [quote.citation.number for quote in answer.quotes] == list(range(1, len(others) + 2))


def test_pages_count_a_group_once(searcher: Searcher) -> None:
    whole = searcher.ask(QUESTION, limit=10, fill=True)
    pages = [searcher.ask(QUESTION, limit=1, skip=n) for n in range(len(whole.quotes))]
    assert tuple(page.quotes[0] for page in pages) == whole.quotes
    assert [page.has_more for page in pages] == [True] * (len(pages) - 1) + [False]


def test_duplicates_outside_the_scope_are_not_cited(searcher: Searcher) -> None:
    scope = Scope(source="papers/Herald.txt")
    answer = searcher.ask(QUESTION, scope=scope, limit=10)
    assert all(not quote.duplicates for quote in answer.quotes)


def test_a_forged_duplicate_is_rejected(searcher: Searcher) -> None:
    (best, *_) = searcher.ask(QUESTION).quotes
    (copy,) = best.duplicates
    forged = replace(copy, highlight=replace(copy.highlight, text="Nobody was saved."))
    with pytest.raises(QuoteMismatch):
        searcher.quoter.check(replace(best, duplicates=(forged,)))


def test_both_sources_are_cited_below_the_quote(searcher: Searcher) -> None:
    (first, *_) = answer_text(searcher.ask(QUESTION), ENGLISH).quotes
    number, source, duplicate = first.citation.splitlines()
    assert number.startswith("**1.** [News of ")
    assert duplicate.startswith("-# Also in [News of ")
    assert duplicate.endswith("7 May 2024 · paragraph 2")
    assert {"Herald", "Courier"} == {
        name
        for name in ("Herald", "Courier", "Gazette")
        for line in (source, duplicate)
        if name in line
    }


def test_two_duplicates_are_cited_and_the_rest_counted(searcher: Searcher) -> None:
    answer = searcher.ask(QUESTION, limit=1)
    many = replace(answer.quotes[0], duplicates=answer.quotes[0].duplicates * 5)
    (shown,) = answer_text(replace(answer, quotes=(many,)), ENGLISH).quotes
    assert shown.citation.count("Also in") == 2
    assert shown.citation.endswith("and 3 more")


def test_restored_answers_cite_the_sources_still_allowed(searcher: Searcher) -> None:
    (best, *_) = searcher.ask(QUESTION).quotes
    (copy,) = best.duplicates
    stored = StoredAnswer(
        "id", "one", Question(QUESTION), (to_stored_quote(best),), Verdict.ANSWERED
    )
    sources = {source.path: source for source in searcher.opened.sources()}
    (restored,) = restore_quotes(stored, sources, searcher) or ()
    assert [duplicate.passage for duplicate in restored.duplicates] == [copy.passage]
    assert [duplicate.citation for duplicate in restored.duplicates] == [copy.citation]
    del sources[copy.citation.article]
    (alone,) = restore_quotes(stored, sources, searcher) or ()
    assert (alone.citation, alone.duplicates) == (best.citation, ())
    del sources[best.citation.article]
    assert restore_quotes(stored, sources, searcher) is None


def test_terminal_and_json_output_cite_both_sources(papers_index: Path) -> None:
    command = ["ask", QUESTION, "--index", str(papers_index)]
    assert CliRunner().invoke(app, command).stdout.count("also in News of ") == 1
    answer = json.loads(CliRunner().invoke(app, [*command, "--json"]).stdout)
    (duplicate,) = answer["quotes"][0]["also"]
    assert duplicate["article"] != answer["quotes"][0]["article"]
    assert duplicate["highlight"]["text"] == answer["quotes"][0]["highlight"]["text"]
    assert "also" not in answer["quotes"][1]


def test_an_answer_without_quotes_has_no_more_pages() -> None:
    assert not Answer("?", Verdict.NOTHING, (), (), "one", 0.1).has_more
