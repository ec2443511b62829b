"""Choose the title of a page: the heading that its metadata name, without site name and kicker."""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from index.ingest.parsing.normalize import clean_value, words_of
from index.ingest.readers.html.metadata.head import HeadMetadata

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_MAX_HEADINGS = 200  # of each level
_MIN_OVERLAP = 0.5  # of a heading's words with those of the page's titles
_MIN_WORDS = 2  # of a heading below h1 that is taken for the title
_MIN_SHARE = 0.5  # of a heading's characters, without its kicker
_SEPARATOR = re.compile(r"\s+[-–—|│»«•·:/@]+\s+|\s*[|│]\s*|:\s+")
_INVISIBLE = re.compile("[\u00ad\u202a-\u202e\u2066-\u2069]")  # hyphenation, text direction
_LOOSE_SEPARATOR = re.compile(r"\A(?:[-–—|│»•·:/]+\s+)+|(?:\s+[-–—|│»•·:/]+)+\s*\Z")
_KICKER_NAME = re.compile(
    r"kicker|overline|over-?title|topline|eyebrow|dachzeile|spitzmarke|pre-?title|pre-?headline"
    r"|roofline|antetitulo|volanta|surtitre|chapeau|prefix|label|category|rubric|rubrik|super-?title",
    re.IGNORECASE,
)
_TITLE_STYLES = {"title", "MsoTitle"}  # of Google Docs and LibreOffice, of Word
_PAGE_ID = re.compile(r"([\w.:-]+) \[")
_HIDDEN_TAGS = {"rt", "rp", "script", "style", "svg"}  # ruby has the reading, not the text


def page_title(tree: "HtmlElement", head: HeadMetadata) -> str | None:
    """Return the title of the page's article; None if nothing on the page names one."""
    titles = [*head.titles()]
    sites = _site_names(head)
    found = _dokuwiki_title(tree, head) or _find_heading(tree, titles, sites)
    title = _without_site(titles, sites) if found is None else _without_kicker(found, titles)
    return clean_value(_LOOSE_SEPARATOR.sub("", _INVISIBLE.sub("", title or "")))


def _dokuwiki_title(tree: "HtmlElement", head: HeadMetadata) -> str | None:
    """Return the first main heading of a page of DokuWiki, or the words of its id.

    Its title names the id, such as "fees:start [Wiki]", and the heading above it the wiki.
    """
    if "DokuWiki" not in head.meta("generator"):
        return None
    content = tree.find(".//*[@id='dokuwiki__content']")
    heading = None if content is None else next(content.iter("h1"), None)
    page_id = _PAGE_ID.match(next(head.titles(), ""))
    if heading is not None or page_id is None:
        return None if heading is None else heading_text(heading)
    names = [name for name in page_id[1].split(":") if name != "start"]
    return names[-1].replace("_", " ") if names else None


def mark_title(tree: "HtmlElement") -> None:
    """Make the first text of a page its main heading if a word processor styles it as the title."""
    body = tree.find("body")
    elements = () if body is None else body.iter("*")
    first = next((element for element in elements if (element.text or "").strip()), None)
    if first is None:
        return
    for element in (first, *first.iterancestors()):
        if element.tag == "p" and _is_styled_title(element):
            element.tag = "h1"


def _is_styled_title(paragraph: "HtmlElement") -> bool:
    return not _TITLE_STYLES.isdisjoint((paragraph.get("class") or "").split())


def _site_names(head: HeadMetadata) -> set[str]:
    """Return the names of the site; some pages give their own title as the application's name."""
    previews = {words_of(title) for title in head.meta("og:title", "twitter:title")}
    applications = {words_of(name) for name in head.meta("application-name")}
    return {words_of(name) for name in head.meta("og:site_name")} | (applications - previews)


