"""Recognize small talk: greetings, thanks, and questions about the bot itself.

Small talk is matched as a whole: each word must be part of a phrase of one language, so that
"hello world example" and "thanks to whom did they win" stay questions.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from index.text.words.small_talk import COMMON_PHRASES, PHRASES
from index.types import InputKind

_MAX_CHARS = 120  # longer input is never only small talk

_SAME_PHRASES = {"nb": "no", "nn": "no", "sk": "cs", "sr": "hr", "bs": "hr", "sl": "hr", "yi": "he"}
_UNSPACED_LANGUAGES = frozenset({"zh", "ja", "th"})
_GROUPS = (InputKind.GREETING, InputKind.ACKNOWLEDGEMENT, InputKind.HELP)  # of the phrases
_HELP = InputKind.HELP
_KINDS = (_HELP, InputKind.GREETING, InputKind.ACKNOWLEDGEMENT)
_EMOTICON = re.compile(r"(?<!\S)[:;=xX8][-']?[()\[\]DPpOo3/|*]+(?!\w)|<3+|:[a-z0-9_+-]+:")
_REPEATED = re.compile(r"(\w)\1{2,}|([a-z])\2\b")  # heyyy, hii; hahaha is in the list
_WORD = re.compile(r"\+1|\w+")
_APOSTROPHES = {ord("'"): None, ord("’"): None}
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
    """The phrases of one language by their beginning, the longest first, and their kinds.

    ``fillers`` may stand beside any.
    """

    kinds: dict[str, InputKind]
    fillers: frozenset[str]
    phrases: dict[str, list[str]]
    is_spaced: bool

    def split(self, words: str) -> set[str] | None:
        """Split text into phrases, the longest possible first; None if it has other words."""
        found: set[str] = set()
        while words:
            phrase = self._first(words)
            if phrase is None:
                return None
            found.add(phrase)
            words = words[len(phrase) :].removeprefix(" ")
        return found

    def _first(self, words: str) -> str | None:
        for phrase in self.phrases.get(_beginning(words, self.is_spaced), ()):
            ends = not self.is_spaced or words[len(phrase) : len(phrase) + 1] in {"", " "}
            if ends and words.startswith(phrase):
                return phrase
        return None


def _beginning(words: str, is_spaced: bool) -> str:
    """Return the first word, or the first letter where words are not spaced."""
    return words.partition(" ")[0] if is_spaced else words[:1]


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
    phrases = phrasebook.split(words)
    if phrases is None:
        return None
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
    is_spaced = language not in _UNSPACED_LANGUAGES
    phrases: dict[str, list[str]] = {}
    for phrase in sorted(set().union(*groups), key=len, reverse=True):
        phrases.setdefault(_beginning(phrase, is_spaced), []).append(phrase)
    return _Phrasebook(kinds, frozenset(groups[3]), phrases, is_spaced)


def _groups(listed: str) -> list[set[str]]:
    return [{_words(phrase) for phrase in each.split(",")} - {""} for each in listed.split("/")]


def _words(text: str) -> str:
    """Return the words of ``text``, in lower case and without accents and emoticons."""
    text = _EMOTICON.sub(" ", text)
    plain = text.casefold()
    if not plain.isascii():
        plain = _without_accents(plain)
    return " ".join(_WORD.findall(_REPEATED.sub(r"\1\2", plain.translate(_APOSTROPHES))))


def _without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    letters = (each for each in decomposed if not unicodedata.category(each).startswith("M"))
    return unicodedata.normalize("NFC", "".join(letters))


def _has_emoji(text: str) -> bool:
    symbols = any(unicodedata.category(character) == "So" for character in text)
    return symbols or bool(_EMOTICON.search(text))


def _is_thankful_statement(text: str, words: str) -> bool:
    """Tell whether the first or the last word thanks, and the rest praises and asks nothing."""
    first, last = words.partition(" ")[0], words.rpartition(" ")[2]
    thanks = _phrasebook("").kinds
    is_thankful = InputKind.ACKNOWLEDGEMENT in {thanks.get(first), thanks.get(last)}
    return is_thankful and bool(_PRAISE.search(words)) and not _ASKS.search(text.casefold())
