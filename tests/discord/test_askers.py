import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from bot.config.settings import Settings
from bot.services.askers import Askers
from bot.services.hot_swap import HotSwapSearcher
from bot.services.search_pool import SearchPool
from index.build.pipeline import build
from index.errors import QuestionError
from index.filters import Scope
from index.searcher import Searcher
from tests.support.index_fixtures import MakeSeeds

QUESTION = "When could ISIS resurge in Syria?"


async def served(index: Path, pause_seconds: float = 60.0, processes: int = 1) -> SearchPool:
    askers = Askers(Settings(index=index, processes=processes), pause_seconds)
    service = SearchPool(HotSwapSearcher.of(index, None), askers)
    await service.start()
    return service


def processes_of(service: SearchPool) -> list[BaseProcess]:
    askers = service._askers
    assert askers is not None
    return list(askers._pool._processes.values()) if askers._pool else []


def process(service: SearchPool) -> int:
    (only,) = processes_of(service)
    assert only.pid is not None
    return only.pid


async def test_another_process_answers_as_the_bot_would(index: Path, searcher: Searcher) -> None:
    service = await served(index)
    theirs, ours = await service.ask(QUESTION, limit=2), searcher.ask(QUESTION, limit=2)
    assert [quote.passage for quote in theirs.quotes] == [quote.passage for quote in ours.quotes]
    assert (theirs.verdict, theirs.snapshot) == (ours.verdict, service.snapshot)
    assert process(service) != os.getpid()
    with pytest.raises(QuestionError, match="there is no article 'x"):
        await service.ask(QUESTION, limit=2, scope=Scope(source="x.txt"))
    await service.close()


async def test_another_process_goes_over_to_a_new_snapshot_as_well(
    index: Path, make_seeds: MakeSeeds
) -> None:
    service = await served(index)
    before = (await service.ask(QUESTION, limit=1)).snapshot
    built = build(make_seeds({"tea.txt": "Tea\n\nGreen tea is not fermented at all."}), index)
    after = (await service.ask("Is green tea fermented?", limit=1)).snapshot
    assert after == built.name != before
    await service.close()


async def test_a_process_that_dies_loses_no_question(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = await served(index, pause_seconds=0)
    await service.ask(QUESTION, limit=1)
    first = process(service)
    os.kill(first, signal.SIGKILL)
    answers = await asyncio.gather(*(service.ask(QUESTION, limit=1) for _ in range(3)))
    assert {len(answer.quotes) for answer in answers} == {1}
    assert "the bot answers by itself for 0 s" in caplog.text
    await service.ask(QUESTION, limit=1)
    assert process(service) != first
    await service.close()


async def test_when_one_process_dies_the_others_end_as_well(index: Path) -> None:
    service = await served(index, processes=2)
    while len(processes := processes_of(service)) < 2:
        await asyncio.gather(*(service.ask(QUESTION, limit=1) for _ in range(4)))
    os.kill(processes[0].pid or 0, signal.SIGKILL)
    await asyncio.to_thread(processes[1].join, 20)
    assert processes[1].exitcode is not None  # else it stays, and the bot waits for it at its end
    await service.close()


async def test_after_a_process_died_the_bot_answers_by_itself_for_a_while(index: Path) -> None:
    service = await served(index)
    await service.ask(QUESTION, limit=1)
    os.kill(process(service), signal.SIGKILL)
    for _ in range(2):
        assert (await service.ask(QUESTION, limit=1)).quotes
    assert service._askers is not None
    assert not service._askers.ready
    assert service._askers._pool is None
    await service.close()


async def test_what_no_process_can_open_the_bot_still_answers_from(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = await served(index)
    shutil.rmtree(index)
    answers = await asyncio.gather(*(service.ask(QUESTION, limit=1) for _ in range(3)))
    assert {len(answer.quotes) for answer in answers} == {1}
    assert caplog.text.count("cannot open the index (there is no index") == 1
    await service.close()


async def test_where_no_process_can_be_begun_the_bot_answers_by_itself(
    index: Path, caplog: pytest.LogCaptureFixture
) -> None:
    service = await served(index)
    assert service._askers is not None
    service._askers._pool = Refusing()
    assert (await service.ask(QUESTION, limit=1)).quotes
    assert "cannot be begun ([Errno 11] no more processes)" in caplog.text
    await service.close()


class Refusing(ProcessPoolExecutor):
    """As where a control group takes no more processes."""

    def submit(self, *_: Any, **__: Any) -> Any:
        raise BlockingIOError(11, "no more processes")


def test_the_processes_end_when_the_bot_is_gone(index: Path) -> None:
    bot = (
        "import asyncio, os, sys\n"
        "from tests.discord.test_askers import QUESTION, Path, process, served\n"
        "async def main():\n"
        "    service = await served(Path(sys.argv[1]))\n"
        "    await service.ask(QUESTION, limit=1)\n"
        "    print(process(service), flush=True)\n"
        "    os.kill(os.getpid(), 9)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    command = [sys.executable, "-c", bot, str(index)]
    paths = str(Path(__file__).parents[2])
    done = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, stdout=subprocess.PIPE, check=False
    )
    gone = Path(f"/proc/{int(done.stdout)}")
    deadline = time.monotonic() + 20
    while gone.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not gone.exists()