def heading_text(heading: "HtmlElement") -> str:
    """Return the text of a heading on one line, without its kicker and the readings of ruby."""
    pieces = [*_text_pieces(heading)]
    text = " ".join("".join(piece for piece, _ in pieces).split())
    plain = " ".join("".join(piece for piece, is_kicker in pieces if not is_kicker).split())
    return plain if len(plain) >= _MIN_SHARE * len(text) else text


def _text_pieces(element: "_Element", *, is_kicker: bool = False) -> Iterator[tuple[str, bool]]:
    yield element.text or "", is_kicker
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _HIDDEN_TAGS:
            is_block = child.tag in {"br", "div", "p", "span", "small"}
            is_named = _KICKER_NAME.search(child.get("class") or "") is not None
            yield (" " if is_block and child.tag != "span" else "", is_kicker)
            yield from _text_pieces(child, is_kicker=is_kicker or is_named)
        yield child.tail or "", is_kicker


def _find_heading(tree: "HtmlElement", titles: Sequence[str], sites: set[str]) -> str | None:
    """Return the heading that is one of the page's titles, opens one, or shares most words."""
    folded = [f" {words_of(title)} " for title in titles]
    words = set(" ".join(folded).split())
    main = _headings(tree, "h1", sites)
    lower = _headings(tree, "h2", sites) + _headings(tree, "h3", sites)
    lower = [text for text in lower if len(words_of(text).split()) >= _MIN_WORDS]
    opening = [text for text in main if any(t.startswith(f" {words_of(text)} ") for t in folded)]
    named = [text for text in main if any(f" {words_of(text)} " in t for t in folded)]
    close = [text for text in main if _overlap(text, words) >= _MIN_OVERLAP]
    whole = [text for text in lower if any(_is_whole(words_of(text), title) for title in titles)]
    exact = [text for text in lower if f" {words_of(text)} " in folded]
    exact = [text for text in exact if all(words_of(text) not in words_of(other) for other in main)]
    if exact and not any(f" {words_of(text)} " in folded for text in main):
        return exact[0]  # the main heading is the site's
    if opening or (close and not named):
        return max(opening or close, key=lambda text: (_overlap(text, words), len(text)))
    if whole:
        return max(whole, key=len)
    if named:
        return max(named, key=len)
    return main[0] if len(set(main)) == 1 else None


def _headings(tree: "HtmlElement", tag: str, sites: set[str]) -> list[str]:
    texts = [
        heading_text(heading)
        for heading, _ in zip(tree.iter(tag), range(_MAX_HEADINGS), strict=False)
    ]
    return [text for text in texts if clean_value(text) and words_of(text) not in {"", *sites}]


def _overlap(text: str, words: set[str]) -> float:
    own = set(words_of(text).split())
    return len(own & words) / max(1, len(own))


def _is_whole(heading: str, title: str) -> bool:
    """Return whether a heading is a whole title, or its first parts up to the site's name."""
    return any(heading == words_of(part) for part in _openings(title))


def _openings(title: str) -> Iterator[str]:
    """Yield a title, and what stands before each of its separators, the longest first."""
    yield title
    for separator in reversed([*_SEPARATOR.finditer(title)]):
        yield title[: separator.start()]


def _without_kicker(heading: str, titles: Sequence[str]) -> str:
    """Return the end of a heading if one of the page's titles is just that."""
    for title in titles:
        for part in _openings(title):
            end = " ".join(part.split())
            if heading != end and heading.endswith(end) and len(end) > _MIN_SHARE * len(heading):
                return end
    return heading


def _without_site(titles: Sequence[str], sites: set[str]) -> str | None:
    """Return the first title without the site's name at its end or start."""
    for title in titles:
        parts = [*_SEPARATOR.finditer(title)]
        for separator in parts:
            if words_of(title[separator.end() :]) in sites:
                return title[: separator.start()]
            if words_of(title[: separator.start()]) in sites:
                return title[separator.end() :]
        if parts and "|" in parts[-1][0]:
            return title[: parts[-1].start()]
    return titles[0] if titles else None
