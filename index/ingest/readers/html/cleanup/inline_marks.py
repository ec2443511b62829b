"""Mend marks before a page is read further: drop caps, notes, text that is struck out."""

import re
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import local_name, text_content
from index.ingest.parsing.symbol_fonts import is_symbol_font, symbol_text
from index.ingest.readers.html.elements import HEADING_TAGS
from index.text.spans import has_words

if TYPE_CHECKING:
    from lxml.etree import _Element

_NOTE_NAME = re.compile(  # pandoc, Hugo, Kramdown, LibreOffice, e-books
    r"noteref|\bfootnote\b|footnote-?ref|fn-?ref|fnanchor|sd(?:foot|end)note(?:anc|sym)",
    re.IGNORECASE,
)
_NOTE_TARGET = re.compile(  # of a link to a note, or back: #_ftn1, #fn:2, #FNanchor_1_1
    r"#[\w.:-]{0,20}?(?:fn|ftn|edn|note)[\w.:-]{0,20}?\d[\w.:-]{0,10}\Z", re.IGNORECASE
)
_NOTE_MARK = re.compile(
    r"\s*[\[(]?(?:\d{1,3}|[a-z]|[ivx]{1,5}|[*†‡§]{1,3}|[↩↑^]\ufe0e?)[\])]?\.?\s*"
)
_LINE_NUMBER_NAME = re.compile(  # of verse, in the margin
    r"(?:^|\s)(?:lnum|line-?nums?|line-?numbers?)(?=$|\s)", re.IGNORECASE
)
_STRUCK_STYLE = re.compile(r"text-decoration[\w-]*\s*:[^;]{0,80}line-through", re.IGNORECASE)
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_MAX_EMOJI_CHARS = 12  # of families and flags
_STRUCK_TAGS = tuple(prefix + name for name in ("s", "del", "strike") for prefix in ("", "{*}"))
_CAP_TAGS = tuple(
    prefix + name for name in "span b strong font i em p div img".split() for prefix in ("", "{*}")
)
_CAP = re.compile(r"[\"'“‘„«¿¡]?[^\W\d_]")
_CAP_NAME = re.compile(r"drop|initial|first-?letter|capital|lettrine|float:\s*left", re.IGNORECASE)
_PARAGRAPHS = {"p", "div", "td", "li", "blockquote", "section", "article", "body"}
_ONE_LETTER_WORDS = set("AIOEUYÀÁÉÈÍÓ")
_WORD = re.compile(r"[^\W\d_]+")


def clean_marks(tree: "_Element") -> None:
    """Join drop caps with their words; drop marks of notes and headings, and numbers of lines.

    Text that is struck out no longer holds: it is dropped, too, as the old one of two prices.
    Letters in the Symbol font become the signs that it draws: <font face=Symbol>m</font> is μ.
    Pictures of emoji become the characters.
    """
    for font in tree.iter("font", "{*}font"):
        if is_symbol_font(font.get("face")) and not len(font):
            font.text = symbol_text(font.get("face"), font.text or "")
    for link in [*tree.iter("a", "{*}a")]:
        if _is_note_link(link):
            _replace(link, "")
        elif _is_heading_link(link):
            _empty(link)
    for element in [*tree.iter(*_STRUCK_TAGS), *tree.iter("span", "{*}span", "img", "{*}img")]:
        if (text := _shown(element)) is not None:
            _replace(element, text)
    _join_caps(tree)


def _join_caps(tree: "_Element") -> None:
    for element in [*tree.iter(*_CAP_TAGS)]:
        if cap := _cap(element):
            _join_cap(element, cap)


def _is_note_link(link: "_Element") -> bool:
    """Return whether a link leads to a note or back, and shows only the note's mark."""
    if not _NOTE_MARK.fullmatch(text_content(link)):
        return False
    names = " ".join(link.get(name) or "" for name in ("role", "class", _EPUB_TYPE))
    return bool(_NOTE_NAME.search(names) or _NOTE_TARGET.search(link.get("href") or ""))


def _shown(element: "_Element") -> str | None:
    """Return what to read in place of an element; None for the element itself."""
    if local_name(element) == "img":
        return element.get("alt") if _is_emoji(element) else None
    if local_name(element) != "span":
        return ""
    is_struck = _STRUCK_STYLE.search(element.get("style") or "") is not None
    return "" if is_struck or _is_line_number(element) else None


