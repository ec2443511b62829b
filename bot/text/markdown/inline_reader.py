"""Read the inline content of blocks: styles, links, pictures and the highlight."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from markdown_it.token import Token

from bot.text.markdown.elements import Run
from bot.text.markdown.highlight import MARK_END, MARK_START, MARKS
from bot.text.markdown.html_tags import inline_text

_PICTURE_SUFFIX = "png|jpe?g|gif|webp|svg|avif|bmp"
_NO_DESCRIPTION = re.compile(  # of a picture: a placeholder, its size or the name of its file
    r"(?:image|img|picture|photo|screenshot|alt(?:[ -]text)?|bild|grafik)(?:[ _-]?\(?\d{1,9}\)?)?"
    rf"|\d{{1,4}}(?:x\d{{1,4}})?|\S{{1,100}}\.(?:{_PICTURE_SUFFIX})",
    re.IGNORECASE,
)
_GENERATED = re.compile(  # what the parser takes for text
    rf"[ \t]?!\[\[[^\[\]|\n]+\.(?:{_PICTURE_SUFFIX}|mp[34]|ogg|webm)"
    r"(?:#[^\[\]|\n]*)?(?:\|\d{0,4}(?:x\d{1,4})?)?\]\]"
    r"|!?\[\[(?:[^\[\]|\n]*\|)?(?P<wiki>[^\[\]|\n]+)\]\]"
    r"|\[(?P<reference>[^\[\]\n]+)\]\[[^\[\]\n]*\]"
    r"|(?P<attributes>\{:?[ \t]*(?:[.#]|[\w-]+=[\"'])[^{}\n]{0,200}\}|\{target=\w+\}"
    r"|(?:[ \t]|(?<=\]\]))\^[\w-]+[ \t]*\Z"
    rf"|(?:\A|(?<={MARK_START}))\[\^[^\[\]\n]+\]:[ \t]*|\[\^[^\[\]\n]+\])"
    r"|(?P<shortcode>\{\{[<%][^{}\n]*[>%]\}\}|\{%-?[ \t]*(?:end)?\w[^{}\n]*%\})"
    r"|(?P<value>\{\{-?[ \t]*\$?[a-z]\w*(?:\.\w+)+(?:[ \t]*\|[^{}\n]*)?[ \t]*-?\}\})"
    r"|(?P<icon>:(?:material|octicons|simple|fontawesome|lucide)-[\w-]+:(?:\{[^{}\n]*\})?[ \t]+)"
    r"|==(?P<marked>[^=\n]+)=="
)
_SPACES = re.compile(r" {2,}")  # a comment in the file leaves a run of them
_TARGET_END = re.compile(r"[^/:#]+(?:#.*)?\Z")
_MAX_LABEL_TOKENS = 8


class InlineReader:
    """Reads the inline content of one block after the other; keeps the style between them.

    The highlight may begin in one block and end in another.
    """

    def __init__(self) -> None:
        self._style = Run("")

    def begin_text(self, *, bold: bool) -> None:
        """Begin a paragraph, or a heading in bold."""
        self._style = replace(self._style, bold=bold, italic=False)

    def read_lines(self, token: Token) -> list[list[Run]]:
        """Return the lines of a block."""
        lines: list[list[Run]] = [[]]
        links: list[tuple[str, int]] = []  # targets, and the runs before them
        children = token.children or []
        for index, child in enumerate(children, 1):
            following = children[index : index + _MAX_LABEL_TOKENS]
            if _is_break(child, following):
                lines.append([])
            elif child.type == "softbreak":
                lines[-1].append(replace(self._style, text="" if _defines(following) else " "))
            elif child.type == "link_open":
                links.append((str(child.attrs.get("href", "")), len(lines[-1])))
            elif child.type == "link_close":
                lines[-1].append(self._link_end(*links.pop(), token.content, lines[-1]))
            else:
                lines[-1] += self._child_runs(child, is_linked=bool(links))
        return [[*_with_single_spaces(line)] for line in lines]

    def text_runs(self, text: str) -> list[Run]:
        """Return text in the current style, without what is written for a site generator."""
        return self._split_marks(_SPACES.sub(" ", _GENERATED.sub(_shown_text, text)))

    def track(self, text: str) -> None:
        """Follow the highlight through text that is not shown in its style."""
        for mark in MARKS.findall(text):
            self._style = replace(self._style, highlighted=mark == MARK_START)

    def _child_runs(self, token: Token, *, is_linked: bool) -> list[Run]:
        if token.type in {"strong_open", "strong_close"}:
            self._style = replace(self._style, bold=token.type == "strong_open")
        elif token.type in {"em_open", "em_close"}:
            self._style = replace(self._style, italic=token.type == "em_open")
        elif token.type == "code_inline":
            return [replace(run, code=True) for run in self._split_marks(token.content)]
        elif token.type == "image":
            return self._picture_runs(token.content, is_linked=is_linked)
        elif token.type == "html_inline":
            return self.text_runs(inline_text(token.content))
        elif token.content:
            return self.text_runs(token.content)
        return []

    def _picture_runs(self, description: str, *, is_linked: bool) -> list[Run]:
        """Show a picture's description, but not what an editor put in its place."""
        if is_linked or not _NO_DESCRIPTION.fullmatch(MARKS.sub("", description)):
            return self.text_runs(description)
        self.track(description)
        return []

    def _link_end(self, target: str, before: int, source: str, line: Sequence[Run]) -> Run:
        """Return the domain of a link, or the end of its target if it has no text.

        That of a link whose target stands elsewhere in the excerpt would be out of order; one
        whose text is its address says it already.
        """
        url = unquote(target)
        self.track(url)
        plain = MARKS.sub("", url)
        shown = "".join(run.text for run in line[before:])
        if not shown.strip():
            end = _TARGET_END.search(plain)
            return replace(self._style, text=end[0] if end else plain, code=True)
        domain = _domain(plain)
        is_new = domain in MARKS.sub("", source) and domain not in shown
        return replace(self._style, text=f" ({domain})" if is_new else "")

    def _split_marks(self, text: str) -> list[Run]:
        """Split text at the marks of the highlight and switch its style."""
        runs: list[Run] = []
        for piece in re.split(f"([{MARK_START}{MARK_END}])", text):
            if MARKS.fullmatch(piece):
                self.track(piece)
            elif piece:
                runs.append(replace(self._style, text=piece))
        return runs


