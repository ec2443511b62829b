"""Writing systems: the languages written in each, and its letters."""

import re
from collections.abc import Iterable

# Script: the languages that py3langid knows in it, the most likely one first; letters.
_SCRIPTS = {
    "latin": (
        "en af az bs ca cs cy da de es et eu fi fo fr ga gl hr ht hu id is it la lb lt lv ms mt nl"
        " nn no oc pl pt ro sk sl so sq sv sw tl tr uz vi xh yo zu",
        r"A-Za-z\u00c0-\u024f\u1e00-\u1eff",
    ),
    "han": ("zh", r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"),
    "kana": ("ja", r"\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d"),
    "hangul": ("ko", r"\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3"),
    "cyrillic": ("ru uk bg sr mk be kk ky mn", r"\u0400-\u052f"),
    "arabic": ("ar fa ur ps ug", r"\u0620-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufefc"),
    "devanagari": ("hi mr ne", r"\u0900-\u0963\u0970-\u097f"),
    "thai": ("th", r"\u0e01-\u0e3a\u0e40-\u0e4e"),
    "greek": ("el", r"\u0370-\u03ff\u1f00-\u1fff"),
    "hebrew": ("he", r"\u05d0-\u05ea"),
    "armenian": ("hy", r"\u0531-\u0587"),
    "georgian": ("ka", r"\u10a0-\u10ff"),
    "bengali": ("bn as", r"\u0980-\u09ff"),
    "gurmukhi": ("pa", r"\u0a00-\u0a7f"),
    "gujarati": ("gu", r"\u0a80-\u0aff"),
    "oriya": ("or", r"\u0b00-\u0b7f"),
    "tamil": ("ta", r"\u0b80-\u0bff"),
    "telugu": ("te", r"\u0c00-\u0c7f"),
    "kannada": ("kn", r"\u0c80-\u0cff"),
    "malayalam": ("ml", r"\u0d00-\u0d7f"),
    "sinhala": ("si", r"\u0d80-\u0dff"),
    "lao": ("lo", r"\u0e80-\u0eff"),
    "khmer": ("km", r"\u1780-\u17ff"),
    "amharic": ("am", r"\u1200-\u137f"),
}
_MORE_SCRIPTS = {"ja": ("han",), "ko": ("han",), "yi": ("hebrew",)}

SCRIPT_LANGUAGES = {script: languages.split() for script, (languages, _) in _SCRIPTS.items()}
SCRIPT_LETTERS = {script: re.compile(f"[{letters}]") for script, (_, letters) in _SCRIPTS.items()}


def has_letter_of(text: str, languages: Iterable[str]) -> bool:
    """Return whether ``text`` has a letter that one of ``languages`` is written with."""
    scripts = {script for language in languages for script in _scripts_of(language)}
    return any(SCRIPT_LETTERS[script].search(text) for script in scripts)


def _scripts_of(language: str) -> list[str]:
    """Return the scripts of ``language`` (ISO 639-1), Latin when it is not known."""
    main = [script for script, known in SCRIPT_LANGUAGES.items() if language in known]
    return [*main, *_MORE_SCRIPTS.get(language, ())] or ["latin"]
