"""Read metadata from the values of front matter, as the tools that write it mean them.

Each field has several keys, the best first: ``date`` of Hugo and Jekyll, ``pubDate`` of Astro,
``created`` of Obsidian. A value may be text, a list, or a mapping such as ``{created: 2024-05-02}``
or ``{name: Jane Doe}``. One that cannot be used is passed over with a note.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import chain, islice

from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.normalize import (
    LANGUAGE_TAG,
    MAX_VALUE_CHARS,
    author_names,
    http_link,
    language_code,
    printable_line,
)

_PUBLISHER_KEYS = ("publisher", "publication", "site_name", "sitename")
_AUTHOR_KEYS = ("author", "authors", "by", "byline", "creator")
_PUBLISHED_KEYS = tuple(
    "published date pubdate pub_date publishdate publish_date published_at publishedat"
    " date_published datepublished published_date publisheddate created created_at date_created"
    " updated lastmod last_update last_updated lastupdated updateddate modified last_modified_at"
    " updated_at date_updated date_modified".split()
)
_URL_KEYS = tuple(
    "url link canonical canonical_url canonicalurl source_url original_url external_url source"
    " permalink".split()
)
_OWN_URL_KEYS = {"url", "link"}  # of which an unusable value is worth a note
_LANGUAGE_KEYS = ("language", "lang", "locale")
_NAME_KEYS = (
    ("name",),
    ("first", "last"),
    ("given", "family"),
    ("firstname", "lastname"),
    ("first_name", "last_name"),
    *(("title",), ("given",), ("key",), ("id",)),
)
_DATE_KEYS = ("published", "created", "date", "updated", "modified")
_EMPTY_VALUES = {"", "~", "null", "Null", "NULL"}
_ISO_LIKE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:\Z|[T ])")
_TIMESTAMP = re.compile(r"1\d{9}(?:\d{3})?")  # of the years 2001 to 2033
_LINK_IN_TEXT = re.compile(r"https?://[^\s<>()\[\]\"']+")
_BOOLEANS = {"true", "false", "yes", "no"}
_WIKI_LINK = re.compile(r"\[\[(?:[^\[\]|]*\|)?([^\[\]|]+)\]\]")  # [[Jane Doe|Jane]] of Obsidian
_TEMPLATE = re.compile(r"\{\{.*\}\}|\{%.*%\}|<%.*%>")
_MAX_SCALARS = 50  # of one value; nested aliases could make billions
_MAX_DEPTH = 100
_COMMON_LANGUAGES = (
    "ar bg ca cs da de el en es et fa fi fr he hi hr hu id it ja ko lt lv nb nl pl pt ro ru sk sl"
    " sr sv th tr uk vi zh"
)


def to_metadata(values: Mapping[str, object]) -> tuple[ParsedMetadata, tuple[str, ...]]:
    """Return the metadata in front matter, by its lower-case keys, and notes on what is unusable.

    Hugo keeps a site's own values under ``params``.
    """
    params = values.get("params")
    if isinstance(params, Mapping):
        values = {**{str(key).lower(): value for key, value in params.items()}, **values}
    reader = _ValueReader({re.sub("[ -]", "_", key): value for key, value in values.items()}, [])
    metadata = ParsedMetadata(
        title=reader.title(),
        publisher=reader.text("publisher", reader.first(_PUBLISHER_KEYS)),
        author=reader.text("author", reader.author()),
        published=reader.published(),
        url=reader.url(),
        language=reader.language(),
    )
    if reader.first(("draft",)).lower() == "true":
        reader.note("marked as a draft; delete the file if it should not be quoted")
    return metadata, tuple(reader.notes)


@dataclass(frozen=True, slots=True)
class _ValueReader:
    """Values by normalized key, and notes on those that cannot be used."""

    values: Mapping[str, object]
    notes: list[str]

    def note(self, problem: str) -> None:
        """Note a problem, on one printable line."""
        self.notes.append(f"front matter: {printable_line(problem)}")

    def first(self, keys: Iterable[str]) -> str:
        """Return the first text under the best of ``keys`` that has one; else an empty string."""
        return next(chain.from_iterable(_scalars(self.values.get(key)) for key in keys), "")

    def text(self, key: str, value: str) -> str | None:
        """Return a text on one line, unless it is too long."""
        line = printable_line(value)
        if _TEMPLATE.search(line):
            self.note(f"{key} is the template {line!r}")
            return None
        if len(line) <= MAX_VALUE_CHARS:
            return line or None
        self.note(f"{key} has {len(line):,} characters; the limit is {MAX_VALUE_CHARS}")
        return None

    def title(self) -> str | None:
        """Return the title, which has to be one text."""
        titles = list(_scalars(self.values.get("title")))
        if isinstance(self.values.get("title"), Mapping) or len(titles) > 1:
            self.note("title is not one text; expected a line such as title: Opening hours")
            return None
        return self.text("title", titles[0] if titles else "")

    def author(self) -> str:
        """Return the names of the authors, separated by commas."""
        values = (_names(self.values.get(key)) for key in _AUTHOR_KEYS)
        authors = (author_names("; ".join(dict.fromkeys(names))) for names in values)
        return next(filter(None, authors), "")

    def published(self) -> str | None:
        """Return an ISO date if one can be parsed, else the text as written ("Spring 2019")."""
        for key in _PUBLISHED_KEYS:
            value = self.values.get(key)
            if isinstance(value, Mapping):
                value = [value.get(name) for name in _DATE_KEYS]
            for text in _scalars(value):
                date = iso_date(text) or _date_of_timestamp(text)
                if date or (re.search(r"\d", text) and not _ISO_LIKE.match(text)):
                    return date or self.text(key, text)
                if text.lower() not in _BOOLEANS:  # last_updated: false of Docusaurus
                    self.note(f"{key} is {text!r}, which is not a calendar date")
        return None

    def url(self) -> str | None:
        """Return the first http or https URL."""
        for key in _URL_KEYS:
            for text in _scalars(self.values.get(key)):
                link = _LINK_IN_TEXT.search(text)
                if url := http_link(text) or http_link(link[0] if link else None):
                    return url
                if key in _OWN_URL_KEYS:
                    self.note(f"{key} is {text!r}; expected an http:// or https:// URL")
        return None

    def language(self) -> str | None:
        """Return the code of a language, given as a code or by its name."""
        text = self.first(_LANGUAGE_KEYS)
        if code := language_code(text) or _language_codes().get(text.casefold()):
            return code
        if text and not LANGUAGE_TAG.match(text):
            self.note(f"the language is {text!r}; expected a code such as en or de")
        return None


def _date_of_timestamp(text: str) -> str | None:
    """Return the date of a Unix timestamp, in seconds or milliseconds, in UTC."""
    if not _TIMESTAMP.fullmatch(text):
        return None
    return datetime.fromtimestamp(int(text[:10]), UTC).date().isoformat()


def _scalars(value: object) -> Iterator[str]:
    """Yield the texts of a value, also of those nested in lists: ``[[2024-05-02]]`` of Obsidian."""
    return islice(filter(None, map(_scalar, _leaves(value, 0))), _MAX_SCALARS)


def _leaves(value: object, depth: int) -> Iterator[object]:
    if not isinstance(value, list):
        yield value
    elif depth < _MAX_DEPTH:
        for item in value[:_MAX_SCALARS]:
            yield from _leaves(item, depth + 1)


def _scalar(value: object) -> str:
    text = "" if value is None or isinstance(value, Mapping) else str(value).strip()
    if link := _WIKI_LINK.fullmatch(text):
        return link[1].strip()
    return "" if text in _EMPTY_VALUES else text


def _names(value: object) -> Iterator[str]:
    """Yield names from texts and mappings: ``{name: Jane}`` or ``{jane: {name: Jane}}``."""
    for leaf in islice(_leaves(value, 0), _MAX_SCALARS):
        if not isinstance(leaf, Mapping):
            yield from filter(None, [_scalar(leaf)])
            continue
        own = next(filter(None, (_full_name(leaf, *keys) for keys in _NAME_KEYS)), "")
        nested = (item for item in leaf.values() if isinstance(item, Mapping))
        yield from [own] if own else filter(None, (_scalar(item.get("name")) for item in nested))


def _full_name(values: Mapping[str, object], *keys: str) -> str:
    """Join the texts under keys; empty unless there is one under each."""
    parts = [_scalar(values.get(key)) for key in keys]
    return " ".join(parts) if all(parts) else ""


@cache
def _language_codes() -> dict[str, str]:
    """Return the codes of languages by their names, in English and in the language itself."""
    from babel import Locale  # noqa: PLC0415 - few files name their language

    english = {name: code for code, name in Locale("en").languages.items() if code.isalpha()}
    own = {Locale(code).get_display_name(code): code for code in _COMMON_LANGUAGES.split()}
    return {(name or "").casefold(): code for name, code in {**english, **own}.items()}
