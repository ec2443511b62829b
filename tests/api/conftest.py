import asyncio
import queue
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from bot.api.http_server import ProgramServer, serve_programs
from bot.api.service import ProgramService
from bot.config.settings import Settings
from bot.services.search_pool import SearchPool
from tests.support.command_line import isolate
from tests.support.index_fixtures import build_once

TOKEN = "a token of many characters"  # noqa: S105 - of the tests only
HOSTILE = "A paragraph with <script>alert(1)</script> & “marks”\nin two lines about hostile owls."
ARTICLES = {
    "tea.md": (
        "---\ntitle: All about tea\npublisher: Tea Board\npublished: 2021-03-09\n---\n\n"
        "# Green\n\nGreen tea is not fermented. It is steamed soon after the harvest.\n\n"
        "# Black\n\nBlack tea is fermented for two to four hours. It keeps for years.\n"
    ),
    "web/coffee.md": (
        "---\ntitle: Coffee\nurl: https://coffee.example/beans\n---\n\n"
        "Robusta coffee holds twice the caffeine of arabica.\n"
    ),
    "secret/plan.txt": "The plan\n\nThe museum will be sold to the highest bidder in June.\n",
    "odd names/a b#c?.txt": f"Odd <b>names</b>\n\n{HOSTILE}\n",
    "long.txt": "A long one\n\n" + "\n\n".join(f"Paragraph about item {n}." for n in range(1, 80)),
}


@pytest.fixture(scope="session")
def programs_index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_once(tmp_path_factory, "programs", ARTICLES)


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(tmp_path, monkeypatch)


@pytest.fixture
def settings(programs_index: Path) -> Settings:
    """Settings of an operator whose server 1 has the collection "secret" for itself."""
    return Settings(index=programs_index, collections={1: ("secret",)})


@pytest.fixture
async def service(settings: Settings) -> AsyncIterator[ProgramService]:
    pool = SearchPool.from_settings(settings)
    await pool.start()
    yield ProgramService.from_settings(settings, pool)
    await pool.close()


def quoth_command(*arguments: str) -> tuple[str, list[str]]:
    """Return the program and arguments that run a command of this tree."""
    return sys.executable, ["-m", "bot.cli", *arguments]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[str]:
    """Serve over HTTP on a free port, and yield the address."""
    pool = SearchPool.from_settings(settings)
    await pool.start()
    port = free_port()
    server = ProgramServer.from_settings(settings, ProgramService.from_settings(settings, pool))
    try:
        async with serve_programs(server, settings.serve_host, port):
            yield f"http://127.0.0.1:{port}"
    finally:
        await pool.close()


@contextmanager
def serving_in_thread(settings: Settings) -> Iterator[str]:
    """Serve from another thread, for clients that block."""
    address: queue.Queue[str] = queue.Queue()
    stop: queue.Queue[Callable[[], object]] = queue.Queue()

    async def serve() -> None:
        stopped, loop = asyncio.Event(), asyncio.get_running_loop()
        async with serving(settings) as url:
            stop.put(lambda: loop.call_soon_threadsafe(stopped.set))
            address.put(url)
            await stopped.wait()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        yield address.get(timeout=30)
    finally:
        stop.get()()
        thread.join()
