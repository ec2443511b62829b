import asyncio
import signal
import sys
from pathlib import Path

import pytest

from bot.config.settings import Settings
from bot.services import rebuild
from bot.services.rebuild import (
    Rebuilder,
    RebuildFailed,
    RebuildStep,
    RebuildStopped,
    _child_process,
    build_command,
    build_in_process,
    rollback_in,
)
from index.build.pipeline import BuildReport
from index.errors import BuildInProgress
from index.store import snapshot
from tests.support.discord_fakes import build_report
from tests.support.index_fixtures import MakeSeeds

DONE = build_report("one", True, 1, 2)


async def ignore_progress(_: RebuildStep) -> None:
    pass


def settings(seeds: Path, index: Path) -> Settings:
    return Settings(seeds=seeds, index=index)


async def test_build_runs_in_a_child_process_and_reports_progress(
    index: Path, make_seeds: MakeSeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret")
    seeds = make_seeds({"tea.md": "# Tea\n\nGreen tea is not fermented.", "bad.doc": b"MZ"})
    steps: list[RebuildStep] = []

    async def on_progress(step: RebuildStep) -> None:
        steps.append(step)

    result = await build_in_process(settings(seeds, index))(on_progress)
    assert result.published
    assert result.name == snapshot.current(index)
    assert (result.counts.articles, result.changes.added) == (1, ("tea.md",))
    assert result.skipped[0].path == "bad.doc"
    names = list(dict.fromkeys(step.name for step in steps))
    assert names == ["reading", "passages", "encoding", "indexing words"]
    assert steps[-1] == RebuildStep("indexing words", 1, 1)


async def test_failed_build_leaves_the_index_unchanged(index: Path, make_seeds: MakeSeeds) -> None:
    before = snapshot.current(index)
    with pytest.raises(RebuildFailed, match="no articles in"):
        await build_in_process(settings(make_seeds({"bad.doc": b"MZ"}), index))(ignore_progress)
    assert snapshot.current(index) == before


_IMPATIENT = """
import sys
import bot.cli.build_worker
bot.cli.build_worker._TURN_SECONDS = 0
from bot.cli.app import main
main(sys.argv[1:])
"""


async def test_reason_names_no_path_and_no_process(
    index: Path, make_seeds: MakeSeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeds = make_seeds({"tea.md": "# Tea\n\nGreen tea is not fermented."})
    command = [sys.executable, "-c", _IMPATIENT, *build_command(settings(seeds, index))[3:]]
    monkeypatch.setattr(rebuild, "build_command", lambda _: command)
    with snapshot.create(index, "new"), pytest.raises(RebuildFailed) as raised:
        await build_in_process(settings(seeds, index))(ignore_progress)
    assert str(raised.value) == (
        "another process is already building in index; try again when it is done"
    )


def test_failed_rollback_names_no_path_and_no_process(index: Path) -> None:
    with snapshot.create(index, "new"), pytest.raises(BuildInProgress) as raised:
        rollback_in(settings(Path("seeds"), index))()
    assert str(raised.value) == (
        "another process is already building in index; try again when it is done"
    )


async def test_cancelled_build_leaves_the_index_unchanged(
    index: Path, make_seeds: MakeSeeds, capfd: pytest.CaptureFixture[str]
) -> None:
    before = snapshot.current(index)
    paragraphs = [f"Tea {n} is green, and nobody knows why." for n in range(6000)]  # half a minute
    texts: dict[str, str | bytes] = {
        f"{n}.md": "\n\n".join(["Tea", *paragraphs[n::600]]) for n in range(600)
    }
    rebuilder = Rebuilder(build_in_process(settings(make_seeds(texts), index)))

    async def on_progress(step: RebuildStep) -> None:
        if step.name == "reading":  # a later step could arrive too late on a busy machine
            rebuilder.cancel("run")

    with pytest.raises(RebuildStopped):
        await rebuilder.rebuild("run", on_progress)
    assert capfd.readouterr().err == ""  # would end up in the bot's log
    assert snapshot.current(index) == before
    with snapshot.create(index, "free"):  # the build lock was released
        pass
    assert not rebuilder.busy


async def test_rebuilds_run_one_at_a_time() -> None:
    running = 0
    max_running = 0

    async def build(_: object) -> BuildReport:
        nonlocal running, max_running
        running += 1
        max_running = max(max_running, running)
        await asyncio.sleep(0.01)
        running -= 1
        return DONE

    rebuilder = Rebuilder(build)
    runs = [rebuilder.rebuild(str(n), ignore_progress) for n in range(3)]
    assert await asyncio.gather(*runs) == [DONE] * 3
    assert max_running == 1


async def test_cancel_needs_the_id_of_the_running_rebuild() -> None:
    started = asyncio.Event()

    async def build(_: object) -> BuildReport:
        started.set()
        await asyncio.Event().wait()
        return DONE

    rebuilder = Rebuilder(build)
    assert not rebuilder.cancel("one")
    running = asyncio.create_task(rebuilder.rebuild("one", ignore_progress))
    await started.wait()
    assert not rebuilder.cancel("two")
    assert rebuilder.cancel("one")
    with pytest.raises(RebuildStopped):
        await running


async def test_queued_rebuild_can_be_cancelled() -> None:
    started, gate, builds = asyncio.Event(), asyncio.Event(), 0

    async def build(_: object) -> BuildReport:
        nonlocal builds
        builds += 1
        started.set()
        await gate.wait()
        return DONE

    rebuilder = Rebuilder(build)
    running = asyncio.create_task(rebuilder.rebuild("one", ignore_progress))
    waiting = asyncio.create_task(rebuilder.rebuild("two", ignore_progress))
    await started.wait()
    assert rebuilder.cancel("two")
    with pytest.raises(RebuildStopped):
        await waiting
    gate.set()
    assert await running == DONE
    assert (builds, rebuilder.busy) == (1, False)


async def test_close_stops_running_and_queued_rebuilds() -> None:
    started, builds = asyncio.Event(), 0

    async def build(_: object) -> BuildReport:
        nonlocal builds
        builds += 1
        started.set()
        await asyncio.Event().wait()
        return DONE

    rebuilder = Rebuilder(build)
    runs = [asyncio.create_task(rebuilder.rebuild(run, ignore_progress)) for run in ("one", "two")]
    await started.wait()
    await rebuilder.close()
    results = await asyncio.gather(*runs, return_exceptions=True)
    assert [type(result) for result in results] == [RebuildStopped, RebuildStopped]
    assert builds == 1


async def test_second_cancel_does_not_interrupt_the_cleanup() -> None:
    started, cleaning_up = asyncio.Event(), asyncio.Event()
    cleaned_up = False

    async def build(_: object) -> BuildReport:
        nonlocal cleaned_up
        started.set()
        try:
            await asyncio.Event().wait()
        finally:
            cleaning_up.set()
            await asyncio.sleep(0.01)
            cleaned_up = True
        return DONE

    rebuilder = Rebuilder(build)
    running = asyncio.create_task(rebuilder.rebuild("one", ignore_progress))
    await started.wait()
    assert rebuilder.cancel("one")
    await cleaning_up.wait()
    assert rebuilder.cancel("one")
    await rebuilder.close()
    assert cleaned_up
    with pytest.raises(RebuildStopped):
        await running


async def test_build_that_ignores_sigint_is_killed() -> None:
    script = (
        "import signal, time; signal.signal(2, signal.SIG_IGN); print(flush=True); time.sleep(9)"
    )

    async def build() -> None:
        async with _child_process([sys.executable, "-c", script]) as process:
            processes.append(process)
            assert process.stdout is not None
            await process.stdout.readline()
            started.set()
            await process.wait()

    started, processes = asyncio.Event(), list[asyncio.subprocess.Process]()
    building = asyncio.create_task(build())
    await started.wait()
    for _ in range(2):  # by the caller, and at the end of the event loop
        building.cancel()
        await asyncio.sleep(0.05)
    with pytest.raises(asyncio.CancelledError):
        await building
    assert processes[0].returncode == -signal.SIGKILL
