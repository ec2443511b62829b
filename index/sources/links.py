"""Find the links of a page that lead below a path, for docs sections."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import urljoin, urlsplit

from index.errors import ReadError
from index.ingest.readers.html.source import decode_html, parse_html
from index.ingest.web.addresses import parse_url
from index.ingest.web.fetch import Fetched

_PAGE_SUFFIXES = {".html", ".htm", ".xhtml", ".php", ".asp", ".aspx", ".jsp"}
_OTHER_FILES = re.compile(
    r"\.(?:png|jpe?g|gif|svg|webp|avif|ico|bmp|mp[34]|webm|ogg|wav|css|js|mjs|json|xml|rss|atom"
    r"|zip|t?gz|tar|bz2|xz|7z|exe|dmg|deb|rpm|apk|jar|whl|woff2?|ttf|csv|xlsx?|pptx?|ics|map)\Z",
    re.IGNORECASE,
)
_NOT_ARTICLES = {"feed", "amp", "genindex.html", "search.html", "py-modindex.html", "_sources"}
_MAX_PATH_PARTS = 20  # of a URL; deeper ones come from links that loop


def section_base(url: str) -> str:
    """Return the URL below which a section's pages are: ``url`` itself, or its folder."""
    parts = urlsplit(url)
    folder, _, last = parts.path.rpartition("/")
    if PurePosixPath(last).suffix.lower() in _PAGE_SUFFIXES:
        path = f"{folder}/"
    else:
        path = parts.path.rstrip("/") + "/"
    return parts._replace(path=path, query="", fragment="").geturl()


def is_below(url: str, base: str) -> bool:
    """Return whether a URL is in a section; ``www.`` and the scheme make no difference."""
    url_parts, base_parts = urlsplit(url), urlsplit(base)
    same_host = _host(url_parts.netloc) == _host(base_parts.netloc)
    return same_host and f"{url_parts.path.rstrip('/')}/".startswith(base_parts.path)


def same_host(url: str, other: str) -> bool:
    """Return whether two URLs have the same host, with or without ``www.``."""
    return _host(urlsplit(url).netloc) == _host(urlsplit(other).netloc)


def links_below(fetched: Fetched, base: str) -> list[str]:
    """Return the links of an HTML page that lead to pages below ``base``, in reading order.

    Links with a query are left out: they are other views of the same pages.
    """
    try:
        tree = parse_html(decode_html(fetched.data))
    except ReadError:
        return []
    found = tree.xpath("//base/@href")
    root = _join(fetched.url, str(found[0])) if found else fetched.url
    return list(dict.fromkeys(_page_links(tree.xpath("//a[@href]/@href"), root or "", base)))


def _page_links(links: list[str], root: str, base: str) -> Iterator[str]:
    for link in links:
        url = _join(root, str(link))
        if url is None or not is_below(url, base):
            continue
        parts = urlsplit(url)
        path = PurePosixPath(parts.path)
        is_page = not _OTHER_FILES.search(path.name) and _NOT_ARTICLES.isdisjoint(path.parts)
        if is_page and not parts.query and len(path.parts) <= _MAX_PATH_PARTS:
            yield url


def _join(root: str, link: str) -> str | None:
    """Resolve and normalize a link; None for one that is not http or https."""
    try:
        return parse_url(urljoin(root, link.strip())).geturl()
    except (ReadError, ValueError):
        return None


def _host(netloc: str) -> str:
    return netloc.lower().removeprefix("www.")
