import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from index.errors import SourceError
from index.sources.apply import apply_plan, discard_plan, recover
from index.sources.followed import SourceKind, WhenGone
from index.sources.ledger import load_state, lock_sources, staged_folder
from index.sources.refresh import refresh, remove_gone, select_sources, stage, unfollow
from tests.support.articles import read_folder
from tests.support.followed_sites import BRIDGE, HTML, TUNNEL, Follower, feed, page, sitemap
from tests.support.local_site import LocalSite

OWN = "My own text about the bridge, which nobody but me has ever written down."


@pytest.fixture
def follower(seeds: Path) -> Follower:
    return Follower(seeds)


@pytest.fixture
def followed_page(site: LocalSite, follower: Follower) -> Path:
    """A followed page whose article was saved."""
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE, when_gone=WhenGone.REMOVE)
    follower.refresh()
    return follower.seeds / "a.md"


def test_file_made_by_hand_is_never_overwritten(site: LocalSite, follower: Follower) -> None:
    (follower.seeds / "a.txt").write_text(OWN)
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE)
    for _ in range(2):
        plan = follower.plan()
        assert plan.is_empty
        assert plan.conflicts == (
            "a.txt was made by hand, and site has an article of that name; rename or delete it",
        )
    assert follower.files() == {"a.txt": OWN}
    (follower.seeds / "a.txt").unlink()
    assert follower.plan().added == ("a.md",)


def test_file_edited_by_hand_is_never_overwritten(
    site: LocalSite, follower: Follower, followed_page: Path
) -> None:
    followed_page.write_text(OWN)
    assert follower.plan().is_empty
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    for _ in range(2):
        plan = follower.plan()
        assert plan.is_empty
        assert plan.conflicts == ("a.md was edited by hand; its source has a newer text",)
    site.pages["/a"] = (404, {}, b"")
    for _ in range(3):
        assert follower.plan().is_empty
    assert follower.files() == {"a.md": OWN}


def test_file_deleted_by_hand_stays_deleted(
    site: LocalSite, follower: Follower, followed_page: Path
) -> None:
    followed_page.unlink()
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    assert follower.plan().notes == ("a.md was deleted by hand; it stays deleted",)
    assert follower.plan().notes == ()
    assert follower.files() == {}


def test_file_edited_after_the_check_is_left_alone(
    site: LocalSite, follower: Follower, followed_page: Path
) -> None:
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    follower.refresh(stage_only=True)
    followed_page.write_text(OWN)
    applied = apply_plan("site", follower.seeds)
    assert applied is not None
    assert applied.conflicts == ("a.md was made or edited by hand meanwhile",)
    assert follower.files() == {"a.md": OWN}
    assert follower.plan().conflicts  # it is reported again
    assert follower.files() == {"a.md": OWN}


def test_sources_do_not_take_each_others_files(site: LocalSite, follower: Follower) -> None:
    for name in ("a", "b"):
        site.pages[f"/{name}"] = (200, HTML, page("Same title", f"{name}: {TUNNEL}"))
        follower.follow(site.url(f"/{name}"), SourceKind.PAGE, name)
    follower.refresh()
    assert list(follower.files()) == ["same-title-2.md", "same-title.md"]
    assert len(read_folder(follower.seeds).articles) == 2


def test_pages_of_one_title_get_names_of_their_own(site: LocalSite, follower: Follower) -> None:
    links = [(f"{n}", site.url(f"/{n}"), f"Entry {n}: {TUNNEL}") for n in range(3)]
    site.pages["/f"] = feed(*(("Title", link, text) for _, link, text in links))
    follower.follow(site.url("/f"), SourceKind.FEED, "f")
    assert follower.plan().added == ("f/title.md", "f/title-2.md", "f/title-3.md")


@pytest.mark.parametrize("title", ["../../etc/passwd", ".hidden", "a/b", "..", "CON", "\u202egpj"])
def test_hostile_title_stays_in_seeds(site: LocalSite, follower: Follower, title: str) -> None:
    site.pages["/a"] = (200, HTML, page(title))
    site.pages["/f"] = feed((title, site.url("/1"), TUNNEL))
    follower.follow(site.url("/a"), SourceKind.PAGE, "page")
    follower.follow(site.url("/f"), SourceKind.FEED, "feed")
    follower.refresh()
    assert [each.name for each in follower.seeds.parent.iterdir()] == ["seeds"]
    assert len(read_folder(follower.seeds).articles) == 2


