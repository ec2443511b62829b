import asyncio
from pathlib import Path

import pytest

from bot.services.rebuild import RebuildFailed
from bot.services.watch import is_article_path, watch_seeds


class Rebuilds:
    """Counts rebuilds; the first one fails."""

    def __init__(self) -> None:
        self.count = 0
        self.done = asyncio.Event()

    async def __call__(self) -> None:
        self.count += 1
        self.done.set()
        if self.count == 1:
            raise RebuildFailed("the disk is full")

    async def wait(self) -> None:
        await asyncio.wait_for(self.done.wait(), 20)
        self.done.clear()


async def test_burst_of_changes_leads_to_one_rebuild(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rebuilds = Rebuilds()
    watching = asyncio.create_task(watch_seeds(tmp_path, rebuilds))
    await asyncio.sleep(1)  # until the system watches the folder
    (tmp_path / ".sources").mkdir()
    for number in range(10):
        (tmp_path / f"{number}.md").write_text("Text.")
        (tmp_path / ".sources" / "lock").write_text(str(number))
        await asyncio.sleep(0.02)
    await rebuilds.wait()
    assert rebuilds.count == 1
    assert "the disk is full" in caplog.text
    (tmp_path / "0.md").unlink()
    await rebuilds.wait()
    assert rebuilds.count == 2
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)


async def test_missing_folder_is_one_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    await watch_seeds(tmp_path / "none", Rebuilds())
    assert "does not exist; create it and restart" in caplog.text


@pytest.mark.parametrize(
    ("path", "expected"),
    [("a.md", True), ("x/sources.toml", True), ("sources.toml", False), (".sources/a.md", False)],
)
def test_only_files_that_a_build_reads_count(tmp_path: Path, path: str, expected: bool) -> None:
    assert is_article_path(tmp_path / path, tmp_path) is expected
