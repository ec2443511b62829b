"""Documentation as if the encoder did not know its language.

There are few questions about documentation in other languages to fit weights to. So the words of
English questions are written in other letters before they are encoded: their vectors then tell
little, while the words themselves match as before.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.embed.encoder import Encoder, EncoderSpec, Vectors

_LETTERS = str.maketrans("aeioubcdfghjklmnpqrstvwxyz", "eioaucdfghjklmnpqrstvwxyzb")
_WORD = re.compile(r"(?<![\w/.@`-])[A-Z]?[a-z]{2,}(?![\w/@`])")  # identifiers are international
_SHARED_EVERY = 4  # one word in four is the same in other languages: container, server
_STEM_CHARS = 4
_OTHER_LANGUAGE = "zxx"  # ISO 639's code for no language


@dataclass(frozen=True, slots=True)
class DisguisedEncoder:
    """An encoder that does not know the language of its questions."""

    inner: Encoder

    @property
    def spec(self) -> EncoderSpec:
        """The properties of the model, but for its languages."""
        return replace(self.inner.spec, languages=(_OTHER_LANGUAGE,))

    @property
    def engine(self) -> str:
        """Runtime and hardware, for people."""
        return self.inner.engine

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode passages or sentences as they are."""
        return self.inner.encode(texts)

    def encode_query(self, query: str) -> Vectors:
        """Encode the disguised query as one unit row, shape ``(1, dim)``."""
        return self.inner.encode_query(disguise(query))

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """Count the tokens of each text, without truncation."""
        return self.inner.token_counts(texts)

    def has_token(self, word: str) -> bool:
        """Return whether a word is a token."""
        return self.inner.has_token(word)


def disguise(text: str) -> str:
    """Exchange the letters of most words; inflected forms keep their common beginning."""
    return _WORD.sub(_disguised_word, text)


def _disguised_word(match: re.Match[str]) -> str:
    word = match[0]
    if zlib.crc32(word[:_STEM_CHARS].lower().encode()) % _SHARED_EVERY == 0:
        return word
    disguised = word.lower().translate(_LETTERS)
    return disguised.capitalize() if word[0].isupper() else disguised
