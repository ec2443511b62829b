import gzip
from pathlib import Path

import pytest

from index.sources.followed import SourceKind, WhenGone
from index.sources.ledger import load_state
from index.types import Metadata
from tests.support.articles import read_file
from tests.support.followed_sites import (
    BRIDGE,
    HTML,
    TUNNEL,
    Follower,
    feed,
    page,
    sitemap,
    sitemap_index,
)
from tests.support.local_site import LocalSite

DAY_SECONDS = 86_400


@pytest.fixture
def follower(seeds: Path) -> Follower:
    return Follower(seeds)


def test_page_is_saved_as_it_is_cited(site: LocalSite, follower: Follower) -> None:
    site.pages["/bridge"] = (200, HTML, page("The bridge"))
    follower.follow(site.url("/bridge"), SourceKind.PAGE)
    assert follower.plan().added == ("the-bridge.md",)
    article = read_file(follower.seeds / "the-bridge.md", follower.seeds)
    assert article.metadata == Metadata(
        title="The bridge", publisher="127.0.0.1", url=site.url("/bridge")
    )
    assert [article.text[b.start : b.end] for b in article.blocks] == [BRIDGE]


def test_changed_page_keeps_its_path(site: LocalSite, follower: Follower) -> None:
    site.pages["/bridge"] = (200, HTML, page("The bridge"))
    follower.follow(site.url("/bridge"), SourceKind.PAGE)
    follower.refresh()
    site.pages["/bridge"] = (200, HTML, page("The new bridge", TUNNEL))
    plan = follower.plan()
    assert (plan.added, plan.changed, plan.removed) == ((), ("the-bridge.md",), ())
    assert TUNNEL in follower.files()["the-bridge.md"]
    assert follower.plan().is_empty


def test_unchanged_page_is_asked_for_with_its_validators(
    site: LocalSite, follower: Follower
) -> None:
    tags = {"ETag": '"1"', "Last-Modified": "Tue, 03 Nov 2026 08:00:00 GMT"}
    site.pages["/a"] = (200, {**HTML, **tags}, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE)
    follower.refresh()
    site.pages["/a"] = (304, {}, b"")
    plan = follower.plan()
    assert (plan.is_empty, plan.failures) == (True, ())
    assert site.headers[-1]["If-None-Match"] == '"1"'
    assert site.headers[-1]["If-Modified-Since"] == tags["Last-Modified"]
    state = load_state("site", follower.seeds)
    assert state.checked == follower.time.now
    assert state.pages[site.url("/a")].checked == follower.time.now


def test_failure_keeps_the_last_good_text(site: LocalSite, follower: Follower) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE)
    follower.refresh()
    before = follower.files()
    for response in (
        (500, {}, b"oops"),
        (200, HTML, b"<html><body></body></html>"),
        (302, {"Location": "/a"}, b""),
        (302, {"Location": "http://elsewhere.example/"}, b""),
        (200, {"Content-Type": "image/png"}, b"\x89PNG"),
        (200, {**HTML, "Content-Encoding": "gzip"}, gzip.compress(b"x" * 30_000_000)),
    ):
        site.pages["/a"] = response
        plan = follower.plan()
        assert plan.is_empty
        assert len(plan.failures) == 1 or plan.failures[0] in plan.failures[1]
        assert follower.files() == before


def test_gone_twice_is_gone(site: LocalSite, follower: Follower) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE, when_gone=WhenGone.REMOVE)
    follower.refresh()
    site.pages["/a"] = (404, {}, b"")
    assert follower.plan().removed == ()
    site.pages["/a"] = (500, {}, b"")
    assert follower.plan().removed == ()
    site.pages["/a"] = (410, {}, b"")
    assert follower.plan().removed == ("a.md",)
    assert follower.files() == {}


def test_page_that_comes_back_is_not_gone(site: LocalSite, follower: Follower) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE, when_gone=WhenGone.REMOVE)
    follower.refresh()
    for response in ((404, {}, b""), (200, HTML, page("A")), (404, {}, b"")):
        site.pages["/a"] = response
        assert follower.plan().removed == ()
    assert list(follower.files()) == ["a.md"]


