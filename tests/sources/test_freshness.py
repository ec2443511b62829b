from pathlib import Path

from bot.text.messages import ENGLISH
from bot.ui.answers.citation_text import citation_text, source_text
from index.build.pipeline import build
from index.searcher import Searcher
from index.sources.followed import SourceKind
from index.sources.freshness import FollowedArticles, Freshness
from index.store.local import LocalStore
from index.types import Citation, Metadata, Source
from tests.support.followed_sites import HTML, Follower, page
from tests.support.local_site import LocalSite

DAY = 86_400.0


def test_articles_have_the_day_of_their_last_check(site: LocalSite, seeds: Path) -> None:
    follower = Follower(seeds)
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE, every="1d")
    follower.refresh()
    (seeds / "own.md").write_text("My own text, which is not followed.")
    articles = FollowedArticles(seeds, follower.time.clock)
    assert articles.get("a.md") == Freshness("2023-11-15", is_stale=False)
    assert articles.get("own.md") is None
    site.pages["/a"] = (500, {}, b"")
    for _ in range(3):
        follower.refresh()
    assert articles.get("a.md") == Freshness("2023-11-15", is_stale=True)
    assert articles.stale_since("a.md") == "2023-11-15"
    site.pages["/a"] = (200, HTML, page("A"))
    follower.refresh()
    follower.time.now += 60
    assert articles.get("a.md") == Freshness("2023-11-19", is_stale=False)


def test_unreadable_ledger_says_nothing(seeds: Path) -> None:
    (seeds / "sources.toml").write_text("[")
    assert FollowedArticles(seeds).get("a.md") is None


def test_citation_says_when_its_article_was_checked(site: LocalSite, seeds: Path) -> None:
    follower = Follower(seeds)
    site.pages["/a"] = (200, HTML, page("A"))
    follower.follow(site.url("/a"), SourceKind.PAGE)
    follower.refresh()
    index = seeds.parent / "index"
    build(seeds, index)
    checked = FollowedArticles(seeds, follower.time.clock).checked
    with Searcher.open_from(LocalStore(index), last_checked=checked) as searcher:
        citation = searcher.quoter.cite(1, searcher.passage("a.md", 1))
    assert citation.checked == "2023-11-15"
    assert "· checked 15 Nov 2023 · paragraph 1" in citation_text(citation, ENGLISH)


def test_citation_of_other_articles_says_nothing() -> None:
    assert "checked" not in citation_text(Citation(1, "a.md", Metadata("A"), 1), ENGLISH)


def test_list_marks_stale_articles() -> None:
    source = Source("a.md", Metadata("A"), 1, "")
    assert "⚠️" not in source_text(source, ENGLISH)
    stale = source_text(source, ENGLISH, "2023-11-15")
    assert stale.endswith("\n-# ⚠️ its source has not been checked since 15 Nov 2023")
