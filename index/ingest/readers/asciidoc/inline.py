"""Take the marks out of AsciiDoc's text: links become their text, literals stand in backticks."""

import html
import re
from collections.abc import Callable

from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.readers.asciidoc.attributes import Attributes

_Writer = Callable[[re.Match[str], Attributes], str]
_NAMES = r"link|xref|mailto|image|icon|kbd|btn|menu|footnote|footnoteref|indexterm2?|anchor|pass"
_TEXT = r"\[(?P<text>(?:[^\[\]\\]|\\.|\[[^\[\]]{0,200}\]){0,1000})\]"
_INLINE = re.compile(
    r"\+\+\+(?P<raw>[^\n]{1,500}?)\+\+\+"
    r"|(?P<quote>[\"'])`(?P<inside>[^`\n]{1,500})`(?P=quote)"
    r"|``?(?P<plus>\+)?(?P<literal>[^`\n]{1,500}?)(?(plus)\+)``?"
    rf"|(?P<macro>{_NAMES}|stem|latexmath|asciimath):(?P<target>[^\s\[\]]{{0,500}}){_TEXT}"
    r"|(?P<url>https?://[^\s\[\]<>]{1,1000})(?:\[(?P<label>[^\[\]]{0,500})\])?"
    r"|<<(?P<anchor>[\w\#/.:{\"][^<>,\n]{0,200})(?:,(?P<title>[^<>]{1,300}))?>>"
    r"|\(\(\([^()]{1,200}\)\)\)|\(\((?P<term>[^()]{1,200})\)\)"
    r"|\[\[[^\[\]\n]{1,200}\]\]"
    r"|(?:\[[.#%][^\[\]\n]{1,100}\])?(?<![\w#])\#\#?(?P<marked>[^#\s](?:[^#\n]{0,300}[^#\s])?)\#\#?(?!\w)"
    r"|\*\*(?P<strong>[^*\s](?:[^*\n]{0,500}[^*\s])?)\*\*|__(?P<emphatic>[^_\n]{1,500})__"
    r"|(?<![\w*\\])\*(?P<bold>[^*\s](?:[^*\n]{0,500}[^*\s])?)\*(?![\w*])"
    r"|(?<![\w\\])_(?P<italic>[^_\s](?:[^\n]{0,500}?[^_\s])?)_(?!\w)"
    r"|(?P<entity>&(?:[A-Za-z]{2,10}|\#\d{1,6});)"
    r"|(?P<mark>[\^~])(?P<script>[^\s^~]{1,30})(?P=mark)"
    r"|[ \t]\+(?P<line_break>\n|\Z)"
    r"|\\(?P<escaped>[{*_`#<\[])"
)
_WINDOW = re.compile(r",?[ \t]*(?:window|role|rel|opts|title|id|subs)=[^,]*|\^\Z")  # of a link

_PAGE_NAME = re.compile(r"\A.*[/:]|\.adoc\Z")  # around the name of a page


def plain_text(text: str, attributes: Attributes) -> str:
    """Return text without markup; ``attributes`` are the values of ``{names}``."""
    return _INLINE.sub(lambda match: _replace(match, attributes), attributes.expand(text))


def _replace(match: re.Match[str], attributes: Attributes) -> str:
    """Return what a page shows for a match, by the first of its groups that has a writer."""
    name = next((each for each in _WRITERS if match[each] is not None), None)
    return _WRITERS[name](match, attributes) if name else ""


def _script(match: re.Match[str], _attributes: Attributes) -> str:
    append = append_superscript if match["mark"] == "^" else append_subscript
    before = match.string[: match.start()][-1:]
    return append(before, match["script"]).removeprefix(before)


def _url(match: re.Match[str], attributes: Attributes) -> str:
    return _link_text(match["label"] or "", attributes) or match["url"]


def _reference(match: re.Match[str], attributes: Attributes) -> str:
    title = match["title"] or _title(match["anchor"], attributes)
    return plain_text(title.strip(), attributes)


def _quoted(match: re.Match[str], attributes: Attributes) -> str:
    return f"{match['quote']}{plain_text(match['inside'], attributes)}{match['quote']}"


def _styled(name: str) -> _Writer:
    return lambda match, attributes: plain_text(match[name], attributes)


def _macro(match: re.Match[str], attributes: Attributes) -> str:
    """Return what a macro such as ``kbd:[Ctrl+C]`` or ``link:a.html[text]`` shows."""
    name, target, text = match["macro"], match["target"], match["text"]
    if writer := _MACROS.get(name):
        return writer(target, text)
    shown = _link_text(text, attributes)
    if name in {"footnote", "footnoteref"}:
        return f" ({shown})" if shown else ""
    return shown or plain_text(_title(target, attributes), attributes)


def _title(target: str, attributes: Attributes) -> str:
    """Return the title of what a reference is about, else its anchor or the name of its page."""
    if title := attributes.titles.get(target):
        return title
    page, _, anchor = target.partition("#")
    return (anchor or _PAGE_NAME.sub("", page)).replace("_", " ")


def _menu(target: str, text: str) -> str:
    return " > ".join([target, *(item.strip() for item in text.split(">") if item.strip())])


def _link_text(label: str, attributes: Attributes) -> str:
    return plain_text(_WINDOW.sub("", label).strip('" '), attributes)


_WRITERS: dict[str, _Writer] = {
    "literal": lambda match, _attributes: f"`{match['literal']}`",
    "inside": _quoted,
    "macro": _macro,
    "url": _url,
    "anchor": _reference,
    "line_break": lambda _match, _attributes: "\n",
    "script": _script,
    **{name: _styled(name) for name in ("marked", "strong", "emphatic", "bold", "italic", "term")},
    "raw": lambda match, _attributes: match["raw"],
    "entity": lambda match, _attributes: html.unescape(match["entity"]),
    "escaped": lambda match, _attributes: match["escaped"],
}
_MACROS: dict[str, Callable[[str, str], str]] = {
    **dict.fromkeys(("icon", "anchor", "indexterm"), lambda _target, _text: ""),
    **dict.fromkeys(("stem", "latexmath", "asciimath"), lambda _target, text: f"${text}$"),
    **dict.fromkeys(("kbd", "btn", "pass", "indexterm2"), lambda _target, text: text),
    "image": lambda _target, text: text.split(",")[0].strip('" '),
    "menu": _menu,
}
