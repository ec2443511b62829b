"""Near-duplicates: quoted once, with both sources, and never by mistake."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli.app import app
from bot.services.restore_quotes import requote, shown_of
from bot.storage.database import StoredAnswer
from bot.text.messages import ENGLISH
from bot.text.question import Question
from bot.ui.answer_text import answer_text
from index.build.pipeline import build
from index.errors import QuoteMismatch
from index.filters import Scope
from index.search.dedup import DuplicateGroup, group_duplicates
from index.search.ranker import Candidate, RankedPassage
from index.searcher import Searcher
from index.types import Answer, Verdict

STORY = "The ferry Aurora sank off the coast of Norrland on Tuesday. All 50 passengers were saved."
QUESTION = "Where did the ferry Aurora sink?"
FILLER = "The town council met in the evening. It spoke about the price of wood and of fish."


def paper(name: str, story: str, day: str) -> str:
    return (
        f"---\ntitle: News of {name}\npublisher: {name}\ndate: {day}\n"
        f"url: https://{name.lower()}.example/1\n---\n\n{FILLER} Or so says {name}.\n\n{story}"
    )


def among(*texts: tuple[str, ...]) -> dict[int, Candidate]:
    """Passages of sentences, by row."""
    return {
        row: Candidate(row, 0.5, 1.0, " ".join(of), "", "en", 1, of, None)  # type: ignore[arg-type]
        for row, of in enumerate(texts)
    }


def rows(found: tuple[DuplicateGroup, ...]) -> list[list[int]]:
    return [[one.ranked.row, *(copy.row for copy in one.copies)] for one in found]


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
    ids=["same", "other punctuation", "longer", "other rest", "other sentence", "split otherwise"],
)
def test_what_is_a_copy(second: tuple[str, ...], grouped: bool) -> None:
    candidates = among(FIRST, second)
    found = group_duplicates(
        [RankedPassage(0, 2.0, 0), RankedPassage(1, 1.0, len(second) - 1)], candidates
    )
    assert rows(found) == ([[0, 1]] if grouped else [[0], [1]])
    assert all(copy.sentence == 0 for one in found for copy in one.copies)


@pytest.mark.parametrize(
    ("one", "other"),
    [("All 50 were saved.", "All 60 were saved."), ("It rose by €5.", "It rose by $5.")],
)
def test_a_number_that_differs_where_the_answer_stands_makes_another_passage(
    one: str, other: str
) -> None:
    same = "The ferry Aurora sank off the coast of Norrland on Tuesday in a storm."
    candidates = among((one, same), (other, same))
    assert rows(
        group_duplicates([RankedPassage(0, 2.0, 0), RankedPassage(1, 1.0, 0)], candidates)
    ) == [[0], [1]]


def test_short_paragraphs_are_the_same_by_chance() -> None:
    candidates = among(("He was born there.",), ("He was born there.",))
    assert rows(
        group_duplicates([RankedPassage(0, 2.0, 0), RankedPassage(1, 1.0, 0)], candidates)
    ) == [[0], [1]]


def test_copies_keep_the_order_of_the_ranking() -> None:
    other = ("Tea is made from the leaves of a shrub that grows in the hills.",)
    found = group_duplicates(
        [
            RankedPassage(2, 4.0, 0),
            RankedPassage(1, 3.0, 0),
            RankedPassage(3, 2.0, 0),
            RankedPassage(0, 1.0, 0),
        ],
        among(FIRST, other, FIRST, FIRST),
    )
    assert rows(found) == [[2, 3, 0], [1]]


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index of three papers: two with a wire story, one with figures of its own."""
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
def searcher(wired: Path) -> Iterator[Searcher]:
    with Searcher.open(wired) as opened:
        yield opened


