"""Write roles of MyST, and links without a text, as a page of Sphinx shows them."""

import re
from collections.abc import Mapping

from index.ingest.parsing.roles import shown_role
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.text.markdown.directives import write_directives
from index.text.markdown.fences import fenced_code
from index.text.spans import gaps

_MAX_CHARS = 500
_INLINE = r"(?:(?!\n[ \t]*\n)[\s\S])"
_REFERENCE = re.compile(
    rf"""
    \\[\\`{{\[]
    |\{{(?P<role>[A-Za-z][\w:+-]{{0,50}})\}}(?P<marks>`+)(?!`)
      (?P<content>{_INLINE}{{1,{_MAX_CHARS}}}?)(?<!`)(?P=marks)(?!`)
    |(?P<ticks>`+)(?!`){_INLINE}{{1,2000}}?(?<!`)(?P=ticks)(?!`)
    |(?<!!)\[\]\(<?(?P<link>[^()<>\n]{{1,300}})>?\)
    """,
    re.VERBOSE,
)
_OBJECT = re.compile(r"(?:inv:[^#\n]*)?#?(?:\*\.)?(?P<name>\w+(?:\.\w+)*)")
_MARKUP = re.compile(r"[\\`*<>\[\]|]|(?<!\w)_|_(?!\w)")
_HEADING = re.compile(r"[ \t]*#{1,6}[ \t]")
_SCRIPTS = {
    **dict.fromkeys(("sup", "superscript"), append_superscript),
    **dict.fromkeys(("sub", "subscript"), append_subscript),
}
_MARKED_ROLES = {"math": "$", "code": "`", "literal": "`"}


def write_references(text: str, titles: Mapping[str, str]) -> str:
    """Return Markdown with the texts of roles, and with those of links that have none.

    ``titles`` are those that references stand for.
    """
    if "}`" not in text and "[](" not in text:
        return text
    written = write_directives(text)  # their fences are not those of code
    parts, position = [], 0
    code = (each.span for each in fenced_code(written))
    for start, end in gaps(code, 0, len(text)):
        for match in _REFERENCE.finditer(written, start, end):
            shown = _shown(match, titles)
            if shown is not None:
                parts += [text[position : match.start()], shown]
                position = match.end()
    return "".join([*parts, text[position:]])


def _shown(match: re.Match[str], titles: Mapping[str, str]) -> str | None:
    """Return what a page shows for a match; an empty link in a heading is only its anchor."""
    if match["role"]:
        return _role(match, titles)
    line_start = match.string.rfind("\n", 0, match.start()) + 1
    is_anchor = _HEADING.match(match.string, line_start)
    return _link(match["link"], titles) if match["link"] and not is_anchor else None


def _role(match: re.Match[str], titles: Mapping[str, str]) -> str:
    name, content = match["role"], " ".join(match["content"].split())
    if append := _SCRIPTS.get(name):
        before = match.string[: match.start()][-1:]
        return append(before, content).removeprefix(before)
    if mark := _MARKED_ROLES.get(name):
        return f"{mark}{content}{mark}"
    shown = shown_role(name, content)
    if shown.is_code:
        return f"{match['marks']}{shown.text}{match['marks']}"
    return _escaped(titles.get(shown.target, shown.text))


def _link(target: str, titles: Mapping[str, str]) -> str | None:
    """Return a link with the title of what it leads to, or the name of an object as code."""
    if title := titles.get(target):
        return f"[{_escaped(title)}]({f'<{target}>' if ' ' in target else target})"
    name = _OBJECT.fullmatch(target)
    is_object = name is not None and ("." in name["name"] or ":" in target)
    return f"`{name['name']}`" if name and is_object else None


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\g<0>", text)
