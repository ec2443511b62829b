"""Write superscripts and subscripts in plain text, so that 10⁶ does not become 106.

Unicode characters stand for digits, signs and a few letters; the rest is written ^(…) or _(…).
"""

import re

_SUPERSCRIPTS = str.maketrans("0123456789+-−=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱ")
_SUBSCRIPTS = str.maketrans(
    "0123456789+-−=()aeoxhklmnpstijruv", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₒₓₕₖₗₘₙₚₛₜᵢⱼᵣᵤᵥ"
)
_NUMBER = re.compile(r"(?!.*[ni]{2})[0-9+\-−=()ni]+")
_SUBSCRIPT = re.compile(r"[0-9+\-−=()]+|[aeoxhklmnpstijruv]")
_DIGITS = re.compile(r"\d+")
_ORDINALS = {"o": "º", "a": "ª", "TM": "™", "SM": "℠"}
_PLAIN = re.compile(r"[¼½¾⅐-⅞®©™℠ªº°*†‡§¶′″'\"’”,.;:…]+")  # raised already, or marks of their own
_ALREADY_RAISED = re.compile(r"[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱ₀₁₂₃₄₅₆₇₈₉₊₋]+")
# 1st, 2nd, XXe, Mlle, Cie, but not 10ab or xab
_ENDING = re.compile(r"[^\W\d_]{1,4}\.?")
_BEFORE_ENDING = re.compile(r"(?:\d|\b[IVXLCDM]+|\b[A-ZÉ][^\W\d_]?|\b[Nn])\Z")
_NUMBER_ENDINGS = set("st nd rd th e er re ème eme nde de ste ter te d ers es os as o a".split())
_ABBREVIATIONS = set(
    "lle lles me mes gr grs ie te ve r rs t o os a as".split()
)  # after M, C, D, S, N
# A number or letter after a full stop, a quotation mark or a long word leads to a note.
_NOTE_NUMBER = re.compile(r"[\[(]?\s*(?:\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*|[a-z])\s*[\])]?")
_BEFORE_NOTE = re.compile(r"(?:[.,;:!?…\"”’»“]|[^\W\d_]{4,}[a-zß-öø-ÿ])\s*\Z")
_UNIT_WORD = re.compile(
    r"(?:met(?:er|re)s?|in(?:ch(?:es)?)|feet|foot|miles?|yards?|seconds?|Sekunden?|m[èe]tres?"
    r"|metros?|theta|sigma|kappa|gamma|delta|alpha|omega|lambda)\Z",
    re.IGNORECASE,
)
_NUMERATOR = re.compile(r"(\d?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+)[/⁄]\Z")
_TO_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_CONTEXT_CHARS = 40


def append_superscript(written: str, text: str) -> str:
    """Return the paragraph so far with raised ``text`` added.

    The number of a footnote is left out: it is no exponent, and leads nowhere in a quotation.
    """
    raised = " ".join(text.split())
    context = written[-_CONTEXT_CHARS:]
    if not raised or _is_note_number(raised, context):
        return written
    return written + _raise(raised, context)


def append_subscript(written: str, text: str) -> str:
    """Return the paragraph so far with lowered ``text`` added.

    A denominator completes a fraction: ¹/₂ becomes 1/2, apart from a whole number before it.
    """
    lowered = " ".join(text.split())
    if not lowered:
        return written
    numerator = _NUMERATOR.search(written[-_CONTEXT_CHARS:])
    if numerator and _DIGITS.fullmatch(lowered):
        space = " " if numerator[1] else ""
        fraction = f"{numerator[1]}{space}{numerator[2].translate(_TO_DIGITS)}/{lowered}"
        return written[: len(written) - len(numerator[0])] + fraction
    if _SUBSCRIPT.fullmatch(lowered):
        return written + lowered.translate(_SUBSCRIPTS)
    return written + (lowered if _ALREADY_RAISED.fullmatch(lowered) else f"_({lowered})")


def _is_note_number(raised: str, context: str) -> bool:
    if not _NOTE_NUMBER.fullmatch(raised):
        return False
    if raised.startswith("["):
        return True
    return _BEFORE_NOTE.search(context) is not None and not _UNIT_WORD.search(context)


def _raise(raised: str, context: str) -> str:
    if _NUMBER.fullmatch(raised):
        return raised.translate(_SUPERSCRIPTS)
    if raised in _ORDINALS and (raised.isupper() or _BEFORE_ENDING.search(context)):
        return _ORDINALS[raised]
    if _is_ending(raised, context) or _PLAIN.fullmatch(raised) or _ALREADY_RAISED.fullmatch(raised):
        return raised
    return f"^({raised})"


def _is_ending(raised: str, context: str) -> bool:
    """Return whether this is the raised end of a number or an abbreviation: 1st, XXe, Mlle."""
    if not _ENDING.fullmatch(raised) or not _BEFORE_ENDING.search(context):
        return False
    known = _NUMBER_ENDINGS if context[-1:].isdigit() else _NUMBER_ENDINGS | _ABBREVIATIONS
    return raised.rstrip(".").casefold() in known
