"""Pages, feeds and sitemaps for tests of followed sources, and a clock that they control."""

from dataclasses import dataclass, field
from pathlib import Path

from index.sources.client import WebClient
from index.sources.followed import FollowedSource, SourceKind, save_followed
from index.sources.refresh import RefreshResult, refresh, select_sources
from index.sources.staging import Plan

BRIDGE = "The bridge was closed in May, and nobody knows why it was not opened again in June."
TUNNEL = "The tunnel below the river is open at night, except when the water is high."
HTML = {"Content-Type": "text/html"}


def page(title: str, text: str = BRIDGE, links: tuple[str, ...] = ()) -> bytes:
    anchors = "".join(f'<li><a href="{link}">{link}</a></li>' for link in links)
    return (
        f"<html><head><title>{title}</title></head><body><main><h1>{title}</h1><p>{text}</p>"
        f"</main><nav><ul>{anchors}</ul></nav></body></html>"
    ).encode()


def sitemap(*urls: str, lastmod: str = "") -> bytes:
    date = f"<lastmod>{lastmod}</lastmod>" if lastmod else ""
    entries = "".join(f"<url><loc>{url}</loc>{date}</url>" for url in urls)
    return (
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'.encode()
    )


def sitemap_index(*urls: str) -> bytes:
    entries = "".join(f"<sitemap><loc>{url}</loc></sitemap>" for url in urls)
    return f"<sitemapindex>{entries}</sitemapindex>".encode()


def feed(*entries: tuple[str, str, str]) -> bytes:
    """Return a feed of entries, each with title, link and full text."""
    items = "".join(
        f"<item><title>{title}</title><link>{link}</link>"
        f"<content:encoded><![CDATA[<p>{text}</p>]]></content:encoded></item>"
        for title, link, text in entries
    )
    return (
        '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Daily Post</title>{items}</channel></rss>"
    ).encode()


@dataclass
class FakeTime:
    """A clock that sleeping moves."""

    now: float = 1_700_000_000.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def client(self) -> WebClient:
        return WebClient(self.clock, self.sleep)


@dataclass
class Follower:
    """Follow sources on a local site and refresh them."""

    seeds: Path
    time: FakeTime = field(default_factory=FakeTime)

    def follow(
        self, url: str, kind: SourceKind, name: str = "site", **options: object
    ) -> FollowedSource:
        source = FollowedSource(name, url, kind, private=True, **options)  # type: ignore[arg-type]
        save_followed(source, self.seeds)
        return source

    def refresh(self, *names: str, stage_only: bool = False) -> list[RefreshResult]:
        self.time.now += 86_400
        sources = select_sources(self.seeds, names)
        return list(refresh(sources, self.seeds, self.time.client(), stage_only=stage_only))

    def plan(self, *names: str) -> Plan:
        (result,) = self.refresh(*names)
        assert result.plan is not None, result.error
        return result.plan

    def files(self) -> dict[str, str]:
        """Return the visible files in seeds with their contents."""
        return {
            path.relative_to(self.seeds).as_posix(): path.read_text("utf-8")
            for path in sorted(self.seeds.rglob("*"))
            if path.is_file() and ".sources" not in path.parts and path.name != "sources.toml"
        }
