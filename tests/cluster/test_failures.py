import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from bot.services.hot_swap import HotSwapSearcher
from bot.services.search_pool import SearchPool
from index.build.cluster import ClusterBuild, build_in_cluster
from index.cluster.reading.breaker import Breaker
from index.cluster.reading.reader import ClusterSnapshot
from index.cluster.store import ClusterStore
from index.errors import SnapshotDamaged, SnapshotError, StorageUnavailable
from index.searcher import Searcher
from index.store.backend import ClusterAddress
from index.types import Verdict
from tests.support.cluster import copied_database, empty_database
from tests.support.faulty_proxy import FaultyProxy, faulty_proxy
from tests.support.index_fixtures import SEEDS

QUESTION = "How much does Quoth cost?"
OTHERS = ("How do I install Quoth?", "What is a passage?", "Where are settings kept?")
_RECOVERY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class World:
    """A cluster behind proxies, and a searcher of it."""

    direct: ClusterAddress
    milvus: FaultyProxy
    postgres: FaultyProxy
    store: ClusterStore
    searcher: Searcher


@pytest.fixture(scope="module")
def built(postgres_server: str, milvus: str) -> Iterator[ClusterAddress]:
    with empty_database(postgres_server) as postgres:
        address = ClusterAddress(milvus, postgres)
        build_in_cluster(ClusterBuild(SEEDS, address))
        yield address


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Create the folder into which searchers load the model."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture
def world(built: ClusterAddress, files: Path) -> Iterator[World]:
    server = urlsplit(built.postgres)
    (folder,) = parse_qs(server.query)["host"]
    with ExitStack() as stack:
        milvus = stack.enter_context(faulty_proxy(urlsplit(built.milvus).port or 0))
        postgres = stack.enter_context(faulty_proxy(f"{folder}/.s.PGSQL.5432"))
        behind = ClusterAddress(
            f"http://127.0.0.1:{milvus.port}",
            f"postgresql://{server.username}@127.0.0.1:{postgres.port}{server.path}",
        )
        store = stack.enter_context(closing(ClusterStore(behind, files, timeout=2.0)))
        searcher = stack.enter_context(Searcher.open_from(store))
        yield World(built, milvus, postgres, store, searcher)


def _fails_soon(searcher: Searcher, question: str) -> StorageUnavailable:
    """Ask, expect a failure within the deadlines of the trips, and return it."""
    started = time.perf_counter()
    with pytest.raises(StorageUnavailable) as caught:
        searcher.ask(question)
    assert time.perf_counter() - started < 8
    return caught.value


def _recovers(world: World) -> None:
    """Wait until the store says that it works again, then ask."""
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while world.store.why_unavailable() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert world.store.why_unavailable() == ""
    answer = world.searcher.ask(QUESTION)
    world.searcher.quoter.check(*answer.quotes)


def _stop(proxy: FaultyProxy) -> None:
    proxy.refuses = True
    proxy.cut()


def _slow(proxy: FaultyProxy) -> None:
    proxy.delay = 3.0


