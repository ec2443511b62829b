import asyncio
import logging
import threading

import pytest

from bot.questions.autocomplete import choice_value, find_source, matching_sources, source_choices
from bot.services.hot_swap import HotSwapSearcher
from bot.services.search_pool import QueueFull, SearchPool
from index.errors import IndexMissing, QuestionError, QuoteMismatch, SnapshotDamaged
from index.types import Metadata, Source
from tests.support.discord_fakes import FakeIndex
from tests.support.fake_searcher import ARTICLES, FakeSearcher

QUESTION = "Is green tea fermented?"


async def start_pool(fake_index: FakeIndex, max_wait_seconds: float = 20.0) -> SearchPool:
    hot_swap = HotSwapSearcher(fake_index.open, fake_index.current)
    pool = SearchPool(hot_swap, workers=2, max_wait_seconds=max_wait_seconds)
    await pool.start()
    return pool


async def test_answers_come_from_the_snapshot_in_service() -> None:
    pool = await start_pool(FakeIndex(FakeSearcher()))
    answer = await pool.ask(QUESTION, limit=2)
    assert (answer.snapshot, len(answer.quotes)) == ("one", 2)
    await pool.close()


async def test_start_raises_without_an_index() -> None:
    with pytest.raises(IndexMissing):
        await start_pool(FakeIndex(FakeSearcher(), open_error=IndexMissing("run `quoth build`")))


async def test_switches_to_a_new_snapshot_and_closes_the_old_one() -> None:
    old, new = FakeSearcher("one"), FakeSearcher("two")
    fake_index = FakeIndex(old)
    pool = await start_pool(fake_index)
    await pool.ask(QUESTION, limit=1)
    fake_index.searcher = new
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "two"
    assert (old.closed, new.closed) == (True, False)
    await pool.close()
    assert new.closed


async def test_does_not_retry_a_damaged_snapshot_for_every_question() -> None:
    opened: list[FakeSearcher] = []

    def open_newest() -> FakeSearcher:
        opened.append(FakeSearcher("one"))
        return opened[-1]

    pool = SearchPool(HotSwapSearcher(open_newest, lambda: "two, which is damaged"))
    await pool.start()
    answers = [await pool.ask(QUESTION, limit=1) for _ in range(5)]
    assert {answer.snapshot for answer in answers} == {"one"}
    assert [searcher.closed for searcher in opened] == [True, False]
    await pool.close()


async def test_questions_wait_while_a_new_snapshot_is_opened() -> None:
    fake_index, gate, opening = FakeIndex(FakeSearcher("one")), threading.Event(), threading.Event()

    def open_newest() -> FakeSearcher:
        if fake_index.searcher.snapshot == "two":
            opening.set()
            assert gate.wait(5)
        return fake_index.open()

    pool = SearchPool(HotSwapSearcher(open_newest, fake_index.current))
    await pool.start()
    fake_index.searcher = FakeSearcher("two")
    first = asyncio.create_task(pool.ask(QUESTION, limit=1))
    await asyncio.to_thread(opening.wait, 5)
    second = asyncio.create_task(pool.ask(QUESTION, limit=1))
    await asyncio.sleep(0.05)
    gate.set()
    assert [answer.snapshot for answer in await asyncio.gather(first, second)] == ["two", "two"]
    await pool.close()


async def test_a_running_search_keeps_its_snapshot_open() -> None:
    old = FakeSearcher("one", gate=threading.Event())
    fake_index = FakeIndex(old)
    pool = await start_pool(fake_index)
    search = asyncio.create_task(pool.ask(QUESTION, limit=1))
    await asyncio.sleep(0.05)
    fake_index.searcher = FakeSearcher("two")
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "two"
    assert not old.closed
    assert old.gate is not None
    old.gate.set()
    assert (await search).snapshot == "one"
    assert old.closed
    await pool.close()


