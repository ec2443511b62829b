"""Read pages of DokuWiki: their syntax is written as Markdown, without emphasis, and read as that.

So headings become sections, and code, lists and tables are grouped like those of documentation.
What plug-ins would put on the page is left out.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from enum import Enum, auto
from itertools import groupby

from index.ingest.parsing import markdown_writer as markdown
from index.ingest.parsing.document import ParsedDocument
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.readers.markdown.reader import read_markdown

_HEADING = re.compile(r"[ \t]?(={2,6})[ \t]*([^=\s](?:.*?[^=\s])?)[ \t]*\1[ \t]*")
_SNIFFED_HEADING = re.compile(rf"^{_HEADING.pattern}$", re.MULTILINE)
_ITEM = re.compile(r"(?P<indent>(?: {2}|\t)+) ?(?P<mark>[*-])(?!-)[ \t]*(?P<text>\S.*)")
_SNIFFED_ITEM = re.compile(r"^ {2,}[*-] ?[^\s*-]", re.MULTILINE)
_LEVELS = 7  # six marks stand for the first level
_MIN_TOP_MARKS = 4  # of a heading that other wikis do not mark so on top of a page
_OPENING = re.compile(r"<(?P<tag>code|file|html|php|HTML|PHP)(?P<options>[ \t][^<>\n]*)?>")
_CODE_TAGS = {"code", "file"}  # the others enclose what a page does not show as text
_CODE_LANGUAGE = re.compile(r"[ \t]*(\w[\w+#-]*)")
_NOT_SHOWN = re.compile(r"~~[A-Z][^~\n]{0,100}~~|<del>[^<]{0,1000}</del>")  # macros, old text
_TAG = re.compile(r"</?(?P<name>[A-Za-z][\w-]*)(?:[ \t][^<>\n]*)?>")
_BLOCK_TAGS = {"code", "file", "html", "php", "HTML", "PHP"}
_INLINE_TAGS = {"sub", "sup", "nowiki"}  # others are those of plug-ins
_SCRIPT = re.compile(r"(?P<before>.?)<(?P<kind>su[bp])>(?P<script>[^<>\n]{1,50})</(?P=kind)>")
_INLINE = re.compile(
    r"(?P<url>https?://[^\s\[\]{}|<>()]+)|%%(?P<literal>.+?)%%"
    r"|<nowiki>(?P<nowiki>(?:[^<\n]|<(?!/?nowiki>))*)</nowiki>|(?<!')''(?!')(?P<code>.+?)''(?!')"
    r"|\[\[(?P<target>[^\[\]|\n]+)(?:\|(?P<text>(?:[^\[\]\n]|\](?!\]))*))?\]\]"
    r"|\{\{(?P<media>[^{}|\n]*)(?:\|(?P<caption>[^{}\n]*))?\}\}"
    r"|\(\((?P<footnote>(?:[^()]|\([^()]*\))+)\)\)"
    r"|(?P<emphasis>\*\*|__|'{3,5}|(?<!:)//)|(?P<line_break>\\\\(?=\s|$))"
)
_CELL_BORDER = re.compile(r"[|^]")
_INDENT = 4  # of an item inside another
_MAX_DEPTH = 8  # of items, as the indentation of each is written


class _Kind(Enum):
    """The block that a line belongs to."""

    BLANK = auto()
    HEADING = auto()
    ITEM = auto()
    ROW = auto()
    RULE = auto()
    PREFORMATTED = auto()
    TEXT = auto()


def looks_like_dokuwiki(text: str) -> bool:
    """Return whether a text file is a page of DokuWiki: it has headings, large ones or lists."""
    marks = [len(match[1]) for match in _SNIFFED_HEADING.finditer(text)]
    has_list = _SNIFFED_ITEM.search(text) is not None
    return bool(marks) and (max(marks) >= _MIN_TOP_MARKS or has_list)


def read_dokuwiki(text: str) -> ParsedDocument:
    """Parse a decoded page. Raises ReadError as for Markdown."""
    return read_markdown("\n\n".join(_blocks(_NOT_SHOWN.sub("", text.replace("\r\n", "\n")))))


def _blocks(text: str) -> Iterator[str]:
    """Yield the blocks of a page as Markdown."""
    position = 0
    closed = {tag["name"] for tag in _TAG.finditer(text) if tag[0].startswith("</")}
    unclosed: set[str] = set()
    for opening in _OPENING.finditer(text):
        closing = f"</{opening['tag']}>"
        if opening.start() < position or closing in unclosed:
            continue
        end = text.find(closing, opening.end())
        if end < 0:
            unclosed.add(closing)
            continue
        yield from _text_blocks(_without_tags(text[position : opening.start()], closed))
        if opening["tag"] in _CODE_TAGS:
            yield from _code(text[opening.end() : end], opening["options"] or "")
        position = end + len(closing)
    yield from _text_blocks(_without_tags(text[position:], closed))


def _without_tags(text: str, closed: Set[str]) -> str:
    """Remove the tags that are closed on the page; others, such as <user>, are text."""
    removed = (closed | _BLOCK_TAGS) - _INLINE_TAGS
    return _TAG.sub(lambda tag: "" if tag["name"] in removed else tag[0], text)


def _code(source: str, options: str) -> Iterator[str]:
    """Yield code, unless there is none; ``options`` are its language and the name of a file."""
    language = _CODE_LANGUAGE.match(options)
    if source.strip():
        yield markdown.code_block(source.strip("\n").rstrip(), language[1] if language else "")


def _text_blocks(text: str) -> Iterator[str]:
    for kind, group in groupby(text.split("\n"), _line_kind):
        lines = [*group]
        if kind is _Kind.HEADING:
            yield from _headings(lines)
        elif kind is _Kind.ITEM:
            yield "\n".join(_items(lines))
        elif kind is _Kind.ROW:
            yield markdown.table([*map(_cells, lines)])
        elif kind is _Kind.PREFORMATTED:
            yield markdown.code_block("\n".join(line[2:] for line in lines))
        elif kind is _Kind.RULE:
            yield "***"
        elif kind is _Kind.TEXT and (block := _paragraph(lines)):
            yield block


def _line_kind(line: str) -> _Kind:
    stripped = line.strip()
    if not stripped:
        return _Kind.BLANK
    if _HEADING.fullmatch(line):
        return _Kind.HEADING
    if _ITEM.match(line):
        return _Kind.ITEM
    if stripped[0] in "|^" and stripped[-1] in "|^" and len(stripped) > 1:
        return _Kind.ROW
    if not stripped.strip("-") and len(stripped) >= len("----"):
        return _Kind.RULE
    is_markup = stripped.startswith(("{{", "<", "["))
    return _Kind.PREFORMATTED if line.startswith("  ") and not is_markup else _Kind.TEXT


def _headings(lines: Iterable[str]) -> Iterator[str]:
    for heading in filter(None, map(_HEADING.fullmatch, lines)):
        yield markdown.heading(_LEVELS - len(heading[1]), _plain(heading[2]))


def _items(lines: Iterable[str]) -> Iterator[str]:
    """Yield the items of a list, numbered at each depth."""
    numbers: defaultdict[int, int] = defaultdict(int)
    for line in lines:
        item = _ITEM.match(line)
        if not item:
            continue
        depth = min(len(item["indent"].replace("\t", "  ")) // 2 - 1, _MAX_DEPTH)
        for deeper in [each for each in numbers if each > depth]:
            del numbers[deeper]
        numbers[depth] += 1
        mark = "-" if item["mark"] == "*" else f"{numbers[depth]}."
        text = " ".join(_plain(item["text"]).split())
        yield f"{' ' * _INDENT * depth}{mark} {text}"


def _cells(row: str) -> Sequence[str]:
    cells = _CELL_BORDER.split(_plain(row.strip()[1:-1]))
    return ["" if cell.strip() == ":::" else cell.strip() for cell in cells]


def _paragraph(lines: Iterable[str]) -> str:
    text = _plain("\n".join(line.strip().lstrip(">") for line in lines))
    return markdown.paragraph("\n".join(" ".join(line.split()) for line in text.split("\n")))


def _plain(text: str) -> str:
    """Return text without markup; literals stand in backticks."""
    return _INLINE.sub(_replace, _SCRIPT.sub(_with_script, text))


def _with_script(match: re.Match[str]) -> str:
    append = append_superscript if match["kind"] == "sup" else append_subscript
    return append(match["before"], match["script"])


def _replace(match: re.Match[str]) -> str:
    if code := match["code"]:
        return code if "`" in code else f"`{code}`"
    if target := match["target"]:
        return _plain(match["text"]) if match["text"] else _page_name(target)
    if footnote := match["footnote"]:
        return f" ({_plain(footnote)})"
    if match["line_break"]:
        return "\n"
    return match["url"] or match["literal"] or match["nowiki"] or (match["caption"] or "").strip()


def _page_name(target: str) -> str:
    """Return what DokuWiki shows for a link without a text."""
    if "://" in target or "@" in target:
        return target.strip()
    page, _, section = target.strip().partition("#")
    return page.rpartition(":")[2].rpartition(">")[2].replace("_", " ") or section