@pytest.mark.parametrize("when_gone", [WhenGone.KEEP, WhenGone.ASK])
def test_gone_article_stays_unless_removal_is_chosen(
    site: LocalSite, follower: Follower, when_gone: WhenGone
) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE, when_gone=when_gone)
    follower.refresh()
    site.pages["/a"] = (404, {}, b"")
    plans = [follower.plan() for _ in range(3)]
    asked = ("a.md",) if when_gone is WhenGone.ASK else ()
    assert [plan.to_confirm for plan in plans] == [(), asked, asked]
    assert list(follower.files()) == ["a.md"]


def test_section_is_read_breadth_first_up_to_the_limit(site: LocalSite, follower: Follower) -> None:
    site.pages["/guide/"] = (200, HTML, page("Guide", links=("a", "b/", "/other", "pic.png")))
    site.pages["/guide/a"] = (200, HTML, page("A", f"A: {BRIDGE}", links=("a/deep", "b/#x")))
    site.pages["/guide/b/"] = (200, HTML, page("B", f"B: {TUNNEL}", links=("?page=2",)))
    site.pages["/guide/a/deep"] = (200, HTML, page("Deep", f"Deep: {TUNNEL}"))
    follower.follow(site.url("/guide/"), SourceKind.SECTION, into="docs", limit=3)
    plan = follower.plan()
    assert plan.added == ("docs/guide.md", "docs/a.md", "docs/b.md")
    assert plan.notes == ("it has 4 pages or more; only 3 are followed (--limit)",)
    assert site.requested == ["/robots.txt", "/guide/", "/guide/a", "/guide/b/"]


def test_section_that_loops_ends(site: LocalSite, follower: Follower) -> None:
    site.pages["/guide/"] = (200, HTML, page("Guide", links=("1", "../guide/", "self")))
    site.pages["/guide/self"] = (302, {"Location": "/guide/self"}, b"")
    for number in range(1, 30):
        site.pages[f"/guide/{number}"] = (
            *(200, HTML),
            page(f"P{number}", f"Page {number}: {BRIDGE}", links=(str(number + 1), "/guide/1")),
        )
    follower.follow(site.url("/guide/"), SourceKind.SECTION, limit=10)
    plan = follower.plan()
    assert len(plan.added) == 9
    assert plan.checked == 10
    assert "over 5 redirects" in plan.failures[0]


def test_new_page_of_a_section_is_found(site: LocalSite, follower: Follower) -> None:
    site.pages["/g/"] = (200, HTML, page("G", links=("a",)))
    site.pages["/g/a"] = (200, HTML, page("A", TUNNEL))
    follower.follow(site.url("/g/"), SourceKind.SECTION)
    follower.refresh()
    site.pages["/g/a"] = (200, HTML, page("A", TUNNEL, links=("b",)))
    site.pages["/g/b"] = (200, HTML, page("B", "The boat leaves at noon from the small pier."))
    assert follower.plan().added == ("site/b.md",)


def test_patterns_select_pages(site: LocalSite, follower: Follower) -> None:
    site.pages["/g/"] = (200, HTML, page("G", links=("en/a", "de/a", "en/old")))
    for path in ("en/a", "de/a", "en/old"):
        site.pages[f"/g/{path}"] = (200, HTML, page(path, f"{path}: {TUNNEL}"))
    follower.follow(site.url("/g/"), SourceKind.SECTION, include=("*/en/*",), exclude=("old",))
    assert follower.plan().added == ("site/en-a.md",)


def test_excluded_later_means_gone(site: LocalSite, follower: Follower) -> None:
    site.pages["/g/"] = (200, HTML, page("G", links=("a", "b")))
    site.pages["/g/a"] = (200, HTML, page("A", TUNNEL))
    site.pages["/g/b"] = (200, HTML, page("B", f"B: {TUNNEL}"))
    follower.follow(site.url("/g/"), SourceKind.SECTION)
    follower.refresh()
    follower.follow(site.url("/g/"), SourceKind.SECTION, exclude=("/b",), when_gone=WhenGone.REMOVE)
    assert follower.plan().removed == ("site/b.md",)


