import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path
from typing import Any

import discord
import faiss
import pytest
import simcord
from hypothesis import settings

from bot.config.store_location import PostgresUrl
from bot.storage.store import Store
from tests.support import discord_fakes
from tests.support.command_line import isolate
from tests.support.discord_messages import problems
from tests.support.fake_searcher import FakeSearcher
from tests.support.local_site import LocalSite, serve_site
from tests.support.stores import Location

# A busy machine makes any single example slow. Each run draws other examples.
settings.register_profile("quoth", deadline=None, max_examples=50)
settings.load_profile("quoth")

_SLOW_TEST_SECONDS = 1500.0
_SETTLE_SECONDS = 60.0  # of real time, for the bot to finish its work on a busy machine

pytest_plugins = [
    "tests.support.index_fixtures",  # the index on the project's own seeds
    "tests.support.cluster",  # PostgreSQL and Milvus
]


def pytest_configure() -> None:
    """Leave the threads of FAISS out where processes share the cores: they spin while waiting."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        faiss.omp_set_num_threads(1)
        os.environ["OMP_NUM_THREADS"] = "1"  # for child processes


def pytest_xdist_auto_num_workers() -> int:
    """Run three processes more than there are cores, because many tests wait, but at most six."""
    return min((os.cpu_count() or 1) + 3, 6)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module with ``STORES`` on each of them; the others use SQLite."""
    stores = getattr(metafunc.module, "STORES", None)
    if "store_location" in metafunc.fixturenames and stores:
        metafunc.parametrize("store_location", stores, indirect=True)


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Give the slow tests more time."""
    for item in items:
        if item.get_closest_marker("slow") and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(_SLOW_TEST_SECONDS))


@pytest.fixture(scope="session", autouse=True)
def isolated_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run in an empty folder, without the developer's settings, ``.env`` and ``data/``."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        isolate(tmp_path_factory.mktemp("session"), monkeypatch)
        yield


@pytest.fixture(scope="session")
def charts() -> None:
    """Import what draws charts, which may take longer than simcord waits for a reply."""
    import matplotlib.figure  # noqa: F401


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    """Create an empty folder for articles."""
    folder = tmp_path / "seeds"
    folder.mkdir()
    return folder


@pytest.fixture
def site() -> Iterator[LocalSite]:
    """Serve a web site on the loopback interface."""
    with serve_site() as local_site:
        yield local_site


@pytest.fixture
def store_location(request: pytest.FixtureRequest, tmp_path: Path) -> Location:
    """Return where the store is: a file, unless the test asks for PostgreSQL."""
    if getattr(request, "param", "sqlite") == "postgresql":
        return PostgresUrl(request.getfixturevalue("postgres"))
    return tmp_path / "store.sqlite3"


@pytest.fixture
async def store(store_location: Location) -> AsyncIterator[Store]:
    """Open the store, without a bot."""
    store = Store(store_location)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def fake_index() -> discord_fakes.FakeIndex:
    """The index that the bot opens."""
    return discord_fakes.FakeIndex(FakeSearcher())


@pytest.fixture
def simcord_bot(
    fake_index: discord_fakes.FakeIndex,
    store_location: Location,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> discord.Client:
    """The client that simcord's own fixture starts."""
    # simcord waits until nothing runs, but a bot listens to other processes for ever.
    monkeypatch.setattr(Store, "is_shared", False)
    return discord_fakes.make_client(fake_index, store_location, tmp_path)


@pytest.fixture
async def world(
    simcord_env: simcord.Env,
    fake_index: discord_fakes.FakeIndex,
    store_location: Location,
    tmp_path: Path,
) -> AsyncIterator[discord_fakes.World]:
    """The bot in a simulated Discord; everything it sent is checked against Discord's limits."""
    simcord_env.settle_timeout = _SETTLE_SECONDS
    guild = simcord_env.create_guild()
    channel = guild.create_text_channel("general")
    alice, bob = (guild.add_member(simcord_env.create_user(name)) for name in ("alice", "bob"))
    yield discord_fakes.World(
        simcord_env, channel, alice, bob, fake_index, store_location, tmp_path
    )
    bot: Any = simcord_env.bot
    await bot.answers.store.close()
    # Errors of commands are reported to the member, and the tests check how.
    reported = discord.app_commands.CommandInvokeError
    assert [error for error in simcord_env.errors if not isinstance(error, reported)] == []
    for request in simcord_env.http_requests:
        if isinstance(request.json, dict):
            body = request.json.get("data") or request.json
            assert problems(body) == []
            shows = ("content" in body or "components" in body) and "title" not in body
            assert not shows or body["allowed_mentions"]["parse"] == []
