"""Write Word's formulas as text: with Unicode's superscripts, or in TeX if that is not enough."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.readers.docx_styles import val

if TYPE_CHECKING:
    from lxml.etree import _Element

_TEX_STRUCTURES = {"f", "rad", "nary", "limLow", "limUpp", "m", "eqArr", "sPre", "acc", "bar"}
_TEX_OPERATORS = {"∑": "\\sum", "∏": "\\prod", "∫": "\\int", "⋃": "\\bigcup", "⋂": "\\bigcap"}
_MAX_DEPTH = 40


def formula_text(formula: "_Element") -> str:
    """Write a formula on one line, without the spaces around it."""
    names = {str(element.tag) for element in formula.iter("*")}
    if names.isdisjoint(_TEX_STRUCTURES):
        return _write(formula, _TEXT_WRITERS, 0)
    return _write(formula, _TEX_WRITERS, 0)


_Part = Callable[[str], str]  # writes the child of that name
_Writer = Callable[["_Element", _Part], str]


def _write(element: "_Element", writers: "dict[str, _Writer]", depth: int) -> str:
    """Write an element and what is in it; one nested too deep is written as its plain text."""
    if depth > _MAX_DEPTH:
        return "".join(text.text or "" for text in element.iter("t"))
    if element.tag == "t":
        return element.text or ""

    def part(name: str) -> str:
        return "".join(_write(child, writers, depth + 1) for child in element.findall(name))

    if writer := writers.get(str(element.tag)):
        return writer(element, part)
    # The names of properties end in Pr: ctrlPr, rPr, sSupPr.
    children = (child for child in element if not str(child.tag).endswith("Pr"))
    return "".join(_write(child, writers, depth + 1) for child in children)


def _fraction(_element: "_Element", part: _Part) -> str:
    return f"\\frac{{{part('num')}}}{{{part('den')}}}"


def _root(_element: "_Element", part: _Part) -> str:
    degree = part("deg")
    return f"\\sqrt[{degree}]{{{part('e')}}}" if degree else f"\\sqrt{{{part('e')}}}"


def _operator(element: "_Element", part: _Part) -> str:
    sign = val(element, "naryPr/chr") or "∫"
    return f"{_TEX_OPERATORS.get(sign, sign)}{_tex_scripts(part)} {part('e')}"


def _tex_script(_element: "_Element", part: _Part) -> str:
    return part("e") + _tex_scripts(part)


def _tex_scripts(part: _Part) -> str:
    scripts = (("_", part("sub")), ("^", part("sup")))
    return "".join(f"{mark}{{{text}}}" for mark, text in scripts if text)


def _text_script(_element: "_Element", part: _Part) -> str:
    return append_superscript(append_subscript(part("e"), part("sub")), part("sup"))


def _brackets(element: "_Element", part: _Part) -> str:
    opening, closing = (val(element, f"dPr/{name}") for name in ("begChr", "endChr"))
    return f"{'(' if opening is None else opening}{part('e')}{')' if closing is None else closing}"


_TEXT_WRITERS: dict[str, _Writer] = {
    **dict.fromkeys(("sSup", "sSub", "sSubSup"), _text_script),
    "d": _brackets,
}
_TEX_WRITERS: dict[str, _Writer] = {
    **dict.fromkeys(("sSup", "sSub", "sSubSup"), _tex_script),
    "d": _brackets,
    "f": _fraction,
    "rad": _root,
    "nary": _operator,
}
