"""Writing systems: the letters of each, and the languages written in it."""

import re
from collections.abc import Iterable

SCRIPT_LETTERS = {
    "latin": re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "han": re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "kana": re.compile(r"[\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d]"),
    "hangul": re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]"),
    "cyrillic": re.compile(r"[\u0400-\u052f]"),
    "arabic": re.compile(r"[\u0620-\u064a\u066e-\u06d3\ufb50-\ufdff\ufe70-\ufefc]"),
    "devanagari": re.compile(r"[\u0900-\u0963\u0970-\u097f]"),
    "thai": re.compile(r"[\u0e01-\u0e3a\u0e40-\u0e4e]"),
    "greek": re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]"),
    "hebrew": re.compile(r"[\u05d0-\u05ea]"),
    "armenian": re.compile(r"[\u0531-\u0587]"),
    "georgian": re.compile(r"[\u10a0-\u10ff]"),
    "bengali": re.compile(r"[\u0980-\u09ff]"),
    "gurmukhi": re.compile(r"[\u0a00-\u0a7f]"),
    "gujarati": re.compile(r"[\u0a80-\u0aff]"),
    "oriya": re.compile(r"[\u0b00-\u0b7f]"),
    "tamil": re.compile(r"[\u0b80-\u0bff]"),
    "telugu": re.compile(r"[\u0c00-\u0c7f]"),
    "kannada": re.compile(r"[\u0c80-\u0cff]"),
    "malayalam": re.compile(r"[\u0d00-\u0d7f]"),
    "sinhala": re.compile(r"[\u0d80-\u0dff]"),
    "lao": re.compile(r"[\u0e80-\u0eff]"),
    "khmer": re.compile(r"[\u1780-\u17ff]"),
    "amharic": re.compile(r"[\u1200-\u137f]"),
}

# The languages that py3langid knows in each script, the most likely one first.
SCRIPT_LANGUAGES = {
    script: tuple(languages.split())
    for script, languages in {
        "latin": (
            "en af az bs ca cs cy da de es et eu fi fo fr ga gl hr ht hu id is it la lb lt lv ms"
            " mt nl nn no oc pl pt ro sk sl so sq sv sw tl tr uz vi xh yo zu"
        ),
        "kana": "ja",
        "han": "zh",
        "hangul": "ko",
        "cyrillic": "ru uk bg sr mk be kk ky mn",
        "arabic": "ar fa ur ps ug",
        "devanagari": "hi mr ne",
        "thai": "th",
        "greek": "el",
        "hebrew": "he",
        "armenian": "hy",
        "georgian": "ka",
        "bengali": "bn as",
        "gurmukhi": "pa",
        "gujarati": "gu",
        "oriya": "or",
        "tamil": "ta",
        "telugu": "te",
        "kannada": "kn",
        "malayalam": "ml",
        "sinhala": "si",
        "lao": "lo",
        "khmer": "km",
        "amharic": "am",
    }.items()
}
_MORE_SCRIPTS = {"ja": ("han",), "ko": ("han",), "yi": ("hebrew",)}


def has_letter_of(text: str, languages: Iterable[str]) -> bool:
    """Return whether ``text`` has a letter that one of ``languages`` is written with."""
    scripts = {script for language in languages for script in _scripts_of(language)}
    return any(SCRIPT_LETTERS[script].search(text) for script in scripts)


def _scripts_of(language: str) -> list[str]:
    """Return the scripts of ``language`` (ISO 639-1), Latin when it is not known."""
    main = [script for script, known in SCRIPT_LANGUAGES.items() if language in known]
    return [*main, *_MORE_SCRIPTS.get(language, ())] or ["latin"]
