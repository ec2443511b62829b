"""Find the author that a page names: in a byline that readers see, not only in metadata.

Metadata alone often hold the agency that built the site, its owner, or the name of an account.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import takewhile
from typing import TYPE_CHECKING

from index.ingest.parsing.document import ParsedDocument
from index.ingest.parsing.metadata.author_names import (
    given_names,
    is_agency,
    is_full_name,
    is_office,
    names_after_label,
    names_in_line,
    signature_names,
)
from index.ingest.parsing.normalize import clean_value
from index.ingest.parsing.safe_xml import text_content
from index.ingest.readers.html.metadata.bylines import Byline
from index.ingest.readers.html.metadata.head import HeadMetadata, host
from index.ingest.readers.html.metadata.page_lines import PageLines

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_ARTICLE = re.compile(r"(?:the|der|die|das|la|le|les|el|los|las|il|lo|gli)\s", re.IGNORECASE)
_SEPARATOR = re.compile(r"\s+[-–—|•·»:/]+\s+|\s*[|│]\s*|:\s+")
_SITE_SEPARATOR = re.compile(rf"{_SEPARATOR.pattern}|,\s+")
_TOP_LEVEL = re.compile(r"\.[a-z]{2,4}\Z", re.IGNORECASE)
_MAX_PUBLIC_LABEL_CHARS = 3
_COPYRIGHT = re.compile(r"(?:©|\([cC]\)|[cC]opyright|\b20\d\d by\b).{0,80}")
_OWNER = re.compile(r"(?:\A|[|–—:-] )([^\W\d_][\w.-]+ [^\W\d_][\w.-]+)['’]s ")  # of a blog
_LINES_BEFORE_TITLE = 8
_LINES_AFTER_TITLE = 25
_MAX_SEEN_CHARS = 80
_NAMES_IN_LIST = 3  # different bylines on a page that lists articles
_SIGNATURE_PARAGRAPHS = 8
_META_AUTHORS = (
    "author article:author article:author_name og:article:author dc.creator dcterms.creator byl"
    " parsely-author sailthru.author citation_author shareaholic:article_author_name"
).split()


def page_author(
    head: HeadMetadata,
    lines: PageLines,
    title: str | None,
    bylines: Sequence[Byline],
    notices: str,
) -> str | None:
    """Return the names in the byline of a page's article, separated by commas; None without one.

    The name of the site is not an author. ``notices`` are those of copyright.
    """
    sites = _site_names(head, title)
    for names in _candidates(head, lines, bylines, notices):
        if authors := _authors(names, sites, head):
            return clean_value(", ".join(authors))
    return None


def signature(document: ParsedDocument) -> str | None:
    """Return the names with which the paragraphs of an article end; None without any."""
    blocks = document.blocks[-_SIGNATURE_PARAGRAPHS:]
    texts = [document.text[block.start : block.end] for block in blocks]
    return clean_value(", ".join(signature_names(texts)))


def copyright_notices(tree: "HtmlElement") -> str:
    """Return the texts of a page that say to whom it belongs."""
    return " ".join(_COPYRIGHT.findall(text_content(tree.find("body"))))


def _candidates(
    head: HeadMetadata, lines: PageLines, bylines: Sequence[Byline], notices: str
) -> Iterator[Sequence[str]]:
    """Yield the names that the page may give its author, the surest first."""
    around = lines.around(_LINES_BEFORE_TITLE, _LINES_AFTER_TITLE)
    given = [*_given_names(head)]
    seen = [name for name in given if _is_seen(name, [*around, head.title])]
    yield _shown_names([*filter(is_full_name, seen)], bylines, around)
    yield next(filter(None, map(names_in_line, around)), [])
    yield _labelled_names(lines, around)
    yield _certain_names(bylines, given)
    yield seen
    yield next((byline.names for byline in bylines if {*byline.names} <= {*given}), ())
    owners = [*filter(is_full_name, (*given, *_OWNER.findall(" | ".join(head.titles()))))]
    yield [name for name in owners if name in notices]


def _shown_names(
    given: Sequence[str], bylines: Sequence[Byline], around: Sequence[str]
) -> Sequence[str]:
    """Return the names shown near the title: those in the metadata, or more of them in a byline."""
    near = " \n ".join(around)
    shown = (byline.names for byline in bylines if all(name in near for name in byline.names))
    if not given:
        return next(shown, ())
    return next((names for names in shown if set(names) > set(given)), given)


def _certain_names(bylines: Sequence[Byline], given: Sequence[str]) -> Sequence[str]:
    """Return the names in the first byline anywhere on the page, if metadata give one of them.

    Without that, bylines that name several people are those of a list of other articles.
    """
    named = [byline.names for byline in bylines if byline.is_certain]
    named = [names for names in named if any(map(is_full_name, names))]
    is_given = bool(named) and not {*named[0]}.isdisjoint(given)
    return named[0] if is_given or 0 < len({*named}) < _NAMES_IN_LIST else ()


def _labelled_names(lines: PageLines, around: Sequence[str]) -> list[str]:
    """Return the names in the line after a label: "Von" and, in a link, "Jane Doe".

    A word alone may be a link on her profession, with her name after it. Headings are no names.
    """
    near = set(around)
    for number, label in enumerate(lines.texts[:-1]):
        line, after = (*lines.texts[number + 1 : number + 3], "")[:2]
        if label not in near or number + 1 == lines.title:
            continue
        if names := names_after_label(label, line):
            is_word = ":" in label and " " not in line and number + 2 not in lines.headings
            return [after] if is_word and is_full_name(after) else names
    return []


def _is_seen(name: str, lines: Sequence[str]) -> bool:
    folded = name.casefold()
    return any(folded in line.casefold() for line in lines if len(line) <= _MAX_SEEN_CHARS)


def _given_names(head: HeadMetadata) -> Iterator[str]:
    """Yield the people that the page's metadata name as authors."""
    for text in (*head.meta(*_META_AUTHORS), *head.authors()):
        yield from given_names(text)


