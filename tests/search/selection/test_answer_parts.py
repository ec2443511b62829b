"""Two questions in one get quotes of their own, in every output."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.api.values import answer_values
from bot.cli.output.answers import print_answer
from bot.services.restore_quotes import to_stored_quote
from bot.storage.store import StoredQuote
from bot.text.messages import ENGLISH
from bot.ui.answers.answer_text import answer_text
from index.build.pipeline import build
from index.search.ranker import RankedPassage
from index.search.selection import answer_parts
from index.search.selection.answer_parts import JudgedQuestion, are_better_apart, plan_quotes
from index.search.selection.dedup import DuplicateGroup
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.types import Verdict
from tests.support.index_fixtures import MakeSeeds

LIGHTHOUSE = """# The lighthouse

The lamp of the lighthouse is lit by the keeper at sunset, every day of the year.

Visitors may climb the tower on Sundays, and a ticket costs four crowns at the gate.

## Food

The tea room beside the pier sells pancakes with cloudberry jam in summer.

## History

The lighthouse was built in 1868 by Ada Reed, who also built the harbour.
"""
APART = "When is the lamp of the lighthouse lit and what does the tea room sell?"
TOGETHER = "When was the lighthouse built and who built it?"


@pytest.fixture
def searcher(index: Path, make_seeds: MakeSeeds) -> Iterator[Searcher]:
    build(make_seeds({"lighthouse.md": LIGHTHOUSE}), index)
    with Searcher.open(index) as opened:
        yield opened


def test_each_part_gets_a_quote_of_its_own(searcher: Searcher) -> None:
    answer = searcher.ask(APART)
    assert [part.text for part in answer.parts] == [
        "When is the lamp of the lighthouse lit",
        "what does the tea room sell",
    ]
    assert [quote.part for quote in answer.quotes] == sorted(q.part for q in answer.quotes)
    firsts = {quote.part: quote.passage.text for quote in reversed(answer.quotes)}
    assert firsts[1].startswith("The lamp of the lighthouse")
    assert firsts[2].startswith("The tea room")
    assert answer.verdict is Verdict.ANSWERED
    for quote in answer.quotes:
        searcher.quoter.check(quote)


def test_one_passage_that_answers_both_parts_is_quoted_once(searcher: Searcher) -> None:
    answer = searcher.ask(TOGETHER)
    assert answer.parts == ()
    assert answer.quotes[0].passage.text.startswith("The lighthouse was built in 1868")


def test_a_part_without_an_answer_is_named(searcher: Searcher) -> None:
    answer = searcher.ask(
        f"{APART.split(' and ', maxsplit=1)[0]} and who won the chess championship?"
    )
    assert [part.verdict for part in answer.parts] == [Verdict.ANSWERED, Verdict.NOTHING]
    assert {quote.part for quote in answer.quotes} == {1}
    shown = answer_text(answer, ENGLISH)
    assert shown.unanswered == (f"**who won the chess championship**\n{ENGLISH.no_answer}",)


def test_pages_of_a_divided_answer_hold_every_passage_once(searcher: Searcher) -> None:
    first = searcher.ask(APART, limit=2)
    pages, last = [first], first
    while last.has_more:
        skip = sum(len(page.quotes) for page in pages)
        last = searcher.ask(APART, limit=2, skip=skip)
        pages.append(last)
    quotes = [quote for page in pages for quote in page.quotes]
    assert [quote.citation.number for quote in quotes] == list(range(1, len(quotes) + 1))
    assert len({quote.row for quote in quotes}) == len(quotes) == 4


def test_quotes_are_labelled_with_the_words_of_their_part(
    searcher: Searcher, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = searcher.ask(APART, limit=2)
    shown = answer_text(answer, ENGLISH, heading=APART)
    assert shown.intro == ""
    assert [quote.display.split("\n")[0] for quote in shown.quotes] == [
        "**When is the lamp of the lighthouse lit**",
        "**what does the tea room sell**",
    ]
    print_answer(answer)
    printed = capsys.readouterr().out
    lit, lamp = printed.index("When is the lamp"), printed.index("lit by the keeper")
    assert lit < lamp < printed.index("what does the tea room sell") < printed.index("pancakes")


def test_json_names_the_parts(searcher: Searcher) -> None:
    values = json.loads(json.dumps(answer_values(searcher.ask(APART, limit=2), ranking=False)))
    assert [part["question"] for part in values["parts"]] == [
        "When is the lamp of the lighthouse lit",
        "what does the tea room sell",
    ]
    assert [quote["part"] for quote in values["quotes"]] == [1, 2]
    single = answer_values(searcher.ask(TOGETHER), ranking=False)
    assert "parts" not in single
    assert "part" not in single["quotes"][0]


def test_stored_quotes_keep_their_part(searcher: Searcher) -> None:
    stored = to_stored_quote(searcher.ask(APART, limit=2).quotes[1])
    assert stored.part == 2
    older = [1, "a.md", 0, 4, 0, 4, "digest", None, None, None, []]
    assert StoredQuote.from_values(older).part == 0
    assert StoredQuote.from_values([*older, 2]).part == 2


def test_each_passage_is_quoted_for_one_part() -> None:
    groups = [
        [DuplicateGroup(RankedPassage(row, 9.0, 0)) for row in rows] for rows in ((1, 2), (2, 3))
    ]
    planned, first_page = plan_quotes(groups, 4, fill=False)
    assert [(each.part, each.group.best.row) for each in planned] == [(1, 1), (2, 2), (2, 3)]
    assert first_page == 3


@pytest.mark.parametrize(
    ("own_verdict", "shared_verdict", "gap", "together"),
    [
        (Verdict.CLOSEST, Verdict.CLOSEST, 2.0, True),  # no passage answers the second part better
        (Verdict.CLOSEST, Verdict.CLOSEST, 3.0, False),
        (Verdict.ANSWERED, Verdict.CLOSEST, 2.0, False),  # another passage answers it
        (Verdict.NOTHING, Verdict.NOTHING, 0.0, False),
    ],
)
def test_parts_stay_together_if_one_passage_serves_them(
    own_verdict: Verdict,
    shared_verdict: Verdict,
    gap: float,
    *,
    together: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both, other = RankedPassage(1, 5.0, 0), RankedPassage(2, 5.0 + gap, 0)
    first = JudgedQuestion("a", "a", (both,), Verdict.ANSWERED)
    second = JudgedQuestion("b", "b", (other, both), own_verdict)
    whole = JudgedQuestion("a and b", "a and b", (both,), Verdict.ANSWERED)
    verdicts = {"a": Verdict.ANSWERED, "b": shared_verdict}
    monkeypatch.setattr(answer_parts, "decide", lambda query, *_: verdicts[query])
    assert are_better_apart(whole, [first, second], Strictness.BALANCED, None) is not together
