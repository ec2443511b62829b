import asyncio
import logging
import threading

import pytest

from bot.services.hot_swap import HotSwapSearcher
from bot.services.search_pool import QueueFull, SearchPool
from bot.text.autocomplete import choices, find, key, matching
from bot.text.messages import ENGLISH
from index.errors import IndexMissing, QuestionError, QuoteMismatch, SnapshotDamaged
from index.types import Metadata, Source
from tests.support.discord_fakes import ARTICLES, FakeSearcher, Shelf

QUESTION = "Is green tea fermented?"


async def served(shelf: Shelf, waiting: int = 30) -> SearchPool:
    service = SearchPool(HotSwapSearcher(shelf.open, shelf.current), waiting=waiting)
    await service.start()
    return service


async def test_an_answer_comes_from_the_snapshot_in_service() -> None:
    service = await served(Shelf(FakeSearcher()))
    answer = await service.ask(QUESTION, limit=2)
    assert (answer.snapshot, len(answer.quotes)) == ("one", 2)
    await service.close()


async def test_starting_without_an_index_says_so() -> None:
    with pytest.raises(IndexMissing):
        await served(Shelf(FakeSearcher(), failure=IndexMissing("run `quoth build`")))


async def test_a_new_snapshot_is_taken_between_two_questions_and_the_old_one_closed() -> None:
    old, new = FakeSearcher("one"), FakeSearcher("two")
    shelf = Shelf(old)
    service = await served(shelf)
    await service.ask(QUESTION, limit=1)
    shelf.searcher = new
    assert (await service.ask(QUESTION, limit=1)).snapshot == "two"
    assert (old.closed, new.closed) == (True, False)
    await service.close()
    assert new.closed


async def test_a_damaged_snapshot_that_another_serves_for_is_tried_once_not_at_each_question() -> (
    None
):
    opened: list[FakeSearcher] = []

    def open_newest() -> FakeSearcher:
        opened.append(FakeSearcher("one"))
        return opened[-1]

    service = SearchPool(HotSwapSearcher(open_newest, lambda: "two, which is damaged"))
    await service.start()
    answers = [await service.ask(QUESTION, limit=1) for _ in range(5)]
    assert {answer.snapshot for answer in answers} == {"one"}
    assert [searcher.closed for searcher in opened] == [True, False]
    await service.close()


async def test_who_asks_while_a_new_snapshot_is_being_opened_waits_for_it() -> None:
    shelf, gate, opening = Shelf(FakeSearcher("one")), threading.Event(), threading.Event()

    def open_newest() -> FakeSearcher:
        if shelf.searcher.snapshot == "two":
            opening.set()
            assert gate.wait(5)
        return shelf.open()

    service = SearchPool(HotSwapSearcher(open_newest, shelf.current))
    await service.start()
    shelf.searcher = FakeSearcher("two")
    first = asyncio.create_task(service.ask(QUESTION, limit=1))
    await asyncio.to_thread(opening.wait, 5)
    second = asyncio.create_task(service.ask(QUESTION, limit=1))
    await asyncio.sleep(0.05)
    gate.set()
    assert [answer.snapshot for answer in await asyncio.gather(first, second)] == ["two", "two"]
    await service.close()


async def test_a_question_under_way_keeps_its_snapshot_until_it_is_answered() -> None:
    old = FakeSearcher("one", gate=threading.Event())
    shelf = Shelf(old)
    service = await served(shelf)
    asking = asyncio.create_task(service.ask(QUESTION, limit=1))
    await asyncio.sleep(0.05)
    shelf.searcher = FakeSearcher("two")
    assert (await service.ask(QUESTION, limit=1)).snapshot == "two"
    assert not old.closed
    assert old.gate is not None
    old.gate.set()
    assert (await asking).snapshot == "one"
    assert old.closed
    await service.close()