def _is_emoji(picture: "_Element") -> bool:
    """Return whether a picture is an emoji with the character as its alternative text."""
    alt = picture.get("alt") or ""
    is_named = "emoji" in f"{picture.get('class')} {picture.get('src')}".lower()
    return is_named and 0 < len(alt) <= _MAX_EMOJI_CHARS and not alt.isascii()


def _is_line_number(span: "_Element") -> bool:
    is_named = _LINE_NUMBER_NAME.search(span.get("class") or "") is not None
    return is_named and text_content(span).strip().isdigit()


def _is_heading_link(link: "_Element") -> bool:
    """Return whether a link is the sign beside a heading (#, ¶) that leads to the heading."""
    if "#" not in (link.get("href") or "") or has_words(text_content(link)):
        return False
    return any(local_name(element) in HEADING_TAGS for element in link.iterancestors())


def _empty(link: "_Element") -> None:
    """Remove the text in a link, but keep its id: it may be the heading's."""
    for element in link.iter("*"):
        element.text = None
        if element is not link:
            element.tail = None


def _cap(element: "_Element") -> str:
    """Return the capital letter that an element consists of; "" for others."""
    text = element.get("alt") if local_name(element) == "img" else element.text
    text = (text or "").strip()
    is_cap = len(text) <= 2 and not len(element) and _CAP.fullmatch(text) and text[-1].isupper()
    return text if is_cap else ""


def _join_cap(element: "_Element", cap: str) -> None:
    """Join a capital letter at the start of a paragraph with the rest of its word, if it is one."""
    outer = _outermost(element)
    is_paragraph = local_name(outer) in _PARAGRAPHS
    following = outer.getnext()
    if not _opens_paragraph(outer) and not is_paragraph:
        return
    rest = outer.tail or ""
    in_tail = bool(rest.strip())
    if not in_tail and following is not None and isinstance(following.tag, str):
        rest += text_content(following)[:100]
    if not _belongs(element, outer, cap, rest, is_paragraph=is_paragraph):
        return
    if is_paragraph and not in_tail and following is not None:
        following.text = cap + (following.text or "").lstrip()
        _replace(outer, "")
        return
    outer.tail = (outer.tail or "").lstrip()
    if not in_tail and following is not None:
        following.text = (following.text or "").lstrip()
    if local_name(element) == "img":
        _replace(element, cap)


def _belongs(
    element: "_Element", outer: "_Element", cap: str, rest: str, *, is_paragraph: bool
) -> bool:
    """Return whether the text behind a capital letter goes on with its word."""
    word = _WORD.match(rest.lstrip())
    if word is None:
        return False
    is_apart = is_paragraph or rest[0].isspace()
    is_named = any(_CAP_NAME.search(_names(each)) for each in (element, outer, outer.getparent()))
    is_free = is_paragraph or bool((outer.tail or "").strip())  # the rest has no element of its own
    may_be_word = is_apart and is_free and cap[-1] in _ONE_LETTER_WORDS and len(word[0]) > 1
    if local_name(element) == "img" or is_paragraph:
        return word[0].islower() and (is_named or not may_be_word)
    return is_named and not may_be_word


def _names(element: "_Element | None") -> str:
    if element is None:
        return ""
    return " ".join(element.get(name) or "" for name in ("class", "id", "style"))


def _outermost(element: "_Element") -> "_Element":
    """Return the outermost element around another that holds nothing else."""
    parent = element.getparent()
    while (
        parent is not None
        and local_name(parent) != "body"
        and len(parent) == 1
        and not (parent.text or element.tail or "").strip()
    ):
        element, parent = parent, parent.getparent()
    return element


def _opens_paragraph(element: "_Element") -> bool:
    parent = element.getparent()
    if parent is None or element.getprevious() is not None:
        return False
    return local_name(parent) in _PARAGRAPHS and not (parent.text or "").strip()


def _replace(element: "_Element", text: str) -> None:
    """Replace an element by text, and keep what is behind it."""
    parent, previous = element.getparent(), element.getprevious()
    if parent is None:
        return
    text += element.tail or ""
    if previous is not None:
        previous.tail = (previous.tail or "") + text
    else:
        parent.text = (parent.text or "") + text
    parent.remove(element)
