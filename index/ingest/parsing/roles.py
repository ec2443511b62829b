"""Tell what a page of Sphinx shows of a role, in reStructuredText as in MyST Markdown."""

import re
from collections.abc import Callable
from dataclasses import dataclass

ROLE = re.compile(r"[:{](?P<name>[\w:+-]{1,50})[:}]`(?P<content>[^`\n]*)`")
_EXPLICIT_TITLE = re.compile(r"(.+?)\s*<([^<>]*)>\Z", re.DOTALL)
_ICON_ROLE = re.compile(r"fa[bsrl]?|fa-\w+|octicon|material-\w+|icon|opticon")
_VARIABLE = re.compile(r"\{([^{}]*)\}")  # of :file: and :samp:, shown in italics
_PROSE_ROLES = set(
    "ref doc term numref guilabel menuselection kbd abbr dfn any eq strong emphasis download index"
    " pep rfc cve cwe ticket issue pr user bdg sub-ref commit thesis book spellexception".split()
)


def _numbered(series: str) -> Callable[[str], str]:
    return lambda text: f"{series} {text.partition('#')[0]}"


_WRITERS: dict[str, Callable[[str], str]] = {  # others are shown as they are
    **{role: _numbered(role.upper()) for role in ("pep", "rfc", "cve", "cwe")},
    "menuselection": lambda text: text.replace("-->", "\u2023"),
    **dict.fromkeys(("issue", "pr", "ticket"), lambda text: f"#{text}" if text.isdigit() else text),
    **dict.fromkeys(
        ("class", "attr", "data", "exc", "mod", "obj", "const"), lambda text: text.removeprefix(".")
    ),
    **dict.fromkeys(("file", "samp"), lambda text: _VARIABLE.sub(r"\1", text)),
    **dict.fromkeys(("func", "meth"), lambda text: f"{text.lstrip('.').removesuffix('()')}()"),
    "config:option": lambda text: text.rpartition(":")[2],  # of Canonical: scope:name
}


@dataclass(frozen=True, slots=True)
class ShownRole:
    """The text that a page shows, as code or as prose.

    ``target`` names what it refers to, such as ``doc:../setup``, if the page shows its title.
    """

    text: str
    is_code: bool = False
    target: str = ""


def shown_role(name: str, content: str) -> ShownRole:
    """Return what a role shows: :class:`~a.b.Name` is ``Name``, `text <target>` is text."""
    shown = content.strip()
    if explicit := _EXPLICIT_TITLE.fullmatch(shown):
        return ShownRole(explicit[1])
    role = name.rpartition(":")[2].lower()
    if _ICON_ROLE.fullmatch(role):
        return ShownRole("")
    if shown.startswith("~"):
        shown = shown[1:].rpartition(".")[2]
    shown = shown.lstrip("!")
    writer = _WRITERS.get(name.lower()) or _WRITERS.get(role, str)
    if role in _PROSE_ROLES:
        return ShownRole(writer(shown).lstrip("/"), target=f"{role}:{shown}")
    return ShownRole(writer(shown), is_code=True)