def test_folder_that_leads_out_of_seeds_is_not_used(
    site: LocalSite, follower: Follower, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (follower.seeds / "docs").symlink_to(outside)
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE, into="docs")
    follower.refresh()
    assert list(outside.iterdir()) == []


def test_discarded_changes_are_not_proposed_again(
    site: LocalSite, follower: Follower, followed_page: Path
) -> None:
    before = followed_page.read_text()
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    follower.refresh(stage_only=True)
    with lock_sources(follower.seeds):
        discard_plan("site", follower.seeds)
    assert follower.plan().is_empty
    assert followed_page.read_text() == before
    site.pages["/a"] = (200, HTML, page("A", f"{TUNNEL} It rains."))
    assert follower.plan().changed == ("a.md",)


def test_asked_removal_is_made_when_confirmed(site: LocalSite, follower: Follower) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE)
    follower.refresh()
    site.pages["/a"] = (404, {}, b"")
    follower.refresh()
    assert remove_gone(follower.plan(), follower.seeds) == ()
    assert follower.files() == {}
    assert follower.plan().is_empty


def test_unfollowing_keeps_the_articles(follower: Follower, followed_page: Path) -> None:
    assert unfollow("site", follower.seeds) == ("a.md",)
    assert list(follower.files()) == ["a.md"]
    with pytest.raises(SourceError, match="'site' is not followed; followed are: nothing yet"):
        unfollow("site", follower.seeds)


def test_nothing_is_created_where_nothing_is_followed(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="'site' is not followed"):
        unfollow("site", tmp_path)
    assert list(refresh(select_sources(tmp_path), tmp_path)) == []
    assert list(tmp_path.iterdir()) == []


def test_unfollowing_can_remove_all_but_edited_articles(
    site: LocalSite, follower: Follower, followed_page: Path
) -> None:
    site.pages["/b"] = (200, HTML, page("B", TUNNEL))
    follower.follow(site.url("/b"), SourceKind.PAGE, "b")
    follower.refresh()
    followed_page.write_text(OWN)
    unfollow("site", follower.seeds, remove=True)
    unfollow("b", follower.seeds, remove=True)
    assert follower.files() == {"a.md": OWN}


def test_second_refresh_at_the_same_time_is_refused(follower: Follower) -> None:
    with lock_sources(follower.seeds), pytest.raises(SourceError, match="another process"):
        follower.refresh()


def test_damaged_ledger_is_reported(follower: Follower, followed_page: Path) -> None:
    (follower.seeds / ".sources" / "site.json").write_text("{")
    (result,) = follower.refresh()
    assert result.error is not None
    assert "move it away" in result.error
    assert followed_page.exists()


