import ctypes
import gc
import resource
from pathlib import Path

import pytest

from index.sources.followed import SourceKind
from tests.support.followed_sites import HTML, TUNNEL, Follower, feed, page, sitemap, sitemap_index
from tests.support.local_site import LocalSite

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
HOURS = 7 * 24
PAGE_KB = resource.getpagesize() // 1024


def resident_kb() -> int:
    """Return the memory in use now, without what other tests freed; a peak could hide growth."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KB


def test_sitemap_index_with_five_thousand_pages(site: LocalSite, seeds: Path) -> None:
    follower = Follower(seeds)
    site.pages["/s.xml"] = sitemap_index(*(site.url(f"/{part}.xml") for part in range(10)))
    for part in range(10):
        urls = [site.url(f"/docs/{part * 500 + number}.txt") for number in range(500)]
        site.pages[f"/{part}.xml"] = sitemap(*urls, lastmod="2026-11-01")
        for url in urls:
            path = url.removeprefix(site.url(""))
            site.pages[path] = (200, {"Content-Type": "text/plain"}, f"{path}: {TUNNEL}".encode())
    follower.follow(site.url("/s.xml"), SourceKind.SITEMAP, limit=4_990)
    plan = follower.plan()
    assert len(plan.added) == 4_990
    assert plan.notes == ("it has 5,000 pages; only 4,990 are followed (--limit)",)
    assert len(site.requested) == 1 + 1 + 10 + 4_990
    assert follower.time.now - 1_700_000_000 - 86_400 >= 5_000  # a second between two requests
    site.requested.clear()
    assert follower.plan().is_empty
    assert len(site.requested) == 1 + 1 + 10


def test_week_of_hourly_refreshes_of_twenty_sources(site: LocalSite, seeds: Path) -> None:
    follower = Follower(seeds)
    validators = {"ETag": '"1"'}
    for number in range(10):
        site.pages[f"/p{number}"] = (200, {**HTML, **validators}, page(f"P{number}", TUNNEL))
        follower.follow(site.url(f"/p{number}"), SourceKind.PAGE, f"p{number}", every="1h")
    for number in range(5):
        entry = (f"E{number}", site.url(f"/e{number}"), f"{number}: {TUNNEL}")
        site.pages[f"/f{number}"] = feed(entry)
        follower.follow(site.url(f"/f{number}"), SourceKind.FEED, f"f{number}", every="1h")
    for number in range(5):
        site.pages[f"/s{number}.xml"] = sitemap(site.url(f"/q{number}"), lastmod="2026-11-01")
        site.pages[f"/q{number}"] = (200, HTML, page(f"Q{number}", f"{number}: {TUNNEL}"))
        follower.follow(site.url(f"/s{number}.xml"), SourceKind.SITEMAP, f"s{number}", every="1h")
    changes, in_the_middle = 0, 0
    for hour in range(HOURS):
        follower.time.now += 3600 - 86_400
        text = f"Edition {hour // 24}: {TUNNEL}"
        site.pages["/p0"] = (200, {**HTML, "ETag": f'"{hour // 24}"'}, page("P0", text))
        changes += sum(bool(each.plan and each.plan.changes) for each in follower.refresh())
        if hour == HOURS // 2:
            in_the_middle = resident_kb()
    # robots.txt once a day, every source once an hour, and each page of a sitemap once.
    assert len(site.requested) == 7 + HOURS * 20 + 5
    assert changes == 20 + 6
    assert resident_kb() - in_the_middle < 10_000
