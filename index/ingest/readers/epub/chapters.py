"""Clean up the chapters of EPUB books: no page numbers, no contents, verse line by line."""

import re
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import local_name, text_content

if TYPE_CHECKING:
    from lxml.etree import _Element

_TYPE_ATTRIBUTES = ("{http://www.idpf.org/2007/ops}type", "epub:type", "role")  # as XML, as HTML
_NON_CONTENT_TYPES = set(  # front and back matter, page numbers, links to notes and back
    "cover titlepage halftitlepage copyright-page toc landmarks loi lot index noteref pagebreak"
    " page-list doc-pagebreak doc-noteref doc-backlink doc-toc doc-index doc-cover doc-pagelist"
    " backlink".split()
)
_PAGE_NUMBER_CLASS = re.compile(
    r"(?:\A|[\s_-])(?:page(?:[-_]?(?:num(?:ber)?|no|break))?|pagenum\w*|pg(?:no?|num)?|pb|folio)"
    r"(?:\Z|\s)",
    re.IGNORECASE,
)
_PAGE_NUMBER = re.compile(r"\W*(?:(?:pg|page|p|s|seite)\b\W*)?[\divxlc]{1,6}\W*\Z", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?:…][\"'”’»)]?\s*\Z")
_PAGE_REFERENCE = re.compile(r"[\s.…·]*[\divxlc]{1,5}", re.IGNORECASE)  # behind a title
_VERSE_NAME = re.compile(
    r"(?:\A|[\s:])(?:verse|stanza|poem|poetry|lg|linegroup|line-group|strophe)(?:\Z|\s)",
    re.IGNORECASE,
)
_LINE_TAGS = {"p", "div", "span", "li"}
_MAX_LINE_CHARS = 200
_CONTENTS_TAGS = {"ul", "ol", "table", "div", "section", "body", "dl"}
_ENTRY_TAGS = {"p", "li"}
_MIN_CONTENTS_LINKS = 4
_MIN_LINKED_SHARE = 0.7  # of the characters; page numbers stand beside the links
_NOTE_TYPES = set("footnote footnotes endnote endnotes rearnote rearnotes doc-footnote".split())
_HEADING_TAGS = tuple(f"{prefix}h{level}" for prefix in ("{*}", "") for level in range(1, 7))
_PAGES = r"\d{1,4}(?:[-–]\d{1,4})?(?:[fn]{1,2}\.?\d{0,3})?"
_INDEX_ENTRY = re.compile(  # gate, 7, 19–21, see also paddle
    rf"[^\n]{{1,80}}?(?:[,:\t]|\s{{2,}})\s*{_PAGES}(?:\s*[,;]\s*{_PAGES})*(?:[,;.\s]+\D{{0,60}})?"
)
_MIN_INDEX_ENTRIES = 5
_MIN_INDEX_SHARE = 0.7
_MAX_COPYRIGHT_CHARS = 3_000
_COPYRIGHT = re.compile(r"©|\bcopyright\b", re.IGNORECASE)
_RESERVED = re.compile(
    r"\bISBN\b|all rights reserved|alle rechte vorbehalten|tous droits réservés"
    r"|todos los derechos reservados|tutti i diritti riservati",
    re.IGNORECASE,
)
_EXTERNAL_LINK = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def is_back_matter(body: "_Element") -> bool:
    """Return whether a chapter is an index or a copyright page, which its markup may not tell."""
    lines = [text_content(line).strip() for line in body.iter("{*}p", "p", "{*}li", "li")]
    entries = sum(_INDEX_ENTRY.fullmatch(line) is not None for line in lines)
    if entries >= _MIN_INDEX_ENTRIES and entries >= _MIN_INDEX_SHARE * len(lines):
        return True
    text = text_content(body)
    is_short = len(text) <= _MAX_COPYRIGHT_CHARS
    return is_short and bool(_COPYRIGHT.search(text) and _RESERVED.search(text))


def join_chapters(before: "_Element", body: "_Element") -> bool:
    """Join the halves of a sentence that the end of a file cuts; False if none is cut."""
    paragraphs = [p for p in before.iter("{*}p", "p") if not _is_in_note(p)]
    first = next(body.iter("{*}p", "p", *_HEADING_TAGS), None)
    if not paragraphs or first is None or local_name(first) != "p":
        return False
    last, opening = paragraphs[-1], text_content(first).strip()
    if _SENTENCE_END.search(text_content(last)) or not opening[:1].islower():
        return False
    _remove(first)
    first.tag, first.tail = "span", None
    last.append(last.makeelement("span", {}))
    last[-1].text = " "
    last.append(first)
    return True


