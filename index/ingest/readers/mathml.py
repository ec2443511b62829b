"""Write MathML as text: the TeX that it carries or, failing that, its parts in a line."""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from index.ingest.parsing.safe_xml import local_name, text_content
from index.ingest.parsing.superscripts import append_subscript, append_superscript

if TYPE_CHECKING:
    from lxml.etree import _Element

_SPACED_OPERATORS = set("=<>≤≥≈≠≡+−±×·→⇒∈")
_COMMAS = {",", ";"}
_NOT_DRAWN = {"annotation", "annotation-xml", "mphantom"}
_SEPARATORS = {"mtable": "; ", "mtr": ", ", "mlabeledtr": ", "}
_ACCENTS = {  # drawn over one letter, and the character that combines with it
    **dict.fromkeys("¯‾ˉ\u0304\u0305", "\u0304"),
    **dict.fromkeys("^ˆ\u0302", "\u0302"),
    **dict.fromkeys("~˜\u0303", "\u0303"),
    **dict.fromkeys("→\u20d7", "\u20d7"),
    **dict.fromkeys("˙\u0307", "\u0307"),
    **dict.fromkeys("¨\u0308", "\u0308"),
}


def mathml_text(element: "_Element") -> str:
    """Write a formula on one line."""
    notes = (note for note in element.iter("{*}annotation", "annotation"))
    tex = element.get("alttext") or next((text_content(n) for n in notes if _is_tex(n)), "")
    return " ".join((tex or _linear(element)).split())


def _is_tex(annotation: "_Element") -> bool:
    return "tex" in (annotation.get("encoding") or "").lower()


def _linear(element: "_Element") -> str:
    """Write MathML in one line: x², a/b, √(x)."""
    name = local_name(element)
    if name in _NOT_DRAWN:
        return ""
    if name == "mmultiscripts":
        return _scripts_around(element)
    parts = [_linear(child) for child in element if isinstance(child.tag, str)]
    if not parts:
        return _leaf(element, name)
    layout = _LAYOUTS.get((name, len(parts)))
    if name == "mfrac" and _is_without_bar(element):
        layout = _binomial
    if layout:
        return layout(*parts)
    if name == "mfenced":
        return f"{element.get('open', '(')}{', '.join(parts)}{element.get('close', ')')}"
    text = _SEPARATORS.get(name, "").join(parts)
    return f"√({text})" if name == "msqrt" else text


def _leaf(element: "_Element", name: str) -> str:
    text = " ".join((element.text or "").split())
    if name == "mo" and text in _COMMAS:
        return f"{text} "
    is_apart = text in _SPACED_OPERATORS if name == "mo" else name in {"mtext", "mspace"}
    return f" {text} " if is_apart else text


def _scripts_around(element: "_Element") -> str:
    """Write a letter with scripts on both sides: ¹⁴₆C."""
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return ""
    base, *scripts = children
    names = [local_name(script) for script in scripts]
    middle = names.index("mprescripts") if "mprescripts" in names else len(names)
    texts = [_linear(script) for script in scripts]
    before = "".join(_both_scripts("", *pair) for pair in _pairs(texts[middle + 1 :]))
    written = before + _linear(base)
    for lowered, raised in _pairs(texts[:middle]):
        written = _both_scripts(written, lowered, raised)
    return written


def _pairs(texts: list[str]) -> list[tuple[str, str]]:
    return [*zip(texts[::2], texts[1::2], strict=False)]


def _fraction(numerator: str, denominator: str) -> str:
    return "/".join(part if len(part) == 1 else f"({part})" for part in (numerator, denominator))


def _is_without_bar(fraction: "_Element") -> bool:
    return (
        re.fullmatch(r"0(?:\.0*)?[a-z%]*", (fraction.get("linethickness") or "").strip())
        is not None
    )


def _binomial(upper: str, lower: str) -> str:
    """Write what stands above each other without a bar, in parentheses that are around it."""
    return f"{upper} ¦ {lower}"


def _root(content: str, degree: str) -> str:
    return f"{append_superscript('', degree)}√({content})"


def _over(base: str, above: str) -> str:
    accent = _ACCENTS.get(above.strip())
    return base + accent if accent and len(base) == 1 else append_superscript(base, above)


def _both_scripts(base: str, lowered: str, raised: str) -> str:
    return append_superscript(append_subscript(base, lowered), raised)


_LAYOUTS: dict[tuple[str, int], Callable[..., str]] = {  # by element and number of parts
    ("msup", 2): append_superscript,
    ("mover", 2): _over,
    ("msub", 2): append_subscript,
    ("munder", 2): append_subscript,
    ("msubsup", 3): _both_scripts,
    ("munderover", 3): _both_scripts,
    ("mfrac", 2): _fraction,
    ("mroot", 2): _root,
}