async def test_a_snapshot_that_cannot_be_opened_leaves_the_old_one_in_service(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shelf = Shelf(FakeSearcher("one"))
    service = await served(shelf)
    shelf.searcher, shelf.failure = FakeSearcher("two"), SnapshotDamaged("vectors.faiss is cut")
    for _ in range(3):
        assert (await service.ask(QUESTION, limit=1)).snapshot == "one"
    assert [one.levelno for one in caplog.records] == [logging.ERROR]
    shelf.searcher, shelf.failure = FakeSearcher("three"), None
    assert (await service.ask(QUESTION, limit=1)).snapshot == "three"
    await service.close()


async def test_a_snapshot_that_could_not_be_opened_for_want_of_memory_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shelf = Shelf(FakeSearcher("one"))
    service = SearchPool(HotSwapSearcher(shelf.open, shelf.current, pause_seconds=0.5))
    await service.start()
    shelf.searcher, shelf.failure = FakeSearcher("two"), MemoryError()
    assert (await service.ask(QUESTION, limit=1)).snapshot == "one"
    shelf.failure = None
    assert (await service.ask(QUESTION, limit=1)).snapshot == "one"
    assert [one.levelno for one in caplog.records] == [logging.ERROR]
    await asyncio.sleep(0.5)
    assert (await service.ask(QUESTION, limit=1)).snapshot == "two"
    await service.close()


async def test_a_snapshot_that_was_replaced_while_it_was_opened_can_be_rolled_back_to() -> None:
    current = "one"

    def open_newest() -> FakeSearcher:
        nonlocal current
        current = {"two": "three", "two again": "two"}.get(current, current)
        return FakeSearcher(current)

    service = SearchPool(HotSwapSearcher(open_newest, lambda: current.removesuffix(" again")))
    await service.start()
    current = "two"
    assert (await service.ask(QUESTION, limit=1)).snapshot == "three"
    current = "two again"
    assert (await service.ask(QUESTION, limit=1)).snapshot == "two"
    await service.close()


async def test_a_quote_that_differs_from_its_article_is_not_given_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    service = await served(Shelf(FakeSearcher(damaged=True)))
    with pytest.raises(QuoteMismatch):
        await service.ask(QUESTION, limit=1)
    assert "does not match the stored text" in caplog.text
    await service.close()


async def test_a_full_queue_says_how_many_are_before() -> None:
    gate = threading.Event()
    service = await served(Shelf(FakeSearcher(gate=gate)), waiting=3)
    asked = [asyncio.create_task(service.ask(QUESTION, limit=1)) for _ in range(5)]
    await asyncio.sleep(0.05)
    with pytest.raises(QueueFull, match="5 questions are before yours"):
        await service.ask(QUESTION, limit=1)
    gate.set()
    assert len(await asyncio.gather(*asked)) == 5
    assert (await service.ask(QUESTION, limit=1)).quotes
    await service.close()


async def test_the_event_loop_runs_on_while_a_question_is_searched() -> None:
    gate = threading.Event()
    service = await served(Shelf(FakeSearcher(gate=gate)))
    asking = asyncio.create_task(service.ask(QUESTION, limit=1))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not asking.done()
    gate.set()
    assert (await asking).quotes
    await service.close()


SOURCES = FakeSearcher().sources()


@pytest.mark.parametrize(
    ("typed", "paths"),
    [
        ("TEA about", ["tea.md"]),
        ("coff", ["drinks/coffee.txt"]),
        ("board", ["tea.md"]),
        ("tea coffee", []),
        ("", list(ARTICLES)),
    ],
)
def test_titles_are_found_by_any_of_their_words(typed: str, paths: list[str]) -> None:
    assert [source.path for source in matching(typed, SOURCES)] == paths


def test_a_choice_never_exceeds_what_discord_takes() -> None:
    many = [Source(f"{'d' * 90}/{n}.txt", Metadata("😀" * 90), 1, "") for n in range(40)]
    offered = choices("", many)
    assert len(offered) == 25
    assert all(
        len(name.encode("utf-16-le")) <= 200 and len(value) <= 100 for name, value in offered
    )
    assert [find(value, many, ENGLISH) for _, value in offered] == [one.path for one in many[:25]]


def test_articles_with_the_same_title_are_told_apart_by_their_files() -> None:
    twins = [Source(path, Metadata("Tea"), 1, "") for path in ("a.txt", "b.txt")]
    assert [name for name, _ in choices("tea", twins)] == ["Tea (a.txt)", "Tea (b.txt)"]
    with pytest.raises(QuestionError, match="Several articles match"):
        find("tea", twins, ENGLISH)


def test_a_title_typed_in_full_or_in_part_means_its_article() -> None:
    assert find("all about TEA", SOURCES, ENGLISH) == "tea.md"
    assert find("about", SOURCES, ENGLISH) == "tea.md"
    assert find(key(SOURCES[1]), SOURCES, ENGLISH) == "drinks/coffee.txt"


@pytest.mark.parametrize("typed", ["cocoa", " ", "#0123", "x" * 5000])
def test_an_unknown_article_is_an_error_that_names_it(typed: str) -> None:
    with pytest.raises(QuestionError, match="There is no article") as raised:
        find(typed, SOURCES, ENGLISH)
    assert len(str(raised.value)) < 200
