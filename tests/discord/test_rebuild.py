import asyncio
import signal
import sys
from pathlib import Path

import pytest

from bot.config.settings import Settings
from bot.services.rebuild import (
    Rebuilder,
    RebuildFailed,
    RebuildResult,
    RebuildStep,
    RebuildStopped,
    _process,
    build_process,
)
from index.store import snapshot
from tests.support.index_fixtures import MakeSeeds

DONE = RebuildResult("one", True, 1, 2)


async def silent(_: RebuildStep) -> None:
    pass


def settings(seeds: Path, index: Path) -> Settings:
    return Settings(seeds=seeds, index=index, _env_file=None)  # type: ignore[call-arg]


async def test_a_build_runs_in_a_process_of_its_own_and_tells_its_steps(
    index: Path, make_seeds: MakeSeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    seeds = make_seeds({"tea.md": "# Tea\n\nGreen tea is not fermented.", "bad.exe": b"MZ"})
    steps: list[RebuildStep] = []

    async def hear(step: RebuildStep) -> None:
        steps.append(step)

    built = await build_process(settings(seeds, index))(hear)
    assert built.published
    assert built.name == snapshot.current(index)
    assert (built.articles, built.added) == (1, ("tea.md",))
    assert built.skipped[0][0] == "bad.exe"
    names = list(dict.fromkeys(step.name for step in steps))
    assert names == ["reading", "splitting", "passages", "encoding", "indexing words"]
    assert steps[-1] == RebuildStep("indexing words", 1, 1)


async def test_a_build_that_fails_says_why_and_leaves_the_index(
    index: Path, make_seeds: MakeSeeds
) -> None:
    before = snapshot.current(index)
    with pytest.raises(RebuildFailed, match="no articles in"):
        await build_process(settings(make_seeds({"bad.exe": b"MZ"}), index))(silent)
    assert snapshot.current(index) == before


async def test_a_cancelled_build_ends_its_process_and_leaves_the_index(
    index: Path, make_seeds: MakeSeeds, capfd: pytest.CaptureFixture[str]
) -> None:
    before = snapshot.current(index)
    paragraphs = [f"Tea {n} is green, and nobody knows why." for n in range(6000)]  # half a minute
    texts: dict[str, str | bytes] = {
        f"{n}.md": "\n\n".join(["Tea", *paragraphs[n::600]]) for n in range(600)
    }
    rebuilder = Rebuilder(build_process(settings(make_seeds(texts), index)))

    async def hear(step: RebuildStep) -> None:
        if step.name == "reading":  # early: a busy machine may hear of later steps too late
            rebuilder.cancel("run")

    with pytest.raises(RebuildStopped):
        await rebuilder.rebuild("run", hear)
    assert capfd.readouterr().err == ""  # it is the bot's log
    assert snapshot.current(index) == before
    with snapshot.building(index, "free"):  # nobody holds the lock any more
        pass
    assert not rebuilder.busy


async def test_one_rebuild_runs_at_a_time_and_the_next_waits() -> None:
    running = 0
    most = 0

    async def build(_: object) -> RebuildResult:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.01)
        running -= 1
        return DONE

    rebuilder = Rebuilder(build)
    runs = [rebuilder.rebuild(rebuilder.expect(), silent) for _ in range(3)]
    assert await asyncio.gather(*runs) == [DONE] * 3
    assert most == 1


async def test_only_the_rebuild_under_way_is_cancelled() -> None:
    started = asyncio.Event()

    async def build(_: object) -> RebuildResult:
        started.set()
        await asyncio.Event().wait()
        return DONE

    rebuilder = Rebuilder(build)
    assert not rebuilder.cancel("one")
    running = asyncio.create_task(rebuilder.rebuild("one", silent))
    await started.wait()
    assert not rebuilder.cancel("two")
    assert rebuilder.cancel("one")
    with pytest.raises(RebuildStopped):
        await running


async def test_a_rebuild_that_waits_can_be_cancelled_and_is_never_begun() -> None:
    started, gate, builds = asyncio.Event(), asyncio.Event(), 0

    async def build(_: object) -> RebuildResult:
        nonlocal builds
        builds += 1
        started.set()
        await gate.wait()
        return DONE

    rebuilder = Rebuilder(build)
    running = asyncio.create_task(rebuilder.rebuild("one", silent))
    waiting = asyncio.create_task(rebuilder.rebuild("two", silent))
    await started.wait()
    assert rebuilder.cancel("two")
    with pytest.raises(RebuildStopped):
        await waiting
    gate.set()
    assert await running == DONE
    assert (builds, rebuilder.busy) == (1, False)


async def test_closing_stops_the_rebuild_under_way_and_those_that_wait() -> None:
    started, builds = asyncio.Event(), 0

    async def build(_: object) -> RebuildResult:
        nonlocal builds
        builds += 1
        started.set()
        await asyncio.Event().wait()
        return DONE

    rebuilder = Rebuilder(build)
    runs = [asyncio.create_task(rebuilder.rebuild(run, silent)) for run in ("one", "two")]
    await started.wait()
    await rebuilder.close()
    ended = await asyncio.gather(*runs, return_exceptions=True)
    assert [type(one) for one in ended] == [RebuildStopped, RebuildStopped]
    assert builds == 1


async def test_a_second_press_of_cancel_does_not_break_off_what_ends_the_build() -> None:
    started, ending = asyncio.Event(), asyncio.Event()
    ended = False

    async def build(_: object) -> RebuildResult:
        nonlocal ended
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            ending.set()
            await asyncio.sleep(0.01)
            ended = True
        return DONE

    rebuilder = Rebuilder(build)
    running = asyncio.create_task(rebuilder.rebuild("one", silent))
    await started.wait()
    assert rebuilder.cancel("one")
    await ending.wait()
    assert rebuilder.cancel("one")
    await rebuilder.close()
    assert ended
    with pytest.raises(RebuildStopped):
        await running


async def test_a_build_that_does_not_listen_ends_with_the_bot() -> None:
    deaf = "import signal, time; signal.signal(2, signal.SIG_IGN); print(flush=True); time.sleep(9)"

    async def build() -> None:
        async with _process([sys.executable, "-c", deaf]) as process:
            processes.append(process)
            assert process.stdout is not None
            await process.stdout.readline()
            started.set()
            await process.wait()

    started, processes = asyncio.Event(), list[asyncio.subprocess.Process]()
    building = asyncio.create_task(build())
    await started.wait()
    for _ in range(2):  # by us, and at the end of the event loop
        building.cancel()
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await building
    assert processes[0].returncode == -signal.SIGKILL
