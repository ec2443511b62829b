"""Start to follow a source: find out its kind, name it, and add it to ``sources.toml``."""

import tempfile
from dataclasses import replace
from pathlib import Path

from index.errors import ReadError, SourceError
from index.ingest.convert import detect_suffix, feed_folder
from index.ingest.readers.feed import parse_feed
from index.ingest.web.addresses import parse_url
from index.ingest.web.fetch import Fetched
from index.sources.client import WebClient
from index.sources.followed import (
    FollowedSource,
    SourceKind,
    check_folder_name,
    parse_interval,
    read_followed,
    save_followed,
    source_name,
)
from index.sources.git.check import check_remote
from index.sources.git.location import GitLocation, parse_git_url
from index.sources.ledger import load_state
from index.sources.links import links_below, section_base
from index.sources.refresh import unfollow
from index.sources.sitemap import is_sitemap

_MIN_SECTION_LINKS = 2  # a single article links to itself and its comments at most


def follow(
    source: FollowedSource, seeds: Path, *, kind: SourceKind | None = None
) -> FollowedSource:
    """Add a source to ``sources.toml``, or change the one with its URL and folder; return it.

    The same URL in another folder is another source: servers may have folders of their own. The
    name and the kind are found out, unless ``kind`` is given. Nothing is fetched into seeds.
    Raises SourceError and ReadError.
    """
    parse_interval(source.every)
    check_folder_name(source.into)
    source = identify(source, kind, WebClient(pause_seconds=0))
    followed = read_followed(seeds)
    place = (source.url, source.into)
    known = next((each.name for each in followed if (each.url, each.into) == place), None)
    taken = [each.name for each in followed]
    source = replace(source, name=known or source_name(source.name or source.url, taken))
    save_followed(source, seeds)
    return source


def identify(source: FollowedSource, kind: SourceKind | None, client: WebClient) -> FollowedSource:
    """Fetch a source's URL and return it with its kind, its final URL and a name to start from.

    Raises ReadError if there is nothing to follow.
    """
    location = parse_git_url(source.url.strip())
    if kind is SourceKind.GIT or (kind is None and location is not None):
        return _identify_git(source, location or GitLocation(source.url.strip()))
    url = parse_url(source.url.strip()).geturl()
    fetched = client.fetch(url, allow_private=source.private)
    if fetched is None:
        raise ReadError(f"{url}: the server sent no document")
    found = kind or detect_kind(fetched)
    return replace(source, url=fetched.url, kind=found, name=_title_of_feed(fetched, found))


def _identify_git(source: FollowedSource, location: GitLocation) -> FollowedSource:
    """Return a source with the kind of a git repository. Raises ReadError if there is none."""
    with tempfile.TemporaryDirectory(prefix="quoth-git-") as folder:
        try:
            check_remote(location, Path(folder), allow_private=source.private)
        except ReadError as error:
            raise ReadError(f"{source.url.strip()}: {error}") from error
    place = "/".join(filter(None, (location.remote, location.folder)))
    return replace(source, url=source.url.strip(), kind=SourceKind.GIT, name=place)


def detect_kind(fetched: Fetched) -> SourceKind:
    """Return the kind of source that a fetched document is. Raises ReadError."""
    if is_sitemap(fetched):
        return SourceKind.SITEMAP
    suffix = detect_suffix(fetched)
    if suffix == ".rss":
        return SourceKind.FEED
    is_section = suffix == ".html" and _has_section(fetched)
    return SourceKind.SECTION if is_section else SourceKind.PAGE


def _has_section(fetched: Fetched) -> bool:
    """Return whether an HTML page links to pages below its own path."""
    base = section_base(fetched.url)
    if base.rstrip("/") != fetched.url.split("?")[0].rstrip("/"):
        return False  # page.html: its folder may hold anything
    below = [link for link in links_below(fetched, base) if link.rstrip("/") != base.rstrip("/")]
    return len(below) >= _MIN_SECTION_LINKS


def _title_of_feed(fetched: Fetched, kind: SourceKind) -> str:
    """Return the title of a feed, which names its folder; "" for other kinds."""
    if kind is not SourceKind.FEED:
        return ""
    metadata, entries = parse_feed(fetched.data)
    if not entries:
        raise SourceError(f"the feed {fetched.url} has no entries yet; follow it later")
    return feed_folder(metadata.title, fetched.url)


def drop_if_empty(source: FollowedSource, seeds: Path) -> bool:
    """Stop following a source of which nothing could be saved; return whether that was done."""
    if load_state(source.name, seeds).files:
        return False
    unfollow(source.name, seeds)
    return True
