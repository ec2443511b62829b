"""Read what HTML in Markdown shows: words, tables and code."""

import html
import re
from collections.abc import Iterator

from bot.text.markdown.elements import CodeBlock, Table
from bot.text.markdown.highlight import MARKS
from index.text.markdown.keys import key_names

_TAG = re.compile(
    r"</?(?:a|abbr|aside|b|bdi|bdo|big|blockquote|br|button|caption|center|cite|code|col"
    r"|colgroup|dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i"
    r"|iframe|img|input|ins|kbd|label|li|mark|nav|ol|option|p|picture|pre|q|rp|rt|ruby"
    r"|s|samp|section|select|small|source|span|strike|strong|sub|summary|sup|table"
    r"|tbody|td|template|tfoot|th|thead|tr|tt|u|ul|var|video|wbr"
    r"|[A-Z]\w*)(?:\s[^<>]*)?/?>"
    r"|</[a-z]\w*(?:-\w+)+>|<[a-z]\w*(?:-\w+)+(?:\s+[\w:@.-]+=[^<>]*|\s*/)>"  # custom elements
)
_PREFORMATTED = re.compile(
    r"\s*(?P<tags><pre\b[^<>]*>(?:<code\b[^<>]*>)?)(?P<code>.*?)(?:</code>)?\s*(?:</pre\s*>\s*)?",
    re.IGNORECASE | re.DOTALL,
)
_CODE_CLASS = re.compile(r"\blang(?:uage)?-([\w+#-]+)")
_ROW = re.compile(r"<tr\b.*?</tr\s*>", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"<t[dh]\b[^<>]*>(.*?)(?=</?t[dhr]\b|\Z)", re.IGNORECASE | re.DOTALL)
_COMPONENT = re.compile(r"<[A-Z]")
_TEXT_ATTRIBUTE = re.compile(
    r"\b(?:text|label|title|name|path|keys|value|to|href)=(?:\"([^\"]+)\"|'([^']+)')"
)
_TITLE = re.compile(r"\b(?:title|label|summary|header|name)\s*=\s*([\"'])(.+?)\1")


def tag_title(source: str) -> str:
    """Return the title that a tag or the fence of code has as an attribute; "" if none."""
    title = _TITLE.search(source)
    return title[2] if title else ""


def inline_text(source: str) -> str:
    """Return what a tag in a paragraph shows: the words of a component; not a tag of HTML."""
    return _TAG.sub(lambda tag: _component_text(tag[0]), source)


def block_lines(source: str) -> Iterator[str]:
    """Yield the lines of text that a block of HTML shows."""
    yield from map(_words, _without_tags(source).split("\n"))


def html_table(source: str) -> Table | None:
    """Return the table in a block of HTML; None if there is none."""
    rows = _ROW.findall(source)
    if not rows:
        return None
    cells = [tuple(_words(_without_tags(cell)) for cell in _CELL.findall(row)) for row in rows]
    return Table(tuple(cells), has_header="<th" in rows[0].lower())


def preformatted_code(source: str) -> CodeBlock | None:
    """Return the code in a block of HTML; None if it is not only that."""
    element = _PREFORMATTED.fullmatch(source)
    if not element:
        return None
    language = _CODE_CLASS.search(element["tags"])
    code = html.unescape(_TAG.sub("", MARKS.sub("", element["code"])))
    lines = code.strip("\n").rstrip().split("\n")
    return CodeBlock(language[1] if language else "", tuple(lines))


def _without_tags(source: str) -> str:
    return _TAG.sub(lambda tag: f" {_component_text(tag[0])} ", source)


def _words(text: str) -> str:
    return html.unescape(" ".join(text.split()))


def _component_text(tag: str) -> str:
    """Return the words that a component shows, as far as its tag has them."""
    if not (_COMPONENT.match(tag) and tag.endswith("/>")):
        return ""
    attribute = _TEXT_ATTRIBUTE.search(tag)
    text = key_names(tag) or (attribute[1] or attribute[2] if attribute else "")
    return html.unescape(text)
