"""Which language a text is in, as an ISO 639-1 code; the same text always gives the same code."""

import re
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE_CHARACTERS = 4_000
_FEW_LETTERS = 40  # below this a guess is a coin toss, unless the script decides
_SURE = 0.9
_SCRIPTS = {
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
# The languages py3langid knows in a script, the likeliest first; one alone needs no model.
_LANGUAGES = {
    "latin": (
        "en af az bs ca cs cy da de es et eu fi fo fr ga gl hr ht hu id is it la lb lt lv ms mt nl"
        " nn no oc pl pt ro sk sl so sq sv sw tl tr uz vi xh yo zu"
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
}
_KANA_SHARE = 0.05  # Japanese is written with kana throughout; Chinese quotes a word of it
_WEIGHTS = {"han": 3, "kana": 3, "hangul": 2}  # one character says as much as so many of others


def detect(text: str, default: str = "en") -> str:
    """The language of ``text`` as an ISO 639-1 code, ``default`` where nothing decides.

    The script decides first; languages that share one are told apart by py3langid over the first
    4,000 characters, when there are letters enough and the model is sure.
    """
    sample = text[:_SAMPLE_CHARACTERS]
    script, letters = _script(sample)
    if script is None:
        return default
    candidates = _LANGUAGES[script].split()
    likeliest = default if script == "latin" else candidates[0]
    if len(candidates) == 1 or letters < _FEW_LETTERS:
        return likeliest
    return _among(sample, candidates) or likeliest


def _script(sample: str) -> tuple[str | None, int]:
    """The script with the most letters, and how many; Han with some kana among it is Japanese."""
    counts = {name: len(pattern.findall(sample)) for name, pattern in _SCRIPTS.items()}
    east = counts["han"] + counts["kana"]
    japanese = counts["kana"] > _KANA_SHARE * east
    counts["han"], counts["kana"] = (0, east) if japanese else (east, 0)
    best = max(counts, key=lambda name: counts[name] * _WEIGHTS.get(name, 1))
    return (best, counts[best]) if counts[best] else (None, 0)


def _among(sample: str, candidates: list[str]) -> str | None:
    """The likeliest of the candidates, where the model gives it most of their probability."""
    ranked = [(p, code) for code, p in _identifier().rank(sample) if code in candidates]
    probability, language = ranked[0]
    return str(language) if probability >= _SURE * sum(p for p, _ in ranked) else None


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - reads a model

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
