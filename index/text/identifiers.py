"""Find identifiers: words of code and compounds that people search for whole or by their parts.

"uv.lock", "UV_CACHE_DIR", "requires-python", "--frozen" and "E1234" are also one term each, and
"FileResponse" is also "file" and "response".
"""

import re
from collections.abc import Iterator

from index.text.folding import unify_letters

_WORD_CHARACTER = r"[^\W\u2e80-\U0010ffff]"  # not those of scripts written without spaces
_TOKEN = re.compile(rf"(?:(?<![^\s`'\"(\[])--?)?{_WORD_CHARACTER}++(?:[.-]{_WORD_CHARACTER}+)*+")
# The same for ASCII, but ordinary words are matched without the group.
_ASCII_TOKEN = re.compile(
    r"[A-Za-z][a-z]*+(?![A-Z0-9_]|[.-]\w)|((?:(?<![^\s`'\"(\[])--?)?\w++(?:[.-]\w+)*+)", re.ASCII
)
_SEPARATOR = re.compile(r"[._-]+")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_LETTER_THEN_DIGIT = re.compile(r"[^\W\d_]\d")


def identifiers(text: str) -> Iterator[tuple[str | None, list[str]]]:
    """Yield each identifier of ``text``: its whole form, if its words are not it, and its humps.

    The whole form keeps its separators and loses its case; the humps of "FileResponse" are "File"
    and "Response", and there are none without a change of case.
    """
    pattern = _ASCII_TOKEN if text.isascii() else _TOKEN
    for token in filter(None, pattern.findall(unify_letters(text))):
        if token.isalpha() and (token.islower() or token[1:].islower()):
            continue  # an ordinary word
        words = _SEPARATOR.split(token.strip("._-"))
        humps = [hump for word in words for hump in _humps(word)]
        whole = token.casefold() if _is_compound(token, words) else None
        if whole or humps:
            yield whole, humps


def _humps(word: str) -> list[str]:
    humps = _HUMP.split(word)
    return humps if len(humps) > 1 else []


def _is_compound(token: str, words: list[str]) -> bool:
    """Return whether a token is more than a word, a number or an abbreviation such as "e.g."."""
    if not any(map(str.isalpha, token)) or max(map(len, words)) < 2:
        return False
    is_flag = token.startswith("-")
    return is_flag or len(words) > 1 or "_" in token or bool(_LETTER_THEN_DIGIT.search(token))