@contextmanager
def full_disk(max_bytes: int) -> Iterator[None]:
    """Let this process write no file beyond a size, as a disk without room does."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_full_disk_changes_nothing_and_is_cleared(site: LocalSite, follower: Follower) -> None:
    for name in ("a", "b"):
        site.pages[f"/{name}"] = (200, HTML, page(name, f"{name}: {TUNNEL}"))
    site.pages["/s.xml"] = sitemap(site.url("/a"), site.url("/b"))
    follower.follow(site.url("/s.xml"), SourceKind.SITEMAP)
    follower.refresh()
    before = follower.files()
    for name in ("a", "b"):
        text = f"new {name}: {TUNNEL}" * (500 if name == "b" else 1)
        site.pages[f"/{name}"] = (200, HTML, page(name, text))
    with full_disk(8_000):
        (result,) = follower.refresh()
    assert (result.error or "").endswith(
        "seeds cannot be written (File too large); nothing has changed, refresh again later"
    )
    assert follower.files() == before
    assert not staged_folder("site", follower.seeds).exists()
    assert list(follower.seeds.rglob("*.part")) == []
    assert follower.plan().changed == ("site/a.md", "site/b.md")


def test_interrupted_check_goes_on(site: LocalSite, follower: Follower) -> None:
    for number in range(5):
        text = f"{number}: {TUNNEL}"
        site.pages[f"/{number}"] = (200, HTML, page(f"P{number}", text))

    site.pages["/s.xml"] = sitemap(*(site.url(f"/{number}") for number in range(5)))
    follower.follow(site.url("/s.xml"), SourceKind.SITEMAP)
    staged = staged_folder("site", follower.seeds)

    def progress(_name: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    (source,) = select_sources(follower.seeds)
    with pytest.raises(KeyboardInterrupt):
        stage(source, follower.seeds, staged, follower.time.client(), progress)
    assert follower.files() == {}
    site.requested.clear()
    follower.time.now -= 86_400  # at once
    assert len(follower.plan().added) == 5
    assert site.requested.count("/0") == 0


def test_crash_while_applying_is_completed(site: LocalSite, follower: Follower) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE)
    follower.refresh(stage_only=True)
    folder = staged_folder("site", follower.seeds)
    (folder / "plan.json").rename(folder / "apply.json")
    with lock_sources(follower.seeds):
        recover(follower.seeds)
    assert list(follower.files()) == ["a.md"]
    assert load_state("site", follower.seeds).files.keys() == {"a.md"}
    assert not folder.exists()


_REFRESH = """
import sys
from pathlib import Path
from index.sources.client import WebClient
from index.sources.refresh import refresh, select_sources
seeds = Path(sys.argv[1])
print("ready", flush=True)
list(refresh(select_sources(seeds), seeds, WebClient(pause_seconds=0)))
print("done", flush=True)
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_at_fifty_moments_leaves_nothing_half_written(
    site: LocalSite, follower: Follower
) -> None:
    """Kill a refresh with new, changed and vanished pages; each time at another moment."""
    rng = random.Random(7)
    names = [f"p{number}" for number in range(12)]
    site.pages["/s.xml"] = sitemap(*(site.url(f"/{name}") for name in names))
    follower.follow(site.url("/s.xml"), SourceKind.SITEMAP, when_gone=WhenGone.REMOVE)
    (follower.seeds / "own.md").write_text(OWN)
    edited = follower.seeds / "site" / "p0.md"
    texts: dict[str, set[str]] = {name: set() for name in names}
    kills = 0
    for moment in range(50):
        for name in names:
            text = f"{name}, edition {moment}: {TUNNEL}"
            gone = rng.random() < 0.2
            texts[name].add(text)
            site.pages[f"/{name}"] = (404, {}, b"") if gone else (200, HTML, page(name, text))
        kills += _kill_refresh(follower.seeds, None if moment % 2 else rng.uniform(0.0, 0.5))
        if moment == 5 and edited.exists():
            edited.write_text(OWN)
        _check_whole(follower, texts, edited if moment >= 5 else None)
    assert kills >= 20
    for name in names:
        site.pages[f"/{name}"] = (200, HTML, page(name, f"{name}, last: {BRIDGE}"))
    follower.refresh()
    for name in names[1:]:
        assert f"{name}, last:" in follower.files()[f"site/{name}.md"]
    assert list((follower.seeds / ".sources").rglob("*.part")) == []


def _kill_refresh(seeds: Path, seconds: float | None) -> bool:
    """Refresh in a process and kill it after some time, or when it begins to write to seeds.

    Returns False if it was done before.
    """
    command = [sys.executable, "-c", _REFRESH, str(seeds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(seconds or 0.0)
        while seconds is None and process.poll() is None:
            if list(seeds.glob(".sources/staged/*/apply.json")):
                break
        process.send_signal(signal.SIGKILL)
        return "done" not in process.stdout.read()


def _check_whole(follower: Follower, texts: dict[str, set[str]], edited: Path | None) -> None:
    files = follower.files()
    assert files.pop("own.md") == OWN
    if edited is not None and edited.exists():
        assert files.pop("site/p0.md") == OWN
    for path, content in files.items():
        name = Path(path).stem
        assert content.rstrip().rsplit("\n", 1)[-1] in texts[name], path
        assert content.startswith("---\n"), path