def test_the_same_story_in_two_papers_is_quoted_once_with_both_sources(
    searcher: Searcher,
) -> None:
    answer = searcher.ask(QUESTION, limit=10)
    (best, *others) = answer.quotes
    (copy,) = best.also
    papers = {best.citation.article, copy.citation.article}
    assert papers == {"papers/Herald.txt", "papers/Courier.txt"}
    text = searcher.text(copy.citation.article)
    assert text[copy.passage.start : copy.passage.end] == copy.passage.text
    assert copy.highlight.text == best.highlight.text
    assert not any(papers == {one.citation.article} for one in others)
    gazette = next(one for one in others if "Monday" in one.passage.text)
    assert (gazette.citation.article, gazette.also) == ("papers/Gazette.txt", ())
    assert [one.citation.number for one in answer.quotes] == list(range(1, len(others) + 2))


def test_pages_count_a_story_once(searcher: Searcher) -> None:
    whole = searcher.ask(QUESTION, limit=10)
    pages = [searcher.ask(QUESTION, limit=1, skip=n) for n in range(len(whole.quotes))]
    assert tuple(page.quotes[0] for page in pages) == whole.quotes
    assert [page.more for page in pages] == [True] * (len(pages) - 1) + [False]


def test_outside_its_scope_a_copy_is_not_named(searcher: Searcher) -> None:
    scope = Scope(source="papers/Herald.txt")
    assert all(not one.also for one in searcher.ask(QUESTION, scope=scope, limit=10).quotes)


def test_a_forged_copy_is_refused(searcher: Searcher) -> None:
    (best, *_) = searcher.ask(QUESTION).quotes
    (copy,) = best.also
    forged = replace(copy, highlight=replace(copy.highlight, text="Nobody was saved."))
    with pytest.raises(QuoteMismatch):
        searcher.check(replace(best, also=(forged,)))


def test_both_sources_stand_under_the_quote(searcher: Searcher) -> None:
    (first, *_) = answer_text(searcher.ask(QUESTION), ENGLISH).quotes
    number, where, also = first.citation.splitlines()
    assert number.startswith("**1.** [News of ")
    assert also.startswith("-# Also in [News of ")
    assert also.endswith("7 May 2024 · paragraph 2")
    assert {"Herald", "Courier"} == {
        name for name in ("Herald", "Courier", "Gazette") for line in (where, also) if name in line
    }


def test_of_many_copies_two_are_named_and_the_rest_counted(searcher: Searcher) -> None:
    answer = searcher.ask(QUESTION, limit=1)
    many = replace(answer.quotes[0], also=answer.quotes[0].also * 5)
    (shown,) = answer_text(replace(answer, quotes=(many,)), ENGLISH).quotes
    assert shown.citation.count("Also in") == 2
    assert shown.citation.endswith("and 3 more")


def test_kept_answers_keep_both_sources_of_those_that_may_be_seen(searcher: Searcher) -> None:
    (best, *_) = searcher.ask(QUESTION).quotes
    (copy,) = best.also
    kept = StoredAnswer("id", "one", Question(QUESTION), (shown_of(best),), Verdict.ANSWERED)
    every = {source.path: source for source in searcher.sources()}
    (again,) = requote(kept, every, searcher) or ()
    assert [one.passage for one in again.also] == [copy.passage]
    assert [one.citation for one in again.also] == [copy.citation]
    del every[copy.citation.article]
    (alone,) = requote(kept, every, searcher) or ()
    assert (alone.citation, alone.also) == (best.citation, ())
    del every[best.citation.article]
    assert requote(kept, every, searcher) is None


def test_the_terminal_and_json_name_both(wired: Path) -> None:
    told = CliRunner().invoke(app, ["ask", QUESTION, "--index", str(wired)])
    assert told.stdout.count("also in News of ") == 1
    asked = CliRunner().invoke(app, ["ask", QUESTION, "--index", str(wired), "--json"])
    answer = json.loads(asked.stdout)
    (also,) = answer["quotes"][0]["also"]
    assert also["article"] != answer["quotes"][0]["article"]
    assert also["highlight"]["text"] == answer["quotes"][0]["highlight"]["text"]
    assert "also" not in answer["quotes"][1]


def test_an_answer_without_quotes_has_no_more() -> None:
    assert not Answer("?", Verdict.NOTHING, (), (), "one", 0.1).more