FAULTS: dict[str, Callable[[FaultyProxy], None]] = {
    "frozen": FaultyProxy.freeze,
    "slow": _slow,
    "gone": _stop,
}


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["milvus", "postgres"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_failing_engine_is_an_error_until_it_is_back(
    world: World, engine: str, fault: str
) -> None:
    world.store.current()  # starts watching
    world.searcher.ask("Where is the index?")
    proxy: FaultyProxy = getattr(world, engine)
    FAULTS[fault](proxy)
    for question in (QUESTION, *OTHERS):
        _fails_soon(world.searcher, question)
    assert world.store.why_unavailable()
    proxy.delay, proxy.refuses = 0.0, False
    proxy.thaw()
    _recovers(world)


@pytest.mark.parametrize("engine", ["milvus", "postgres"])
def test_a_restarted_engine_costs_no_question(world: World, engine: str) -> None:
    world.searcher.ask(QUESTION)
    getattr(world, engine).cut()
    for question in OTHERS:
        world.searcher.ask(question)


def test_an_engine_that_fails_unasked_is_noticed(world: World) -> None:
    world.store.current()
    _stop(world.postgres)
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while not world.store.why_unavailable() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert "PostgreSQL" in world.store.why_unavailable()


@pytest.mark.slow
async def test_the_bot_is_unready_while_articles_cannot_be_read(world: World) -> None:
    pool = SearchPool(HotSwapSearcher.from_store(world.store))
    await pool.start()
    assert (await pool.ask(QUESTION, limit=1)).quotes
    assert pool.why_unavailable == ""
    _stop(world.postgres)
    with pytest.raises(StorageUnavailable):
        await pool.ask(OTHERS[0], limit=1)
    assert "PostgreSQL" in pool.why_unavailable
    world.postgres.refuses = False
    _recovers(world)
    assert (await pool.ask(OTHERS[1], limit=1)).snapshot == pool.snapshot
    await pool.close()


def test_after_failures_no_question_waits(world: World) -> None:
    world.milvus.freeze()
    for question in OTHERS:
        _fails_soon(world.searcher, question)
    started = time.perf_counter()
    with pytest.raises(StorageUnavailable, match="Milvus"):
        world.searcher.ask(QUESTION)
    assert time.perf_counter() - started < 1.9  # less than one trip may take
    world.milvus.thaw()


def test_a_breaker_lets_an_attempt_through_from_time_to_time() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    breaker.failed(StorageUnavailable("one"))
    breaker.check()
    breaker.failed(StorageUnavailable("two"))
    with pytest.raises(StorageUnavailable, match="two"):
        breaker.check()
    now = 3.5
    breaker.check()
    with pytest.raises(StorageUnavailable):
        breaker.check()
    breaker.succeeded()
    breaker.check()
    assert breaker.reason == ""


def _change(address: ClusterAddress, statement: str, *values: Any) -> None:
    with psycopg.connect(address.postgres) as connection:
        assert connection.execute(statement.encode(), values).rowcount > 0


@contextmanager
def _opened(address: ClusterAddress, folder: Path) -> Iterator[World]:
    with (
        closing(ClusterStore(address, folder)) as store,
        Searcher.open_from(store) as searcher,
        faulty_proxy(0) as unused,
    ):
        yield World(address, unused, unused, store, searcher)


@pytest.fixture
def own(postgres: str, milvus: str, files: Path) -> Iterator[World]:
    """Build a cluster that the test may damage."""
    address = ClusterAddress(milvus, postgres)
    build_in_cluster(ClusterBuild(SEEDS, address))
    with _opened(address, files) as world:
        yield world


@pytest.fixture
def own_texts(built: ClusterAddress, postgres_server: str, files: Path) -> Iterator[World]:
    """Copy the database of a cluster, which the test may damage; Milvus is shared."""
    with (
        copied_database(postgres_server, built.postgres) as postgres,
        _opened(ClusterAddress(built.milvus, postgres), files) as world,
    ):
        yield world


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE quoth_index.passages SET text = replace(encode(text, 'escape'), 'e', 'a')::bytea",
        "UPDATE quoth_index.passages SET vectors = overlay(vectors PLACING '\\x00' FROM 5)",
        "UPDATE quoth_index.passages SET place = overlay(place PLACING '9' FROM 12)",
        "UPDATE quoth_index.passages SET paragraph = paragraph + 1000",
        "DELETE FROM quoth_index.passages",
    ],
)
def test_a_changed_or_lost_row_is_noticed(own_texts: World, damage: str) -> None:
    _change(own_texts.direct, damage)
    with pytest.raises(SnapshotDamaged, match="quoth build"):
        own_texts.searcher.ask(QUESTION)


def test_a_changed_article_is_not_quoted(own_texts: World) -> None:
    answer = own_texts.searcher.ask(QUESTION)
    assert answer.quotes
    _change(own_texts.direct, "UPDATE quoth_index.articles SET text = text || 'x'")
    with pytest.raises(Exception, match="quoth build"):
        own_texts.searcher.quoter.check(*answer.quotes)


def test_a_row_that_milvus_invents_is_noticed(own: World) -> None:
    from pymilvus import MilvusClient

    opened = own.searcher.opened
    assert isinstance(opened, ClusterSnapshot)
    (part,) = opened.manifest.parts
    client = MilvusClient(own.direct.milvus)
    (row, *_) = client.query(part.collection, filter="", limit=1, output_fields=["*"])
    client.upsert(part.collection, [{**row, "row": 12345}])
    with pytest.raises(SnapshotDamaged, match="12345"):
        own.searcher.ask(QUESTION)  # all passages of so few are found


def test_a_row_that_milvus_lost_is_noticed_when_opening(own: World) -> None:
    from pymilvus import MilvusClient

    opened = own.searcher.opened
    assert isinstance(opened, ClusterSnapshot)
    (part,) = opened.manifest.parts
    client = MilvusClient(own.direct.milvus)
    (row, *_) = client.query(part.collection, filter="", limit=1, output_fields=["id"])
    client.delete(part.collection, ids=[row["id"]])
    with pytest.raises(SnapshotError, match="expected"):
        own.store.open_current()


def test_nothing_found_is_said_of_a_whole_answer_only(world: World) -> None:
    answer = world.searcher.ask("Who won the chess olympiad of 1972?")
    assert answer.verdict is Verdict.NOTHING


def test_a_build_without_milvus_fails_before_it_reads(postgres: str) -> None:
    steps: list[str] = []
    address = ClusterAddress("http://127.0.0.1:9", postgres)
    with pytest.raises(StorageUnavailable, match="Milvus does not answer"):
        build_in_cluster(ClusterBuild(SEEDS, address), lambda step, *_: steps.append(step))
    assert steps == []


def test_the_address_is_not_in_an_error(world: World) -> None:
    address = ClusterAddress(world.direct.milvus, "postgresql://bot:secret@127.0.0.1:1/x")
    with (
        closing(ClusterStore(address, Path("unused"), timeout=0.5)) as store,
        pytest.raises(StorageUnavailable) as caught,
    ):
        store.open_current()
    assert "secret" not in str(caught.value)
    assert json.dumps(str(caught.value)).count("\\n") == 0
