import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.app.client import create_bot
from bot.config.settings import Settings
from bot.services.followed_sources import FollowedSources
from index.build.pipeline import build
from index.sources.client import WebClient
from index.sources.followed import FollowedSource, SourceKind, WhenGone, save_followed
from index.sources.refresh import refresh, select_sources
from tests.support.followed_sites import BRIDGE, HTML, TUNNEL, page
from tests.support.local_site import LocalSite, serve_site


@asynccontextmanager
async def running(seeds: Path, index: Path) -> AsyncIterator[FollowedSources]:
    """Open the services of a bot on real folders; nothing logs in."""
    settings = Settings(seeds=seeds, index=index, store=index.with_name("store.sqlite3"))
    client = create_bot(settings)
    await client.answers.start()
    try:
        yield client.following
    finally:
        await client.answers.pool.close()
        await client.http.close()


@pytest.mark.slow
async def test_changes_are_previewed_in_processes_of_their_own(tmp_path: Path) -> None:
    seeds, index = tmp_path / "seeds", tmp_path / "index"
    seeds.mkdir()
    (seeds / "own.md").write_text("\n\n".join(f"Paragraph {n}. {TUNNEL}" for n in range(9)))
    with serve_site() as site:
        await asyncio.to_thread(_follow_and_build, site, seeds, index)
        async with running(seeds, index) as following:
            site.pages["/a"] = (200, HTML, page("A", f"{BRIDGE} It rains."))
            (report,), built = await following.refresh()
            assert (report.plan_id, report.changed_share) == (None, 0.1)
            assert built is not None
            assert built.changes.changed == ("a.md",)
            site.pages["/a"] = (404, {}, b"")
            await following.refresh()
            (report,), built = await following.refresh()
            assert report.plan is not None
            assert report.plan.to_confirm == ("a.md",)
            assert built is None
            assert report.plan_id is not None
            assert await following.approve("a", report.plan_id)
            assert not await following.approve("a", report.plan_id)
            assert not (seeds / "a.md").exists()
        assert not (tmp_path / "index-preview").exists()
        assert not (seeds / ".sources" / "preview").exists()


def _follow_and_build(site: LocalSite, seeds: Path, index: Path) -> None:
    site.pages["/a"] = (200, HTML, page("A", BRIDGE))
    source = FollowedSource(
        "a", site.url("/a"), SourceKind.PAGE, private=True, when_gone=WhenGone.ASK
    )
    save_followed(source, seeds)
    list(refresh(select_sources(seeds), seeds, WebClient(pause_seconds=0)))
    build(seeds, index)