def _authors(names: Sequence[str], sites: Collection[str], head: HeadMetadata) -> list[str]:
    """Drop agencies, and the names of the site and its offices: "The Daily Post Staff"."""
    people = _without_agencies([*dict.fromkeys(names)])
    people = [name for name in people if not _is_site(name, sites) or _has_own_site(name, head)]
    people = [name for name in people if not is_office(name)] or people
    return [*filter(is_full_name, people)] or people


def _without_agencies(names: Sequence[str]) -> list[str]:
    """Drop agencies, and the single words after one, which are places: "Reuters, Washington"."""
    before = [*takewhile(lambda name: not is_agency(name), names)]
    after = [name for name in names[len(before) :] if is_full_name(name) and not is_agency(name)]
    return [*before, *after]


def _is_site(name: str, sites: Collection[str]) -> bool:
    """Return whether a name is that of the site, or begins with it and is not a person's."""
    words = re.findall(r"\w+", name.casefold())
    is_person = is_full_name(name) and not is_office(name)
    openings = {"".join(words[:count]) for count in range(2 if is_person else 1, len(words) + 1)}
    return "".join(words) in sites or not openings.isdisjoint(sites)


def _has_own_site(name: str, head: HeadMetadata) -> bool:
    """Return whether a person has a site by their own name."""
    people = {*head.people(), *head.meta(*_META_AUTHORS)}
    is_person = name in people and len(name.split()) == 2 and not _ARTICLE.match(name)
    return is_person and is_full_name(name) and _squeeze(name) == _domain(head)


def _site_names(head: HeadMetadata, title: str | None) -> set[str]:
    """Return the names of the site, and of its publisher unless that is a person.

    Without any, a part of the page's title may be the name of the site; or of the author.
    """
    people = head.people()
    names = [name for name in head.site_names() if name not in people or not is_full_name(name)]
    names += [*head.meta("og:site_name"), host(head.url())]
    names += [] if any(head.site_names()) else _title_ends(head, title)
    parts = [part for name in names for part in (name, *_SITE_SEPARATOR.split(name))]
    parts += [_TOP_LEVEL.sub("", part) for part in parts]
    return {_squeeze(part) for part in (*parts, _domain(head))} - {""}


def _title_ends(head: HeadMetadata, title: str | None) -> Iterator[str]:
    """Yield the first and the last part of the page's titles that are not the article's title."""
    for text in head.titles():
        parts = _SEPARATOR.split(text)
        if len(parts) > 1:
            yield from (part for part in (parts[0], parts[-1]) if part not in (title or ""))


def _domain(head: HeadMetadata) -> str:
    """Return the name in the domain of the site: "thedailypost" of www.the-daily-post.example."""
    labels = host(head.url()).split(".")
    while len(labels) > 2 and len(labels[-2]) <= _MAX_PUBLIC_LABEL_CHARS:  # co.uk, com.uy
        labels.pop()
    return _squeeze(labels[-2]) if len(labels) > 1 else ""


def _squeeze(name: str) -> str:
    return "".join(re.findall(r"\w+", name.casefold()))
