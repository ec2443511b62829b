"""Write superscripts, subscripts and formulas as plain text before a page is read further.

Formulas are written in TeX where the page gives it: as alttext or an annotation of MathML, in the
scripts of MathJax, as the alternative text of pictures. Other MathML is written out in a line.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import local_name, text_content
from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.readers.mathml import mathml_text

if TYPE_CHECKING:
    from lxml.etree import _Element

_CONTEXT_CHARS = 60
_SCRIPTS: dict[str, Callable[[str, str], str]] = {
    "sup": append_superscript,
    "sub": append_subscript,
}
_MATH_TAGS = {"math", "svg"}
# KaTeX, MathJax 3 and MediaWiki wrap a formula together with what they draw for it.
_WRAPPER = re.compile(
    r"(?:^|\s)(?:katex(?:-display)?|mwe-math-element|mjx-container|MathJax)(?=\s|$)"
)
_DRAWING = re.compile(r"(?:^|\s)(?:MathJax(?:_\w+)?|MJX\w*)(?=\s|$)")  # beside MathJax 2's script
_PICTURE = re.compile(r"(?:^|[\s_-])(?:math|tex|latex|formula|equation)", re.IGNORECASE)
_DISPLAY_STYLE = re.compile(r"\A\{\\displaystyle\s*(.*)\}\Z", re.DOTALL)
_VERTICAL_ALIGN = re.compile(r"vertical-align\s*:\s*(sup|sub)", re.IGNORECASE)
_SCRIPT_CLASS = re.compile(r"(sup|sub)(?:er)?(?:script)?", re.IGNORECASE)
_MAX_SCRIPT_CHARS = 20
_MAX_FORMULA_CHARS = 2_000


def write_formulas(tree: "_Element") -> None:
    """Replace formulas, superscripts and subscripts in ``tree`` by text."""
    for element in [*tree.iter("{*}math", "math", "{*}script", "script", "{*}img", "img")]:
        _write_formula(element)
    for element in [*tree.iter("{*}span", "span", "div")]:
        if _DRAWING.search(element.get("class") or "") and element.getparent() is not None:
            _replace(element, "")
    for element in [*tree.iter("{*}span", "span", "{*}font", "font")]:
        if script := _script_by_style(element):
            element.tag = element.tag.removesuffix(local_name(element)) + script
    if next(tree.iter("{*}sup", "{*}sub", "sup", "sub"), None) is not None:
        for element in [*_scripts(tree)]:
            _write_script(element)


def _write_formula(element: "_Element") -> None:
    tex = _tex(element)
    wrapper = _wrapper(element)
    if tex and element.getroottree().getroot() is not wrapper and wrapper.getparent() is not None:
        _replace(wrapper, tex)


def _tex(element: "_Element") -> str:
    """Return the TeX of a formula, or MathML written out; empty if it is none."""
    name = local_name(element)
    if name == "script":
        tex = (element.text or "") if "math/" in (element.get("type") or "") else ""
    elif name == "img":
        tex = (element.get("alt") or "") if _PICTURE.search(element.get("class") or "") else ""
    else:
        tex = mathml_text(element)
    tex = " ".join(tex.split())
    style = _DISPLAY_STYLE.match(tex)
    return (style[1].strip() if style else tex)[:_MAX_FORMULA_CHARS]


def _wrapper(element: "_Element") -> "_Element":
    """Return the outermost element around a formula that holds nothing else."""
    wrapper = element
    for ancestor in element.iterancestors():
        name = ancestor.tag if isinstance(ancestor.tag, str) else ""
        if _WRAPPER.search(ancestor.get("class") or "") or name == "mjx-container":
            wrapper = ancestor
    return wrapper


def _scripts(tree: "_Element") -> "Iterator[_Element]":
    """Yield superscripts and subscripts in order, those inside others first."""
    from lxml import etree  # noqa: PLC0415 - only marked-up files need it

    for _, element in etree.iterwalk(tree, events=("end",)):
        if isinstance(element.tag, str) and local_name(element) in _SCRIPTS:
            yield element


def _script_by_style(element: "_Element") -> str | None:
    """Return ``sup`` or ``sub`` for a short text that only its style or class raises or lowers."""
    style = _VERTICAL_ALIGN.search(element.get("style") or "")
    name = _SCRIPT_CLASS.fullmatch(element.get("class") or "")
    script = style or name
    return script[1].lower() if script and len(text_content(element)) <= _MAX_SCRIPT_CHARS else None


def _write_script(element: "_Element") -> None:
    if element.getparent() is None or any(
        local_name(ancestor) in _MATH_TAGS for ancestor in element.iterancestors()
    ):
        return
    text = "" if _is_note(element) else text_content(element)
    before = _text_before(element)
    added = _SCRIPTS[local_name(element)](before, text)
    if added.startswith(before):
        _replace(element, added[len(before) :])
    elif before.endswith(_own_text_before(element)):  # a fraction: its numerator changes too
        _replace(element, added, drop=len(before))


def _is_note(element: "_Element") -> bool:
    """Return whether a superscript leads to a note; its number is not part of the sentence."""
    return local_name(element) == "sup" and any(
        local_name(child) in {"a", "ref"} for child in element.iterdescendants()
    )


def _text_before(element: "_Element") -> str:
    """Return the end of the text right before an element, inside the same parent."""
    own = _own_text_before(element)
    previous = element.getprevious()
    if own or previous is None:
        return own[-_CONTEXT_CHARS:]
    return text_content(previous)[-_CONTEXT_CHARS:]


def _own_text_before(element: "_Element") -> str:
    previous, parent = element.getprevious(), element.getparent()
    if previous is not None:
        return previous.tail or ""
    return (parent.text or "") if parent is not None else ""


def _replace(element: "_Element", text: str, *, drop: int = 0) -> None:
    """Replace an element by text; ``drop`` characters of the text before it go with it."""
    parent, previous = element.getparent(), element.getprevious()
    if parent is None:
        return
    own = _own_text_before(element)
    text = own[: len(own) - drop] + text + (element.tail or "")
    element.tail = None
    if previous is not None:
        previous.tail = text
    else:
        parent.text = text
    parent.remove(element)
