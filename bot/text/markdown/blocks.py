"""Parse an excerpt of a Markdown article into what a reader sees of it, line by line.

The words stay those of the article, in order: markup becomes styles, a link becomes its text and
the domain it leads to, tags and attribute lists disappear. The highlight is marked in the source
with two characters of a private use area before it is parsed.
"""

import html
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import takewhile
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bot.text.markdown.lines import (
    CONTAINER,
    MARK_END,
    MARK_START,
    MARKS,
    TAG_TITLE,
    plain_lines,
)
from bot.text.markdown.source import (
    component_text,
    target_text,
    with_table_header,
    without_dangling_fences,
    without_generated,
)
from index.text.markdown.code_tags import code_fence
from index.text.markdown.directives import write_directives
from index.text.markdown.fences import FENCE, closes
from index.text.spans import Span, trim

_BLOCK_MARKS = re.compile(
    r"(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t])|#{1,6}(?=[ \t])|\|))*[ \t]*"
)
_ITEM = re.compile(r"[ \t>]*(?:[-*+]|\d{1,9}[.)]|:)[ \t]")
_COMMENT = re.compile(
    r"(?P<code>^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*\n.*?(?:^[ \t>]*(?P=fence)|\Z)"
    r"|(?P<ticks>`+)(?!`)[^\n]{1,500}?(?<!`)(?P=ticks)(?!`))"
    r"|^import[ \t][^\n\"';]{1,300}[ \t]from[ \t]+(?:\"[^\"\n]+\"|'[^'\n]+');?[ \t]*$"
    r"|^[ \t]*(?i:\{:?toc\}|\[toc\]|\[\[_?toc_?\]\])[ \t]*$"
    r"|<!--.*?(?:-->|\Z)|\{/\*.*?\*/\}|(?<!\S)%%(?!%).*?%%(?![\w%])|\{\{#[a-z][^{}]*\}\}",
    re.DOTALL | re.MULTILINE,
)
_PREFORMATTED = re.compile(
    r"\s*(?P<tags><pre\b[^<>]*>(?:<code\b[^<>]*>)?)(?P<code>.*?)(?:</code>)?\s*(?:</pre\s*>\s*)?",
    re.IGNORECASE | re.DOTALL,
)
_CODE_CLASS = re.compile(r"\blang(?:uage)?-([\w+#-]+)")
_ROW = re.compile(r"<tr\b.*?</tr\s*>", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(r"<t[dh]\b[^<>]*>(.*?)(?=</?t[dhr]\b|\Z)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(
    r"</?(?:a|abbr|aside|b|bdi|bdo|big|blockquote|br|button|caption|center|cite|code|col"
    r"|colgroup|dd|del|details|dfn|div|dl|dt|em|figcaption|figure|font|h[1-6]|hr|i"
    r"|iframe|img|input|ins|kbd|label|li|mark|nav|ol|option|p|picture|pre|q|rp|rt|ruby"
    r"|s|samp|section|select|small|source|span|strike|strong|sub|summary|sup|table"
    r"|tbody|td|template|tfoot|th|thead|tr|tt|u|ul|var|video|wbr"
    r"|[A-Z]\w*)(?:\s[^<>]*)?/?>"
    r"|</[a-z]\w*(?:-\w+)+>|<[a-z]\w*(?:-\w+)+(?:\s+[\w:@.-]+=[^<>]*|\s*/)>"  # custom elements
)
_NO_DESCRIPTION = re.compile(  # of a picture: a placeholder or the name of its file
    r"(?:image|img|picture|photo|screenshot|alt(?:[ -]text)?|bild|grafik)(?:[ _-]?\(?\d{1,9}\)?)?"
    r"|\S{1,100}\.(?:png|jpe?g|gif|webp|svg|avif|bmp)",
    re.IGNORECASE,
)
_INLINE_REST = re.compile(  # what the parser takes for text
    r"!?\[\[(?:[^\[\]|\n]*\|)?(?P<wiki>[^\[\]|\n]+)\]\]"
    r"|\[(?P<reference>[^\[\]\n]+)\]\[[^\[\]\n]*\]"
    r"|(?P<attributes>\{:?[ \t]*(?:[.#]|[\w-]+=[\"'])[^{}\n]{0,200}\}|\{target=\w+\}"
    rf"|[ \t]\^[\w-]+[ \t]*\Z|(?:\A|(?<={MARK_START}))\[\^[^\[\]\n]+\]:[ \t]*|\[\^[^\[\]\n]+\])"
    r"|(?P<shortcode>\{\{[<%][^{}\n]*[>%]\}\}|\{%-?[ \t]*(?:end)?\w[^{}\n]*%\})"
    r"|(?P<value>\{\{-?[ \t]*\$?[a-z]\w*(?:\.\w+)+(?:[ \t]*\|[^{}\n]*)?[ \t]*-?\}\})"
    r"|(?P<icon>:(?:material|octicons|simple|fontawesome|lucide)-[\w-]+:(?:\{[^{}\n]*\})?[ \t]+)"
    r"|==(?P<marked>[^=\n]+)=="
)
_SPACES = re.compile(r" {2,}")  # a comment in the file leaves a run of them
_MAX_NESTING = 60
_MAX_LABEL_TOKENS = 8


@dataclass(frozen=True, slots=True)
class Run:
    """Text in one style."""

    text: str
    bold: bool = False
    italic: bool = False
    code: bool = False
    highlighted: bool = False


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text; ``marker`` is that of a list item, indented by its depth."""

    runs: tuple[Run, ...]
    marker: str = ""


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """Code, line by line, with the name of its language or an empty one."""

    language: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; the first is the header if ``has_header``."""

    rows: tuple[tuple[str, ...], ...]
    has_header: bool


Element = TextLine | CodeBlock | Table
"""A line or block to show. ``TextLine(())`` is a blank line."""

BLANK = TextLine(())


def parse_markdown(
    text: str,
    start: int,
    end: int,
    mark_start: int,
    mark_end: int,
    opening: str = "",
    *,
    is_converted: bool = False,
) -> list[Element]:
    """Parse ``text[start:end]``, in which ``text[mark_start:mark_end]`` is highlighted.

    ``opening`` is the fence of the code that ``text`` was cut from, or the header of the table, if
    it was. ``is_converted`` says that a reader wrote the Markdown: it has blocks and code, but a
    star or a tag in it is text.
    """
    above = f"{opening}\n" if opening else ""
    text = write_directives(above + text, is_excerpt=True)[len(above) :]
    opening = code_fence(opening)
    opened = _open_fence(text, start, opening)
    source = _marked(text, start, end, mark_start, mark_end)
    source = f"{opened}\n{source}" if opened else source
    shown = without_generated(_COMMENT.sub(lambda comment: comment["code"] or "", source))
    lines = _without_indent(shown.split("\n"))
    lines = [*plain_lines(without_dangling_fences(lines))]
    is_table = bool(opening) and not FENCE.match(opening)
    lines = with_table_header(lines, is_cut=is_table and not text[:start].strip())
    reader = _Reader(lines)
    parser = _converted_parser() if is_converted else _parser()
    reader.read(parser.parse("\n".join(lines)))
    while reader.elements and reader.elements[-1] == BLANK:
        reader.elements.pop()
    return reader.elements


def _open_fence(text: str, start: int, fence: str) -> str:
    """Return the fence of the code that ``text[:start]`` ends in, with its language only."""
    opening = FENCE.match(fence)
    ticks, language = opening.groups() if opening else ("", "")
    for line in text[:start].split("\n")[:-1]:
        match = FENCE.match(line)
        if match and not ticks:
            ticks, language = match.groups()
        elif match and closes(match, ticks):
            ticks = ""
    return ticks and ticks + re.split(r"[\s{,:\[]", language, maxsplit=1)[0]


def _without_indent(lines: Sequence[str]) -> list[str]:
    """Remove the indentation that lines have in a tab or an item whose start is cut off.

    Below code at the start, it is that of the end of the code.
    """
    first, rest = MARKS.sub("", lines[0]), lines[1:]
    if (fence := FENCE.match(first)) and not fence.start(1):
        return [lines[0], *_without_code_indent(rest, fence[1])]
    if _ITEM.match(first) or CONTAINER.match(first):
        return [*lines]
    inner = [*takewhile(lambda line: not line.strip() or line[0] == " ", rest)]
    if len(inner) < len(rest) and not _is_content(inner):
        return [*lines]
    indent = min((len(line) - len(line.lstrip(" ")) for line in inner if line.strip()), default=0)
    return [lines[0], *(line[indent:] for line in inner), *rest[len(inner) :]]


def _without_code_indent(lines: Sequence[str], opening: str) -> Iterator[str]:
    """Yield lines without the indentation of the fence that closes ``opening``."""
    fences = filter(None, map(FENCE.match, lines))
    closing = next((fence for fence in fences if closes(fence, opening)), None)
    indent = closing.start(1) if closing else 0
    for line in lines:
        yield line[min(indent, len(line) - len(line.lstrip(" "))) :]


def _is_content(lines: Sequence[str]) -> bool:
    """Return whether indented lines go on in a paragraph or have fences: they are not code."""
    return any(line.strip() for line in lines[:1]) or any(map(FENCE.match, lines))


def plain_text(text: str) -> str:
    """Return the text of a line of Markdown without its markup."""
    lines = parse_markdown(text, 0, len(text), 0, 0)
    return " ".join(element_text(line) for line in lines if element_text(line))


def element_text(element: Element) -> str:
    """Return the words of an element as text."""
    if isinstance(element, TextLine):
        return element.marker + "".join(run.text for run in element.runs)
    if isinstance(element, CodeBlock):
        return "\n".join(element.lines)
    return "\n".join(" ".join(row) for row in element.rows)


def wide_row(row: Sequence[str]) -> list[str]:
    """Return the cells of a row to show in one line, with a dash for those that are empty."""
    last = max((index for index, cell in enumerate(row) if cell), default=0)
    return [cell or "–" for cell in row[: last + 1]]


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable(["table", "strikethrough"])


@cache
def _converted_parser() -> MarkdownIt:
    authors_rules = "emphasis link image autolink html_inline html_block entity reference lheading"
    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table")
    return parser.disable(authors_rules.split())


def _marked(text: str, start: int, end: int, mark_start: int, mark_end: int) -> str:
    """Return the excerpt with marks around its highlight, behind the marks of its block."""
    if MARKS.search(text, start, end):
        return text[start:end]
    first, last = _inside_fences(text, max(start, mark_start), min(end, mark_end))
    line_start = max(start, text.rfind("\n", start, first) + 1)
    markers = _BLOCK_MARKS.match(text, line_start, last)
    first = max(first, markers.end()) if markers else first
    if first >= last:
        return text[start:end]
    return f"{text[start:first]}{MARK_START}{text[first:last]}{MARK_END}{text[last:end]}"


def _inside_fences(text: str, start: int, end: int) -> Span:
    """Move the ends of a span from the fences of code to the code, without white space.

    The parser would take a fence with a mark for text.
    """
    while start < end:
        start, end = trim(text, start, end)
        first_line, last_line = (text.rfind("\n", 0, each) + 1 for each in (start, end))
        if fence := FENCE.match(text, first_line):
            start = fence.end()
        elif FENCE.match(text, last_line):
            end = last_line
        else:
            break
    return start, end


@dataclass(slots=True)
class _Reader:
    """Collects elements from the parser's tokens; holds the style and the list items around.

    ``lines`` are those that were parsed.
    """

    lines: Sequence[str]
    elements: list[Element] = field(default_factory=list)
    style: Run = Run("")
    markers: list[str] = field(default_factory=list)
    marker: str = ""
    rows: list[list[str]] = field(default_factory=list)
    table_source: str = ""

    def read(self, tokens: Iterable[Token]) -> None:
        """Read the tokens of a document."""
        for token in tokens:
            self._read_block(token)

    def _read_block(self, token: Token) -> None:
        readers: dict[str, Callable[[Token], None]] = {
            "list_item_open": self._open_item,
            "list_item_close": lambda _token: self._close_item(),
            "bullet_list_open": lambda _token: self._open_list(),
            "ordered_list_open": lambda _token: self._open_list(),
            "fence": self._add_code,
            "code_block": self._add_code,
            "html_block": lambda token: self._add_html(token.content),
            "inline": self._add_inline,
            "paragraph_open": self._open_text,
            "heading_open": self._open_text,
            "table_open": self._open_table,
            "tr_open": lambda _token: self.rows.append([]),
            "table_close": lambda _token: self._close_table(),
        }
        if reader := readers.get(token.type):
            reader(token)

    def _open_list(self) -> None:
        if not self.markers:
            self._blank()

    def _open_item(self, token: Token) -> None:
        number = f"{token.info}{token.markup}" if token.info else "-"
        self.marker = "  " * len(self.markers) + number + " "
        self.markers.append(number)

    def _close_item(self) -> None:
        self.markers.pop()
        self.marker = ""

    def _open_text(self, token: Token) -> None:
        self.style = replace(self.style, bold=token.type == "heading_open", italic=False)
        if not token.hidden and not self.marker:
            self._blank()

    def _blank(self) -> None:
        if self.elements and self.elements[-1] != BLANK:
            self.elements.append(BLANK)

    def _add_line(self, runs: Iterable[Run]) -> None:
        visible = tuple(run for run in runs if run.text)
        marker = self.marker or "  " * len(self.markers)
        if visible:
            self.elements.append(TextLine(visible, marker))
            self.marker = ""

    def _add_code(self, token: Token) -> None:
        self._track(token.content)
        lines = MARKS.sub("", token.content).rstrip().split("\n")
        info = MARKS.sub("", token.info).strip()
        if title := TAG_TITLE.search(info):
            self._add_line([Run(title[2], bold=True)])
        language = re.split(r"[\s{,:\[]", info, maxsplit=1)[0]
        self.elements.append(CodeBlock(language, tuple(lines)))

    def _add_html(self, source: str) -> None:
        if rows := _ROW.findall(source):
            cells = [[_cell_text(cell) for cell in _CELL.findall(row)] for row in rows]
            self._track(source)
            self._add_table(cells, has_header="<th" in rows[0].lower())
            return
        if code := _PREFORMATTED.fullmatch(source):
            self._add_preformatted(code)
            return
        self._blank()
        for line in _TAG.sub(_tag_text, source).split("\n"):
            self._add_line(self._text_runs(html.unescape(" ".join(line.split()))))

    def _add_preformatted(self, element: re.Match[str]) -> None:
        self._track(element[0])
        language = _CODE_CLASS.search(element["tags"])
        code = html.unescape(_TAG.sub("", MARKS.sub("", element["code"])))
        lines = code.strip("\n").rstrip().split("\n")
        self.elements.append(CodeBlock(language[1] if language else "", tuple(lines)))

    def _open_table(self, token: Token) -> None:
        first, end = token.map or (0, 0)
        self.table_source = "\n".join(self.lines[first:end])

    def _close_table(self) -> None:
        self._track(self.table_source)  # the parser drops cells without a header
        self._add_table(self.rows, has_header=True)

    def _add_table(self, rows: Sequence[Sequence[str]], *, has_header: bool) -> None:
        plain = [tuple(MARKS.sub("", cell) for cell in row) for row in rows]
        if any(any(row) for row in plain):
            self._blank()
            rows = plain if any(plain[0]) else plain[1:]
            self.elements.append(Table(tuple(rows), has_header and any(plain[0])))
        self.rows = []

    def _add_inline(self, token: Token) -> None:
        lines: list[list[Run]] = [[]]
        links: list[tuple[str, int]] = []  # targets, and the runs before them
        children = token.children or []
        for index, child in enumerate(children, 1):
            if _is_break(child, children[index:]):
                lines.append([])
            elif child.type == "softbreak":
                defines = _defines(next(iter(children[index : index + 1]), None))
                lines[-1].append(replace(self.style, text="" if defines else " "))
            elif child.type == "link_open":
                links.append((str(child.attrs.get("href", "")), len(lines[-1])))
            elif child.type == "link_close":
                lines[-1].append(self._link_end(*links.pop(), token.content, lines[-1]))
            else:
                lines[-1] += self._child_runs(child, is_linked=bool(links))
        if self.rows:
            texts = ("".join(run.text for run in line) for line in lines)
            self.rows[-1].append(" ".join(" ".join(texts).split()))
            return
        for line in lines:
            self._add_line(line)

    def _link_end(self, target: str, before: int, source: str, line: Sequence[Run]) -> Run:
        """Return the domain of a link, or the end of its target if it has no text.

        That of a link whose target stands elsewhere in the excerpt would be out of order; one
        whose text is its address says it already.
        """
        url = unquote(target)
        self._track(url)
        plain = MARKS.sub("", url)
        shown = "".join(run.text for run in line[before:])
        if not shown.strip():
            return replace(self.style, text=target_text(plain), code=True)
        domain = _domain(plain)
        is_new = domain[2:-1] in MARKS.sub("", source) and domain[2:-1] not in shown
        return replace(self.style, text=domain if is_new else "")

    def _child_runs(self, token: Token, *, is_linked: bool) -> list[Run]:
        if token.type in {"strong_open", "strong_close"}:
            self.style = replace(self.style, bold=token.type == "strong_open")
        elif token.type in {"em_open", "em_close"}:
            self.style = replace(self.style, italic=token.type == "em_open")
        elif token.type == "code_inline":
            return [replace(run, code=True) for run in self._split_marks(token.content)]
        elif token.type == "image":
            return self._picture_runs(token.content, is_linked=is_linked)
        elif token.type == "html_inline":
            return self._text_runs(_TAG.sub(lambda tag: component_text(tag[0]), token.content))
        elif token.content:
            return self._text_runs(token.content)
        return []

    def _picture_runs(self, description: str, *, is_linked: bool) -> list[Run]:
        """Show a picture's description, but not what an editor put in its place."""
        if is_linked or not _NO_DESCRIPTION.fullmatch(MARKS.sub("", description)):
            return self._text_runs(description)
        self._track(description)
        return []

    def _text_runs(self, text: str) -> list[Run]:
        return self._split_marks(_SPACES.sub(" ", _INLINE_REST.sub(_rest_text, text)))

    def _split_marks(self, text: str) -> list[Run]:
        """Split text at the marks of the highlight and switch its style."""
        runs: list[Run] = []
        for piece in re.split(f"([{MARK_START}{MARK_END}])", text):
            if MARKS.fullmatch(piece):
                self._track(piece)
            elif piece:
                runs.append(replace(self.style, text=piece))
        return runs

    def _track(self, text: str) -> None:
        """Follow the highlight through text that is not shown in its style."""
        for mark in MARKS.findall(text):
            self.style = replace(self.style, highlighted=mark == MARK_START)


def _rest_text(match: re.Match[str]) -> str:
    unknown = "…" if match["value"] else ""  # only the site generator knows it
    return match["wiki"] or match["reference"] or match["marked"] or unknown


def _defines(token: Token | None) -> bool:
    """Return whether a line begins with the colon of a definition, whose term is above it."""
    return token is not None and MARKS.sub("", token.content)[:2] == ": "


def _is_break(token: Token, following: Sequence[Token]) -> bool:
    """Return whether a token breaks a line: at the end of a line, if a label in bold follows."""
    if token.type == "softbreak":
        return _begins_label(following[:_MAX_LABEL_TOKENS])
    is_tag = token.type == "html_inline" and token.content.lower().startswith("<br")
    return token.type == "hardbreak" or is_tag


def _begins_label(tokens: Sequence[Token]) -> bool:
    """Return whether tokens begin with a text in bold and a colon: "**Material**: scarves"."""
    shown = [token for token in tokens if token.type != "text" or MARKS.sub("", token.content)]
    if [token.type for token in shown[:3]] != ["strong_open", "text", "strong_close"]:
        return False
    after = MARKS.sub("", shown[3].content) if len(shown) > 3 else ""
    return MARKS.sub("", shown[1].content).endswith(":") or after.startswith(":")


def _cell_text(source: str) -> str:
    return html.unescape(" ".join(_TAG.sub(_tag_text, source).split()))


def _tag_text(tag: re.Match[str]) -> str:
    return f" {component_text(tag[0])} "


def _domain(url: str) -> str:
    """Return the domain of an absolute link in parentheses."""
    parts = urlsplit(url) if re.match(r"https?://", url) else None
    return f" ({parts.netloc})" if parts and parts.netloc else ""