def test_sitemap_index_with_gzip_and_foreign_urls(site: LocalSite, follower: Follower) -> None:
    site.pages["/sitemap.xml"] = sitemap_index(
        site.url("/1.xml.gz"), site.url("/2.txt"), site.url("/none.xml"), "http://other.example/x"
    )
    site.pages["/1.xml.gz"] = (
        *(200, {"Content-Type": "application/gzip"}),
        gzip.compress(sitemap(site.url("/a"), "http://other.example/b")),
    )
    site.pages["/2.txt"] = site.url("/b").encode()
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    site.pages["/b"] = (200, HTML, page("B"))
    follower.follow(site.url("/sitemap.xml"), SourceKind.SITEMAP)
    plan = follower.plan()
    assert plan.added == ("site/a.md", "site/b.md")
    assert "404" in plan.notes[0]


def test_sitemap_dates_save_requests(site: LocalSite, follower: Follower) -> None:
    urls = [site.url(f"/{name}") for name in "abc"]
    for name in "abc":
        site.pages[f"/{name}"] = (200, HTML, page(name, f"{name}: {TUNNEL}"))
    site.pages["/s.xml"] = sitemap(*urls, lastmod="2026-11-01")
    follower.follow(site.url("/s.xml"), SourceKind.SITEMAP)
    follower.refresh()
    site.requested.clear()
    assert follower.plan().is_empty
    assert site.requested == ["/robots.txt", "/s.xml"]
    state = load_state("site", follower.seeds)
    assert {page.checked for page in state.pages.values()} == {follower.time.now}
    site.pages["/s.xml"] = sitemap(*urls, lastmod="2026-11-20")
    site.requested.clear()
    follower.refresh()
    assert site.requested == ["/robots.txt", "/s.xml", "/a", "/b", "/c"]


def test_sitemap_bomb_is_refused(site: LocalSite, follower: Follower) -> None:
    site.pages["/s.xml.gz"] = gzip.compress(b"<urlset>" + b" " * 50_000_000)
    follower.follow(site.url("/s.xml.gz"), SourceKind.SITEMAP)
    assert "more than 20,000,000 bytes" in follower.plan().failures[0]


@pytest.mark.parametrize(
    ("kind", "listing", "note"),
    [
        (SourceKind.SITEMAP, sitemap(), "it lists no pages to follow"),
        (
            SourceKind.SITEMAP,
            sitemap_index("http://127.0.0.1:1/other.xml"),
            "it lists no pages to follow",
        ),
        (SourceKind.FEED, feed(), "it lists no pages to follow"),
        (SourceKind.FEED, feed(("A", "", "")), "none of its pages is an article: "),
    ],
)
def test_a_listing_without_articles_says_why(
    site: LocalSite, follower: Follower, kind: SourceKind, listing: bytes, note: str
) -> None:
    site.pages["/list"] = listing
    follower.follow(site.url("/list"), kind)
    plan = follower.plan()
    assert plan.is_empty
    assert [each.startswith(note) for each in plan.notes] == [True]


def test_feed_entries_change_and_stay(site: LocalSite, follower: Follower) -> None:
    one, two = site.url("/1"), site.url("/2")
    site.pages["/feed"] = feed(("One", one, BRIDGE), ("Two", two, TUNNEL))
    follower.follow(site.url("/feed"), SourceKind.FEED, "daily-post")
    assert follower.plan().added == ("daily-post/one.md", "daily-post/two.md")
    site.pages["/feed"] = feed(("Two", two, f"{TUNNEL} It rains."))
    assert follower.plan().changed == ("daily-post/two.md",)
    assert set(follower.files()) == {"daily-post/one.md", "daily-post/two.md"}
    assert site.requested.count("/1") == 0


def rss(site: LocalSite, summary: str) -> bytes:
    return (
        f"<rss><channel><title>Post</title><item><title>A</title><link>{site.url('/a')}</link>"
        f"<description>{summary}</description></item></channel></rss>"
    ).encode()


@pytest.mark.parametrize("status", [403, 404, 500])
def test_summary_stays_current_where_the_page_cannot_be_read(
    site: LocalSite, follower: Follower, status: int
) -> None:
    site.pages["/a"] = (status, {}, b"")
    site.pages["/feed"] = rss(site, BRIDGE)
    follower.follow(site.url("/feed"), SourceKind.FEED, "post", when_gone=WhenGone.REMOVE)
    assert follower.plan().added == ("post/a.md",)
    site.pages["/feed"] = rss(site, TUNNEL)
    assert follower.plan().changed == ("post/a.md",)
    for _ in range(3):
        follower.time.now += 8 * DAY_SECONDS
        plan = follower.plan()
        assert plan.is_empty
        assert not plan.failures
    assert TUNNEL in follower.files()["post/a.md"]
    site.pages["/a"] = (200, HTML, page("A", f"{TUNNEL} It rains."))
    follower.time.now += 8 * DAY_SECONDS
    assert follower.plan().changed == ("post/a.md",)