async def test_keeps_the_old_snapshot_if_a_new_one_fails_to_open(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake_index = FakeIndex(FakeSearcher("one"))
    pool = await start_pool(fake_index)
    fake_index.searcher, fake_index.open_error = (
        FakeSearcher("two"),
        SnapshotDamaged("vectors.faiss is cut"),
    )
    for _ in range(3):
        assert (await pool.ask(QUESTION, limit=1)).snapshot == "one"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    fake_index.searcher, fake_index.open_error = FakeSearcher("three"), None
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "three"
    await pool.close()


async def test_retries_a_snapshot_after_running_out_of_memory(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fake_index = FakeIndex(FakeSearcher("one"))
    pool = SearchPool(HotSwapSearcher(fake_index.open, fake_index.current, retry_seconds=0.5))
    await pool.start()
    fake_index.searcher, fake_index.open_error = FakeSearcher("two"), MemoryError()
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "one"
    fake_index.open_error = None
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "one"
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    await asyncio.sleep(0.5)
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "two"
    await pool.close()


async def test_can_roll_back_to_a_snapshot_replaced_while_opening() -> None:
    current = "one"

    def open_newest() -> FakeSearcher:
        nonlocal current
        current = {"two": "three", "two again": "two"}.get(current, current)
        return FakeSearcher(current)

    pool = SearchPool(HotSwapSearcher(open_newest, lambda: current.removesuffix(" again")))
    await pool.start()
    current = "two"
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "three"
    current = "two again"
    assert (await pool.ask(QUESTION, limit=1)).snapshot == "two"
    await pool.close()


async def test_rejects_a_quote_that_differs_from_its_article(
    caplog: pytest.LogCaptureFixture,
) -> None:
    pool = await start_pool(FakeIndex(FakeSearcher(damaged=True)))
    with pytest.raises(QuoteMismatch):
        await pool.ask(QUESTION, limit=1)
    assert "does not match the stored text" in caplog.text
    await pool.close()


async def test_a_question_that_would_wait_too_long_is_refused() -> None:
    gate = threading.Event()
    pool = await start_pool(FakeIndex(FakeSearcher(gate=gate)), max_wait_seconds=0.2)
    searches = [asyncio.create_task(pool.ask(QUESTION, limit=1)) for _ in range(6)]
    await asyncio.sleep(0.05)
    assert pool.expected_wait_seconds == pytest.approx(0.25)  # five of them, 0.1 s each, 2 workers
    with pytest.raises(QueueFull, match="6 questions are ahead of yours"):
        await pool.ask(QUESTION, limit=1)
    gate.set()
    assert len(await asyncio.gather(*searches)) == 6
    assert (await pool.ask(QUESTION, limit=1)).quotes
    await pool.close()


async def test_quick_questions_make_room_for_many() -> None:
    pool = await start_pool(FakeIndex(FakeSearcher()), max_wait_seconds=1.0)
    for _ in range(20):
        await pool.ask(QUESTION, limit=1)
    answers = await asyncio.gather(*(pool.ask(QUESTION, limit=1) for _ in range(200)))
    assert len(answers) == 200
    await pool.close()


async def test_a_place_is_used_by_the_searches_inside_it() -> None:
    pool = await start_pool(FakeIndex(FakeSearcher()), max_wait_seconds=0.0)
    with pool.place():
        assert pool.queue_size == 1
        assert (await pool.ask(QUESTION, limit=1)).quotes
    assert pool.queue_size == 0
    await pool.close()


async def test_a_search_does_not_block_the_event_loop() -> None:
    gate = threading.Event()
    pool = await start_pool(FakeIndex(FakeSearcher(gate=gate)))
    search = asyncio.create_task(pool.ask(QUESTION, limit=1))
    for _ in range(20):
        await asyncio.sleep(0.001)
    assert not search.done()
    gate.set()
    assert (await search).quotes
    await pool.close()


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
def test_finds_articles_by_words_of_their_titles(typed: str, paths: list[str]) -> None:
    assert [source.path for source in matching_sources(typed, SOURCES)] == paths


def test_choices_stay_within_the_limits_of_discord() -> None:
    many = [Source(f"{'d' * 90}/{n}.txt", Metadata("😀" * 90), 1, "") for n in range(40)]
    offered = source_choices("", many)
    assert len(offered) == 25
    assert all(
        len(name.encode("utf-16-le")) <= 200 and len(value) <= 100 for name, value in offered
    )
    assert [find_source(value, many) for _, value in offered] == [
        source.path for source in many[:25]
    ]


def test_choices_with_equal_titles_show_their_file_names() -> None:
    twins = [Source(path, Metadata("Tea"), 1, "") for path in ("a.txt", "b.txt")]
    assert [name for name, _ in source_choices("tea", twins)] == ["Tea (a.txt)", "Tea (b.txt)"]
    with pytest.raises(QuestionError, match="Several articles match"):
        find_source("tea", twins)


def test_finds_an_article_by_its_full_or_partial_title() -> None:
    assert find_source("all about TEA", SOURCES) == "tea.md"
    assert find_source("about", SOURCES) == "tea.md"
    assert find_source(choice_value(SOURCES[1].path), SOURCES) == "drinks/coffee.txt"


@pytest.mark.parametrize("typed", ["cocoa", " ", "#0123", "x" * 5000])
def test_an_unknown_article_raises_an_error_with_its_name(typed: str) -> None:
    with pytest.raises(QuestionError, match="There is no article") as raised:
        find_source(typed, SOURCES)
    assert len(str(raised.value)) < 200
