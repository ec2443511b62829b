"""Recognize small talk: greetings, thanks, and questions about the bot itself.

Small talk is matched as a whole: each word must be part of a phrase of one language, so that
"hello world example" and "thanks to whom did they win" stay questions.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from index.search.small_talk_phrases import COMMON_PHRASES, PHRASES
from index.types import InputKind

_MAX_CHARS = 120  # longer input is never only small talk

_SAME_PHRASES = {"nb": "no", "nn": "no", "sk": "cs", "sr": "hr", "bs": "hr", "sl": "hr", "yi": "he"}
_UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th"})
_GROUPS = (InputKind.GREETING, InputKind.ACKNOWLEDGEMENT, InputKind.HELP)  # of the phrases
_HELP = InputKind.HELP
_KINDS = (_HELP, InputKind.GREETING, InputKind.ACKNOWLEDGEMENT)
_EMOTICON = re.compile(r"(?<!\S)[:;=xX8][-']?[()\[\]DPpOo3/|*]+(?!\w)|<3+|:[a-z0-9_+-]+:")
_REPEATED = re.compile(r"(\w)\1{2,}")  # heyyy, hahaha is in the list
_WORD = re.compile(r"\+1|\w+")
# "lol uv is so fast ty": a statement of praise beside a word of thanks asks nothing.
_PRAISE = re.compile(
    r"\b(?:(?:is|are|so|very|really|super|mega|echt|sehr|muy|tres)\s+(?:awesome|amazing|great"
    r"|perfect|fast|easy|helpful|good|cool|nice|schnell|gut|toll|rapido|facil|bueno|rapide)"
    r"|helped|works|worked|solved|fixed|love|loving|geholfen|funktioniert|ayudo|funciona)\b"
)
_ASKS = re.compile(
    r"^\W*(?:is|are|was|will|has|have|am)\b|\?|n['’]t\b"
    r"|\b(?:what|which|who|whom|whose|when|where|why|how|can|could|does|do|did|should|would|need"
    r"|want|not|no|but|error|welche\w*|wer|wann|wo|warum|wie|kann|aber|nicht|que|cual|quien"
    r"|cuando|donde|como|puedo|pero|comment|quand|pourquoi|quel\w*|mais|pas)\b"
)


@dataclass(frozen=True, slots=True)
class _Phrasebook:
    """The phrases of one language, and patterns for one of them and for text made of them."""

    kinds: dict[str, InputKind]
    fillers: frozenset[str]
    phrase: re.Pattern[str]
    text: re.Pattern[str]


def classify_small_talk(text: str, languages: Iterable[str] | None) -> InputKind | None:
    """Return the kind of small talk that ``text`` is, or None if it may ask something.

    ``languages`` are those of the articles and the members (ISO 639-1), None for all known.
    Emoji without words are an acknowledgement.
    """
    if len(text) > _MAX_CHARS:
        return None
    words = _words(text)
    if not words:
        return InputKind.ACKNOWLEDGEMENT if _has_emoji(text) else None
    if languages is None:
        languages = PHRASES
    known = {_SAME_PHRASES.get(language, language) for language in languages}
    for language in ["", *sorted(known & PHRASES.keys())]:
        if kind := _match(words, _phrasebook(language)):
            return kind
    return InputKind.ACKNOWLEDGEMENT if _is_thankful_statement(text, words) else None


def _match(words: str, phrasebook: _Phrasebook) -> InputKind | None:
    """Return the kind of small talk if ``words`` consist of known phrases."""
    if not phrasebook.text.fullmatch(words):
        return None
    phrases = set(phrasebook.phrase.findall(words))
    kinds = {phrasebook.kinds[phrase] for phrase in phrases & phrasebook.kinds.keys()}
    asks_for_help = {phrase for phrase in phrases if phrasebook.kinds.get(phrase) is _HELP}
    if InputKind.ACKNOWLEDGEMENT in kinds and asks_for_help <= phrasebook.fillers:
        kinds.discard(_HELP)  # "thanks for the help"
    # A question about the bot outweighs the greeting before it, and a greeting thanks.
    return next((kind for kind in _KINDS if kind in kinds), None)


@cache
def _phrasebook(language: str) -> _Phrasebook:
    """Read the phrases of a language with those known everywhere; "" stands for only those."""
    own, common = _groups(PHRASES.get(language, "///")), _groups(COMMON_PHRASES)
    groups = [mine | shared for mine, shared in zip(own, common, strict=True)]
    kinds = {phrase: kind for kind, group in zip(_GROUPS, groups, strict=False) for phrase in group}
    every = "|".join(
        map(re.escape, sorted(set().union(*groups), key=lambda each: (-len(each), each)))
    )
    end = " ?" if language in _UNSPACED_LANGUAGES else "(?: |$)"
    # Atomic, so that no text takes long.
    text = re.compile(f"(?>(?:{every}){end})+")
    return _Phrasebook(kinds, frozenset(groups[3]), re.compile(f"({every}){end}"), text)


def _groups(listed: str) -> list[set[str]]:
    return [{_words(phrase) for phrase in each.split(",")} - {""} for each in listed.split("/")]


def _words(text: str) -> str:
    """Return the words of ``text``, in lower case and without accents and emoticons."""
    text = _EMOTICON.sub(" ", text)
    plain = unicodedata.normalize("NFKD", text.casefold()).translate({39: None, 0x2019: None})
    plain = "".join(each for each in plain if not unicodedata.category(each).startswith("M"))
    return " ".join(_WORD.findall(_REPEATED.sub(r"\1", unicodedata.normalize("NFC", plain))))


def _has_emoji(text: str) -> bool:
    symbols = any(unicodedata.category(character) in {"So", "Sk"} for character in text)
    return symbols or bool(_EMOTICON.search(text))


def _is_thankful_statement(text: str, words: str) -> bool:
    """Tell whether the first or the last word thanks, and the rest praises and asks nothing."""
    first, last = words.partition(" ")[0], words.rpartition(" ")[2]
    thanks = _phrasebook("").kinds
    is_thankful = InputKind.ACKNOWLEDGEMENT in {thanks.get(first), thanks.get(last)}
    return is_thankful and bool(_PRAISE.search(words)) and not _ASKS.search(text.casefold())