def test_summary_only_entry_is_fetched_when_the_feed_changes(
    site: LocalSite, follower: Follower
) -> None:
    site.pages["/feed"] = rss(site, "About the tunnel and the bridge.")
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    follower.follow(site.url("/feed"), SourceKind.FEED, "post")
    follower.refresh()
    assert TUNNEL in follower.files()["post/a.md"]
    follower.refresh()
    assert site.requested.count("/a") == 1
    site.pages["/a"] = (500, {}, b"")
    site.pages["/feed"] = rss(site, "About something else entirely.")
    plan = follower.plan()
    assert plan.is_empty
    assert "500" in plan.failures[0]
    assert TUNNEL in follower.files()["post/a.md"]


def test_private_addresses_are_refused(site: LocalSite, follower: Follower) -> None:
    from index.sources.followed import FollowedSource, save_followed

    site.pages["/a"] = (200, HTML, page("A"))
    save_followed(FollowedSource("a", site.url("/a"), SourceKind.PAGE), follower.seeds)
    assert "a private address" in follower.plan().failures[0]
    assert site.requested == []


def test_robots_are_obeyed(site: LocalSite, follower: Follower) -> None:
    site.pages["/robots.txt"] = b"User-agent: *\nDisallow: /g/secret\nCrawl-delay: 7"
    site.pages["/g/"] = (200, HTML, page("G", links=("a", "secret")))
    site.pages["/g/a"] = (200, HTML, page("A", TUNNEL))
    follower.follow(site.url("/g/"), SourceKind.SECTION)
    plan = follower.plan()
    assert plan.added == ("site/g.md", "site/a.md")
    assert "disallows it" in plan.failures[0]
    assert "/g/secret" not in site.requested
    assert [round(s) for s in follower.time.slept if s] == [7, 7]


def test_busy_host_is_left_alone(site: LocalSite, follower: Follower) -> None:
    site.pages["/g/"] = (200, HTML, page("G", links=("a", "b")))
    site.pages["/g/a"] = (429, {"Retry-After": "90000"}, b"")
    site.pages["/g/b"] = (200, HTML, page("B", TUNNEL))
    follower.follow(site.url("/g/"), SourceKind.SECTION, every="1h")
    plan = follower.plan()
    assert plan.added == ("site/g.md",)
    assert "429" in plan.failures[0]
    assert "/g/b" not in site.requested
    assert plan.state.next_check == pytest.approx(follower.time.now + 90_000, abs=5)


def test_short_retry_after_is_waited_for(site: LocalSite, follower: Follower) -> None:
    answers = iter([(503, {"Retry-After": "12"}, b""), (200, HTML, page("A"))])

    def respond(handler: object) -> None:
        from tests.support.local_site import respond as send

        send(handler, next(answers))  # type: ignore[arg-type]

    site.pages["/a"] = respond
    follower.follow(site.url("/a"), SourceKind.PAGE)
    assert follower.plan().added == ("a.md",)
    assert 12 in follower.time.slept


def test_site_that_is_down_is_given_up(site: LocalSite, follower: Follower) -> None:
    site.pages["/s.xml"] = sitemap(*(site.url(f"/{number}") for number in range(50)))
    for number in range(50):
        site.pages[f"/{number}"] = (500, {}, b"")
    follower.follow(site.url("/s.xml"), SourceKind.SITEMAP)
    plan = follower.plan()
    assert "as 5 pages before it" in plan.failures[0]
    assert len(site.requested) == 2 + 6


def test_failing_source_is_tried_again_sooner(site: LocalSite, follower: Follower) -> None:
    follower.follow(site.url("/a"), SourceKind.PAGE, every="1w")
    waits = []
    for _ in range(3):
        plan = follower.plan()
        waits.append(round((plan.state.next_check or 0) - follower.time.now))
    assert waits == [3600, 7200, 14_400]
