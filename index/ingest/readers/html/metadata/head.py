"""Collect what a page says about itself in its <head>: <meta> elements, links and JSON-LD."""

import json
import re
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from itertools import chain
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from index.ingest.parsing.normalize import clean_value, http_link

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_NAME_ATTRIBUTES = ("property", "name", "itemprop")
_SITE_METAS = ("application-name", "publisher", "dc.publisher", "article:publisher", "copyright")
_RIGHTS = re.compile(r"\A\W*(?:copyright|\(c\)|©)?\W*(?:(?:19|20)\d\d\W+)*(?:by )?", re.IGNORECASE)
_MAX_OBJECTS = 2_000
_NOT_THE_ARTICLE = re.compile(r"Comment|Review|Rating|Answer|Offer|Image|Video|Audio|Person")


@dataclass(frozen=True, slots=True)
class HeadMetadata:
    """Metadata of a page: contents of <meta> by name in lower case, and the objects of JSON-LD.

    ``unparsed`` is the source of JSON-LD that is not valid JSON; ``links`` are by their rel, by
    ``base`` and by ``x-default``, the address of a page in no certain language.
    """

    metas: Mapping[str, list[str]]
    objects: tuple[Mapping[str, Any], ...]
    unparsed: str
    title: str
    links: Mapping[str, list[str]]

    def meta(self, *names: str) -> Iterator[str]:
        """Yield the contents of the <meta> elements with these names, in the order of names."""
        for name in names:
            yield from self.metas.get(name, ())

    def titles(self) -> Iterator[str]:
        """Yield the titles of the page: those for previews, the article's, the window's."""
        yield from self.meta("og:title", "twitter:title")
        yield from self.values("headline")
        yield from filter(None, [self.title])
        yield from self.meta("dc.title", "dcterms.title", "citation_title")

    def values(self, key: str) -> Iterator[str]:
        """Yield the texts that JSON-LD gives for a key such as ``headline``."""
        for item in self.objects:
            if isinstance(item.get(key), str):
                yield unescape(item[key])
        for match in re.finditer(rf'"{key}"\s*:\s*"((?:[^"\\]|\\.){{1,500}})"', self.unparsed):
            yield _unescape_json(match[1])

    def authors(self) -> Iterator[str]:
        """Yield the names of the authors of the first object in JSON-LD that names any."""
        names_by_id = self._names_by_id()
        for item in self.objects:
            names = [*_names(item.get("author"), names_by_id)]
            if names and not _NOT_THE_ARTICLE.search(str(item.get("@type"))):
                yield from names
                return

    def people(self) -> set[str]:
        """Return the names that JSON-LD gives to people."""
        people = (item for item in self.objects if "Person" in str(item.get("@type")))
        return {unescape(str(item["name"])) for item in people if item.get("name")}

    def url(self) -> str | None:
        """Return the address that the page gives for itself, or that its links start from."""
        canonical, *others = (
            self.links.get(kind, []) for kind in ("canonical", "base", "x-default")
        )
        links = [*canonical, *self.meta("og:url", "twitter:url"), *chain(*others)]
        bases = map(http_link, (*links, *self.meta("og:image", "twitter:image")))
        base = next(filter(None, bases), "")
        absolute = (http_link(_join(base, link)) for link in links if link)
        return next(filter(None, absolute), None)

    def site_names(self) -> Iterator[str]:
        """Yield the names of the site or its publisher, the surest first."""
        yield from self.meta("og:site_name")
        sites = (item for item in self.objects if item.get("@type") == "WebSite")
        yield from _names([item.get("name") for item in sites], {})
        yield from _names([item.get("publisher") for item in self.objects], self._names_by_id())
        names = self.meta(*_SITE_METAS)
        yield from (_RIGHTS.sub("", name) for name in names if not name.startswith("http"))

    def publisher(self) -> str | None:
        """Return the name of the site, or its host."""
        return clean_value(next(self.site_names(), host(self.url())))

    def _names_by_id(self) -> dict[str, str]:
        return {str(item.get("@id")): str(item["name"]) for item in self.objects if "name" in item}


def read_head(tree: "HtmlElement") -> HeadMetadata:
    """Collect the metadata of a page."""
    metas: dict[str, list[str]] = defaultdict(list)
    for meta in tree.iter("meta"):
        name = next(filter(None, map(meta.get, _NAME_ATTRIBUTES)), "")
        content = " ".join((meta.get("content") or "").split())
        if content:
            metas[name.lower()].append(content)
    links: dict[str, list[str]] = defaultdict(list)
    for link in tree.iter("link", "base"):
        kind = "base" if link.tag == "base" else link.get("hreflang") or link.get("rel") or ""
        links[kind].append(link.get("href") or "")
    objects, unparsed = _json_objects(tree)
    title = " ".join((tree.findtext(".//title") or "").split())
    return HeadMetadata(metas, objects, unparsed, title, links)


def host(link: str | None) -> str:
    """Return the host of a link, without www."""
    try:
        name = urlsplit(link or "").hostname or ""
        return name.encode("ascii", "ignore").decode("idna").removeprefix("www.")
    except ValueError:
        return ""


def _join(base: str, link: str) -> str:
    try:
        return urljoin(base, link)
    except ValueError:
        return ""


def _json_objects(tree: "HtmlElement") -> tuple[tuple[Mapping[str, Any], ...], str]:
    """Return the objects in the page's JSON-LD, outer ones first, and what is not valid JSON."""
    waiting: deque[object] = deque()
    unparsed = ""
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or ""):
            text = script.text or ""
            value = _parse_json(text)
            waiting.append(value)
            unparsed += "" if value else text
    objects: list[Mapping[str, Any]] = []
    while waiting and len(objects) < _MAX_OBJECTS:
        value = waiting.popleft()
        if isinstance(value, dict):
            objects.append(value)
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return tuple(objects), unparsed


def _parse_json(text: str) -> object:
    for source in (text, unescape(text)):
        try:
            return json.loads(source, strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _names(value: object, names_by_id: Mapping[str, str]) -> Iterator[str]:
    """Yield the names in a value: a text, an object with a name or the id of one, or a list."""
    if isinstance(value, str):
        yield unescape(value)
    elif isinstance(value, dict):
        name = value.get("name") or names_by_id.get(str(value.get("@id")))
        yield from [unescape(name)] if isinstance(name, str) else []
    elif isinstance(value, list):
        for item in value:
            yield from _names(None if isinstance(item, list) else item, names_by_id)


def _unescape_json(text: str) -> str:
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), text)
    return unescape(text.replace('\\"', '"').replace("\\/", "/"))
