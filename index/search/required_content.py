"""Check for what a passage must contain to answer: quoted phrases, and a price or a version.

Members ask what something costs or which version it needs where the articles do not say, and
passages on the subject look like answers all the same.
"""

import re
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from index.text.tokenize import word_terms

Flags = NDArray[np.bool_]

_QUOTED = re.compile('["“„«「]([^"“”„»」]+)["”“»」]')
_ASKS_FOR_PRICE = re.compile(
    r"\bhow much\b.*\b(?:costs?|charge[sd]?|fees?|paid|pay|prices?|worth)\b|\bhow much money\b"
    r"|\bhow expensive\b|\bwhat (?:does|do|did|would|will)\b.*\bcosts?\b"
    r"|\bwhat(?:['’]?s| is| are| was| were) (?:\w+ ){0,3}(?:costs?|fees?|prices?|pricing)\b"
    r"|\bwas kosten?\b|\bwas kostet\b|\bwie ?viel (?:kost|zahl|bezahl)\w+|\bwie teuer\b"
    r"|\bcuánto (?:cuesta|vale)|\bcombien\b.*\bco[uû]t|\bquanto (?:cost|cust)"
    r"|\b(?:hoeveel|wat) kost|\bile kosztuj|\bсколько сто[ия]т|多少钱|いくら",
    re.IGNORECASE,
)
_AMOUNT_OR_FREE = re.compile(
    r"[$€£¥₹₽₩₺₴₪]|\b(?:cents?|chf|dollars?|eur|euros?|francs?|gbp|pounds?|usd)\b"
    r"|\b(?:darmow|free|gratis|gratuit|kostenfrei|kostenlos|paid|umsonst)|бесплатн|рубл|免费|無料|元|円",
    re.IGNORECASE,
)
_ASKS_FOR_VERSION = re.compile(
    r"\b(?:jaką?|quale?|quelles?|qué|welche\w*|welke|what|which) (?!are |does |do |is )"
    r"(?:[\w.+-]+[ -]){0,3}"
    r"(?:versions?|versione|versões|versão|versie|versión|versiones|wersj[aię])\b"
    r"|\bwhat(?:['’]?s| is) the (?:\w+ )?(?:current|latest|lowest|minimum|newest|oldest)\b"
    r".*\bversion\b|\bminimum (?:\w+ ){0,2}version\b|как(?:ая|ую) верси[яю]|哪个版本",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")


def quoted_phrases(question: str) -> list[str]:
    """Return the phrases of two or more words in double quotation marks."""
    return [phrase for phrase in _QUOTED.findall(question) if len(phrase.split()) > 1]


def contains_phrases(question: str, texts: Iterable[str]) -> Flags:
    """Return which texts contain every quoted phrase of ``question`` word for word."""
    phrases = [_unstemmed(phrase) for phrase in quoted_phrases(question)]
    words = map(_unstemmed, texts)
    return np.array([all(phrase in text for phrase in phrases) for text in words], np.bool_)


def _unstemmed(text: str) -> str:
    """Normalize words and the spaces between them, without stemming: "said" is not "says"."""
    return f" {' '.join(word_terms(text, ''))} "


def have_asked_value(question: str, texts: Iterable[str]) -> Flags:
    """Return which texts name a price or a version, as far as ``question`` asks for one."""
    required = [*_required_values(question)]
    return np.array([all(is_named(text) for is_named in required) for text in texts], np.bool_)


def asks_for_value(question: str) -> bool:
    """Return whether ``question`` asks for a price or a version."""
    return any(_required_values(question))


def _required_values(question: str) -> Iterator[Callable[[str], bool]]:
    if _ASKS_FOR_PRICE.search(question):
        yield _names_price
    if _ASKS_FOR_VERSION.search(question):
        yield _has_digit


def _names_price(text: str) -> bool:
    """Return whether a text may name a price: the number in a table has no unit beside it."""
    return _has_digit(text) or _AMOUNT_OR_FREE.search(text) is not None


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None