def _is_in_note(paragraph: "_Element") -> bool:
    around = (paragraph, *paragraph.iterancestors())
    return any(not _NOTE_TYPES.isdisjoint(_types(element)) for element in around)


def clean_chapter(body: "_Element") -> None:
    """Remove what is not content, innermost elements first, and join the lines of verse."""
    for element in reversed(list(body.iter("*"))):
        if _is_no_content(element):
            _join_across(element)
            _remove(element)
        elif _is_stanza(element):
            _join_lines(element)


def _is_no_content(element: "_Element") -> bool:
    if not _NON_CONTENT_TYPES.isdisjoint(_types(element)) or _is_page_number(element):
        return True
    name = local_name(element)
    if name in _ENTRY_TAGS:
        return _is_entry(element)
    return name in _CONTENTS_TAGS and _is_contents(element)


def _remove(element: "_Element") -> None:
    """Remove an element, but not the text behind it; the root becomes one that is skipped."""
    parent, previous = element.getparent(), element.getprevious()
    if parent is None or local_name(element) == "body":
        element.tag = "nav"
        return
    if element.tail and previous is not None:
        previous.tail = (previous.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _join_across(page_break: "_Element") -> None:
    """Join the halves of a sentence that a page break cuts into two paragraphs."""
    first, second = page_break.getprevious(), page_break.getnext()
    if first is None or second is None or (page_break.tail or "").strip():
        return
    if local_name(first) != "p" or local_name(second) != "p" or not _is_page_number(page_break):
        return
    if _SENTENCE_END.search(text_content(first)) or not text_content(second).strip()[:1].islower():
        return
    second.tag = "span"
    second.tail = (second.tail or "").lstrip()
    first.append(first.makeelement("span", {}))
    first[-1].text = " "
    first.append(second)


def _types(element: "_Element") -> list[str]:
    return " ".join(filter(None, map(element.get, _TYPE_ATTRIBUTES))).split()


def _is_page_number(element: "_Element") -> bool:
    """Return whether this is the number of a printed page, in the middle of a sentence or not."""
    if not _PAGE_NUMBER_CLASS.search(element.get("class") or ""):
        return False
    text = text_content(element).strip()
    return not text or _PAGE_NUMBER.match(text) is not None


def _is_contents(element: "_Element") -> bool:
    """Return whether an element consists of links into the book, as a table of contents does."""
    linked = [len(text_content(link).strip()) for link in element.iter("{*}a") if _is_local(link)]
    if len(linked) < _MIN_CONTENTS_LINKS:
        return False
    return sum(linked) >= _MIN_LINKED_SHARE * len("".join(text_content(element).split()))


def _is_entry(element: "_Element") -> bool:
    """Return whether a paragraph is nothing but a link into the book, or one with a page number."""
    links = list(element.iter("{*}a"))
    if len(links) != 1 or not _is_local(links[0]):
        return False
    linked, text = text_content(links[0]).strip(), text_content(element).strip()
    return linked != "" and (
        linked == text or _PAGE_REFERENCE.fullmatch(text, len(linked)) is not None
    )


def _is_local(link: "_Element") -> bool:
    target = link.get("href") or ""
    return bool(target) and not _EXTERNAL_LINK.match(target)


def _is_stanza(element: "_Element") -> bool:
    """Return whether the children of an element are lines of verse."""
    names = " ".join([element.get("class") or "", *_types(element)])
    children = list(element.iterchildren("*"))
    if not _VERSE_NAME.search(names) or len(children) < 2:
        return False
    return all(
        local_name(child) in _LINE_TAGS
        and len(text_content(child)) <= _MAX_LINE_CHARS
        and not any(local_name(inner) in {"p", "div"} for inner in child.iterchildren("*"))
        for child in children
    )


def _join_lines(stanza: "_Element") -> None:
    """Make lines of their own paragraphs lines of one paragraph."""
    for line in list(stanza.iterchildren("*")):
        line.tag = "span"
        last = line[-1] if len(line) else None
        if last is not None and local_name(last) == "br" and not (last.tail or "").strip():
            continue
        stanza.insert(stanza.index(line) + 1, line.makeelement("br", {}))
