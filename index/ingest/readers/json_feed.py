"""Read JSON Feed (jsonfeed.org, versions 1 and 1.1) into the form that feedparser gives feeds."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from index.errors import NotAnArticle, ReadError

_OPENING = re.compile(rb"(?:\xef\xbb\xbf)?\s*\{")
_VERSION = re.compile(rb'"https?:\\?/\\?/(?:www\.)?jsonfeed\.org\\?/version\\?/')
_PARAGRAPHS = re.compile(r"\n\s*\n")


@dataclass(frozen=True, slots=True)
class JsonFeed:
    """A feed and its entries, with feedparser's names for their values."""

    feed: dict[str, Any]
    entries: list[dict[str, Any]]


def is_json(data: bytes) -> bool:
    """Return whether data open as a JSON object."""
    return _OPENING.match(data) is not None


def is_json_feed(data: bytes) -> bool:
    """Return whether data are a JSON Feed, by the address of its version."""
    return is_json(data) and _VERSION.search(data) is not None


def load_json_feed(data: bytes) -> JsonFeed:
    """Parse a JSON Feed. Raises ReadError for damaged JSON, NotAnArticle for any other."""
    try:
        root = json.loads(data.decode("utf-8-sig"), strict=False)
    except json.JSONDecodeError as error:
        reason = f"line {error.lineno}: {error.msg}"
        raise ReadError(f"not valid JSON ({reason}); expected a JSON Feed") from error
    except (ValueError, RecursionError) as error:
        raise ReadError("not valid JSON; expected a JSON Feed in UTF-8") from error
    if not isinstance(root, dict) or "jsonfeed.org/version/" not in _text(root, "version"):
        raise NotAnArticle("is JSON, but not a JSON Feed")
    entries = [item for item in _items(root.get("items")) if isinstance(item, dict)]
    return JsonFeed(_common(root, "home_page_url", "feed_url"), [_entry(item) for item in entries])


def _entry(item: Mapping[str, Any]) -> dict[str, Any]:
    html = _text(item, "content_html") or _as_html(_text(item, "content_text"))
    published = _text(item, "date_published") or _text(item, "date_modified")
    return {
        **_common(item, "url", "external_url"),
        "content": [{"value": html}],
        "summary": _as_html(_text(item, "summary")),
        "published": published,
    }


def _common(element: Mapping[str, Any], *links: str) -> dict[str, Any]:
    """Return the values that feeds and entries have; ``author`` is that of version 1."""
    authors = element.get("authors") or [element.get("author")]
    people = [each for each in _items(authors) if isinstance(each, dict)]
    names = [name for each in people if (name := _text(each, "name"))]
    return {
        "title": escape(_text(element, "title")),
        "author": "; ".join(names),
        "authors": [{"name": name} for name in names],
        "link": next(filter(None, (_text(element, link) for link in links)), ""),
        "language": _text(element, "language"),
    }


def _as_html(text: str) -> str:
    """Return plain text as HTML with a paragraph for each of its own."""
    return "".join(f"<p>{escape(part)}</p>" for part in _PARAGRAPHS.split(text.strip()) if part)


def _items(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(element: Mapping[str, Any], key: str) -> str:
    value = element.get(key)
    return value if isinstance(value, str) else ""
