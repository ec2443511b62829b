import json
from pathlib import Path

import pytest

from index.ingest.web.robots import RobotsCache
from index.sources.followed import SourceKind
from index.sources.refresh import preview, refresh, select_sources
from index.sources.robots_file import keep_robots, load_robots
from tests.support.followed_sites import HTML, FakeTime, Follower, page
from tests.support.local_site import LocalSite

HOUR = 3600.0


@pytest.fixture
def follower(site: LocalSite, seeds: Path) -> Follower:
    site.pages["/a"] = (200, HTML, page("A"))
    follower = Follower(seeds)
    follower.follow(site.url("/a"), SourceKind.PAGE)
    return follower


def fetches(site: LocalSite, follower: Follower, hours: float = 0.0) -> int:
    """Refresh some hours later; return how often robots.txt was fetched."""
    follower.time.now += hours * HOUR
    site.requested.clear()
    sources = select_sources(follower.seeds)
    list(refresh(sources, follower.seeds, follower.time.client()))
    return site.requested.count("/robots.txt")


def test_rules_hold_for_a_day_across_refreshes(site: LocalSite, follower: Follower) -> None:
    assert [fetches(site, follower, hours) for hours in (0, 1, 22, 1, 1)] == [1, 0, 0, 1, 0]


def test_cache_control_shortens_that_day(site: LocalSite, follower: Follower) -> None:
    site.pages["/robots.txt"] = (200, {"Cache-Control": "public, max-age=7200"}, b"")
    assert [fetches(site, follower, hours) for hours in (0, 1, 1.1)] == [1, 0, 1]


def test_kept_rules_are_obeyed(site: LocalSite, follower: Follower) -> None:
    site.pages["/robots.txt"] = b"User-agent: *\nDisallow: /a\nCrawl-delay: 9"
    fetches(site, follower)
    site.pages["/robots.txt"] = b""
    assert fetches(site, follower, 1) == 0
    assert site.requested == []
    assert fetches(site, follower, 24) == 1
    assert site.requested == ["/robots.txt", "/a"]


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_server_is_asked_again(site: LocalSite, follower: Follower, status: int) -> None:
    site.pages["/robots.txt"] = (status, {}, b"")
    assert fetches(site, follower) == 1
    assert site.requested == ["/robots.txt"]
    site.pages["/robots.txt"] = b""
    assert fetches(site, follower, 1) == 1
    assert "/a" in site.requested


def test_clock_that_goes_back_fetches_rules_again(site: LocalSite, follower: Follower) -> None:
    assert [fetches(site, follower, hours) for hours in (0, -100, 1)] == [1, 1, 0]


def test_damaged_file_is_replaced(site: LocalSite, follower: Follower) -> None:
    fetches(site, follower)
    path = follower.seeds / ".sources" / "robots"
    for damage in ("{", "[]", '{"a": 1}'):
        path.write_text(damage)
        assert fetches(site, follower) == 1
        assert list(load_robots(follower.seeds)) == [site.url("/robots.txt")]


def test_dry_run_uses_kept_rules_and_saves_none(site: LocalSite, follower: Follower) -> None:
    sources = select_sources(follower.seeds)
    list(preview(sources, follower.seeds, follower.time.client()))
    assert load_robots(follower.seeds) == {}
    fetches(site, follower)
    site.requested.clear()
    list(preview(sources, follower.seeds, follower.time.client()))
    assert site.requested == ["/a"]


def test_hostile_hosts_do_not_fill_the_disk(seeds: Path) -> None:
    time = FakeTime()
    cache = RobotsCache(time.clock)
    for number in range(30):
        time.now += 1
        cache.put(f"http://{number}.example/robots.txt", "#" * 400_000)
    with keep_robots(cache, seeds):
        pass
    kept = load_robots(seeds)
    assert len(kept) == 12
    assert "http://29.example/robots.txt" in kept
    assert len(json.dumps(list(kept))) < 1_000


@pytest.mark.parametrize(
    ("cache_control", "seconds"),
    [
        ("", 86_400),
        ("max-age=7200", 7_200),
        ('private, Max-Age="7200"', 7_200),
        ("s-maxage=5, max-age=7200", 7_200),
        ("max-age=99999999", 86_400),
        ("max-age=0", 600),
        ("no-store", 600),
        ("max-age=nonsense", 86_400),
    ],
)
def test_lifetime_is_between_ten_minutes_and_a_day(cache_control: str, seconds: int) -> None:
    time = FakeTime()
    cache = RobotsCache(time.clock)
    cache.put("u", "", cache_control)
    time.now += seconds - 1
    assert cache.get("u") is not None
    time.now += 1
    assert cache.get("u") is None
    assert cache.files == {}
