"""Write Word's formulas as text: with Unicode's superscripts, or in TeX if that is not enough."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from index.ingest.parsing.superscripts import append_subscript, append_superscript
from index.ingest.readers.docx.styles import val

if TYPE_CHECKING:
    from lxml.etree import _Element

UNREAD_FORMULA = "[…]"  # shows that something is left out: a formula as a picture or a field
_TEX_STRUCTURES = set("f rad nary limLow limUpp m eqArr sPre acc bar".split())
_TEX_OPERATORS = {"∑": "\\sum", "∏": "\\prod", "∫": "\\int", "⋃": "\\bigcup", "⋂": "\\bigcap"}
_TEX_ACCENTS = {  # by the combining character
    "\u0302": "hat", "\u0303": "tilde", "\u0304": "bar", "\u0305": "bar", "\u20d7": "vec",
    "\u0307": "dot", "\u0308": "ddot", "\u030c": "check", "\u0306": "breve",
}  # fmt: skip
_MAX_DEPTH = 40


def formula_text(formula: "_Element") -> str:
    """Write a formula on one line, without the spaces around it."""
    names = {str(element.tag) for element in formula.iter("*")}
    if names.isdisjoint(_TEX_STRUCTURES):
        return _write(formula, _TEXT_WRITERS, 0)
    return _write(formula, _TEX_WRITERS, 0)


_Parts = Callable[[str], list[str]]  # writes the children of that name
_Writer = Callable[["_Element", _Parts], str]


def _write(element: "_Element", writers: "dict[str, _Writer]", depth: int) -> str:
    """Write an element and what is in it; one nested too deep is written as its plain text."""
    if depth > _MAX_DEPTH:
        return "".join(text.text or "" for text in element.iter("t"))
    if element.tag == "t":
        return element.text or ""

    def parts(name: str) -> list[str]:
        return [_write(child, writers, depth + 1) for child in element.findall(name)]

    if writer := writers.get(str(element.tag)):
        return writer(element, parts)
    # The names of properties end in Pr: ctrlPr, rPr, sSupPr.
    children = (child for child in element if not str(child.tag).endswith("Pr"))
    return "".join(_write(child, writers, depth + 1) for child in children)


def _one(parts: _Parts, name: str) -> str:
    return "".join(parts(name))


def _fraction(element: "_Element", parts: _Parts) -> str:
    command = "binom" if val(element, "fPr/type") == "noBar" else "frac"
    return f"\\{command}{{{_one(parts, 'num')}}}{{{_one(parts, 'den')}}}"


def _root(_element: "_Element", parts: _Parts) -> str:
    degree, content = _one(parts, "deg"), _one(parts, "e")
    return f"\\sqrt[{degree}]{{{content}}}" if degree else f"\\sqrt{{{content}}}"


def _operator(element: "_Element", parts: _Parts) -> str:
    sign = val(element, "naryPr/chr") or "∫"
    return f"{_TEX_OPERATORS.get(sign, sign)}{_tex_scripts(parts)} {_one(parts, 'e')}"


def _accent(element: "_Element", parts: _Parts) -> str:
    command = _TEX_ACCENTS.get(val(element, "accPr/chr") or "\u0302", "hat")
    return f"\\{command}{{{_one(parts, 'e')}}}"


def _bar(element: "_Element", parts: _Parts) -> str:
    command = "overline" if val(element, "barPr/pos") == "top" else "underline"
    return f"\\{command}{{{_one(parts, 'e')}}}"


def _matrix(_element: "_Element", parts: _Parts) -> str:
    """Write a matrix, or equations below each other."""
    rows = " \\\\ ".join(parts("mr") or parts("e"))
    return f"\\begin{{matrix}} {rows} \\end{{matrix}}"


def _matrix_row(_element: "_Element", parts: _Parts) -> str:
    return " & ".join(parts("e"))


def _limit(element: "_Element", parts: _Parts) -> str:
    mark = "_" if element.tag == "limLow" else "^"
    return f"{_one(parts, 'e')}{mark}{{{_one(parts, 'lim')}}}"


def _function(_element: "_Element", parts: _Parts) -> str:
    return f"{_one(parts, 'fName')} {_one(parts, 'e')}"


def _tex_script(_element: "_Element", parts: _Parts) -> str:
    return _one(parts, "e") + _tex_scripts(parts)


def _scripts_before(_element: "_Element", parts: _Parts) -> str:
    return f"{{}}{_tex_scripts(parts)}{_one(parts, 'e')}"


def _tex_scripts(parts: _Parts) -> str:
    scripts = (("_", _one(parts, "sub")), ("^", _one(parts, "sup")))
    return "".join(f"{mark}{{{text}}}" for mark, text in scripts if text)


def _text_script(_element: "_Element", parts: _Parts) -> str:
    lowered = append_subscript(_one(parts, "e"), _one(parts, "sub"))
    return append_superscript(lowered, _one(parts, "sup"))


def _brackets(element: "_Element", parts: _Parts) -> str:
    opening, separator, closing = (
        default if (sign := val(element, f"dPr/{name}")) is None else sign
        for name, default in (("begChr", "("), ("sepChr", "|"), ("endChr", ")"))
    )
    return f"{opening}{separator.join(parts('e'))}{closing}"


_SHARED_WRITERS: dict[str, _Writer] = {"d": _brackets, "func": _function}
_TEXT_WRITERS: dict[str, _Writer] = {
    **_SHARED_WRITERS,
    **dict.fromkeys(("sSup", "sSub", "sSubSup"), _text_script),
}
_TEX_WRITERS: dict[str, _Writer] = {
    **_SHARED_WRITERS,
    **dict.fromkeys(("sSup", "sSub", "sSubSup"), _tex_script),
    **dict.fromkeys(("limLow", "limUpp"), _limit),
    **dict.fromkeys(("m", "eqArr"), _matrix),
    "mr": _matrix_row,
    "f": _fraction,
    "rad": _root,
    "nary": _operator,
    "acc": _accent,
    "bar": _bar,
    "sPre": _scripts_before,
}