def _with_single_spaces(runs: Sequence[Run]) -> Iterator[Run]:
    """Yield runs without the second of two spaces, between which a picture or a mark was."""
    is_after_space = False
    for run in runs:
        text = run.text.lstrip(" ") if is_after_space and not run.code else run.text
        if text:
            is_after_space = not run.code and text.endswith(" ")
            yield replace(run, text=text)


def _shown_text(match: re.Match[str]) -> str:
    unknown = "…" if match["value"] else ""  # only the site generator knows it
    return match["wiki"] or match["reference"] or match["marked"] or unknown


def _is_break(token: Token, following: Sequence[Token]) -> bool:
    """Return whether a token breaks a line: at the end of a line, if a label in bold follows."""
    if token.type == "softbreak":
        return _begins_label(following)
    is_tag = token.type == "html_inline" and token.content.lower().startswith("<br")
    return token.type == "hardbreak" or is_tag


def _begins_label(tokens: Sequence[Token]) -> bool:
    """Return whether tokens begin with a text in bold and a colon: "**Material**: scarves"."""
    shown = [token for token in tokens if token.type != "text" or MARKS.sub("", token.content)]
    if [token.type for token in shown[:3]] != ["strong_open", "text", "strong_close"]:
        return False
    after = MARKS.sub("", shown[3].content) if len(shown) > 3 else ""
    return MARKS.sub("", shown[1].content).endswith(":") or after.startswith(":")


def _defines(tokens: Sequence[Token]) -> bool:
    """Return whether a line begins with the colon of a definition, whose term is above it."""
    return bool(tokens) and MARKS.sub("", tokens[0].content).startswith(": ")


def _domain(url: str) -> str:
    """Return the domain of an absolute link; "" of others."""
    return urlsplit(url).netloc if re.match(r"https?://", url) else ""
