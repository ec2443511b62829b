"""Detect the language of a text; the same text always gets the same ISO 639-1 code."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from index.text.scripts import SCRIPT_LANGUAGES, SCRIPT_LETTERS

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_SAMPLE_CHARS = 4_000
_MIN_LETTERS = 40  # with fewer, the model's guess is a coin toss
_MIN_PROBABILITY = 0.9
_MIN_KANA_SHARE = 0.05  # Japanese uses kana throughout; Chinese quotes a word of it
_LETTER_WEIGHTS = {"han": 3, "kana": 3, "hangul": 2}  # how many letters of others one is worth


def detect_language(text: str, default: str = "en") -> str:
    """Return the language of ``text`` as an ISO 639-1 code, or ``default`` when it is unclear.

    The script narrows the candidates. py3langid chooses between languages that share a script,
    from the first 4,000 characters, if there are enough letters and the model is confident.
    """
    sample = text[:_SAMPLE_CHARS]
    script, letter_count = _dominant_script(sample)
    if script is None:
        return default
    candidates = SCRIPT_LANGUAGES[script]
    fallback = default if script == "latin" else candidates[0]
    if len(candidates) == 1 or letter_count < _MIN_LETTERS:
        return fallback
    return _identify(sample, candidates) or fallback


def _dominant_script(sample: str) -> tuple[str | None, int]:
    """Return the script with the most letters and their count; Han mixed with kana is Japanese."""
    counts = {script: len(letters.findall(sample)) for script, letters in SCRIPT_LETTERS.items()}
    han_or_kana = counts["han"] + counts["kana"]
    is_japanese = counts["kana"] > _MIN_KANA_SHARE * han_or_kana
    counts["han"], counts["kana"] = (0, han_or_kana) if is_japanese else (han_or_kana, 0)
    best = max(counts, key=lambda script: counts[script] * _LETTER_WEIGHTS.get(script, 1))
    return (best, counts[best]) if counts[best] else (None, 0)


def _identify(sample: str, candidates: Sequence[str]) -> str | None:
    """Return the most probable candidate, or None if its share of the probability is too low."""
    ranked = [(p, code) for code, p in _identifier().rank(sample) if code in candidates]
    probability, language = ranked[0]
    return str(language) if probability >= _MIN_PROBABILITY * sum(p for p, _ in ranked) else None


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - reads a model

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
