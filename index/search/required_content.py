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
_OF_MONEY = (  # behind "cost": not "the cost field", "cost in memory", "the costs of change"
    r"(?! in (?:cpu|disk|memory|performance|ram|space|speed|terms|time)\b)"
    r"(?=[^\w ]| ?$| +[^\w ]"
    r"| (?:an?|at|each|every|for|here|if|in|me|now|on|per|right|the|there|to|today|us|when"
    r"|with|you)\b)"
)
_ASKS_FOR_PRICE = re.compile(
    r"\bhow much (?:an?|are|can|could|did|do|does|for|had|has|i|is|it|must|should|the|they|to|was"
    r"|we|were|will|would|you)\b.*"
    rf"\b(?:costs?{_OF_MONEY}|charge[sd]?|fees?|paid|pay(?! attention)|prices?|worth)\b"
    r"|\bhow much money\b|\bhow expensive\b"
    rf"|\bwhat (?:does|do|did|would|will)\b.*\bcosts?{_OF_MONEY}"
    r"|\bwhat(?:['’]?s| is| are| was| were) (?!an? )(?:\w+ ){0,3}"
    rf"(?:costs?{_OF_MONEY}|cost of\b|(?:fees?|prices?|pricing)"
    r"(?! (?:column|field|model|option|parameter|setting)))\b"
    r"|\bwas kosten?\b|\bwas kostet\b|\bwie ?viel (?:kost|zahl|bezahl)\w+|\bwie teuer\b"
    r"|\bcuánto (?:cuesta|vale)|\bcombien\b.*\bco[uû]t|\bquanto (?:cost|cust)"
    r"|\b(?:hoeveel|wat) kost|\bile kosztuj|\bсколько сто[ия]т|多少钱|いくら",
    re.IGNORECASE,
)
_AMOUNT_OR_FREE = re.compile(
    r"[$¢€£¥₹₽₩₺₴₪₿]"
    r"|\b(?:cents?|chf|dollars?|eur|euros?|francs?|gbp|pesos?|pounds?|rubles?|rupees?|usd|yen|yuan"
    r"|zł|złotych)\b"
    r"|\b(?:darmow|free|gratis|gratuit|kostenfrei|kostenlos|paid|umsonst)|бесплатн|\bруб|免费|無料|元|円"
    r"|\b(?:no|without|zero) (?:\w+ )?(?:charge|costs?|fees?)\b"
    r"|\bcosts? nothing\b|\bkostet nichts\b"
    r"|\b(?:billig|cheap|expensive|günstig|inexpensive|teuer)",
    re.IGNORECASE,
)
_KIND = (  # words between "which" and "version", of which none says that a sentence has begun
    r"(?:(?!(?:an?|and|are|do|does|for|has|have|if|in|is|kind|my|of|on|our|that|the|this|to|was"
    r"|with|your|das|dem|den|der|die|diese|ist|la|le|les|el|il)\b)[\w.+-]+[ -]){0,3}"
)
_NAMED_VERSION = (  # not "which version control", nor a question for kinds: "which versions exist"
    r"(?!.*\b(?:are there|existieren|exists?|gibt es)\b)"
    r"(?! (?:is |ist )?(?:besser|better|commands?|control|histor|manag|of events|schem|true)\w*)"
)
_ASKS_FOR_VERSION = re.compile(
    rf"\b(?:jaką?|quale?|quelles?|qué|welche\w*|welke|what|which) {_KIND}"
    r"(?:versions?|versione|versões|versão|versie|versión|versiones|wersj[aię])\b"
    rf"{_NAMED_VERSION}"
    r"|\bwhat(?:['’]?s| is) the (?:\w+ )?(?:current|latest|lowest|minimum|newest|oldest) "
    rf"{_KIND}version\b{_NAMED_VERSION}"
    r"|\bminimum (?:\w+ ){0,2}version\b|как(?:ая|ую) верси[яю]|哪个版本",
    re.IGNORECASE,
)
_VERSION = re.compile(
    r"\d|\b(?:all|any|every) (?:\w+ )?versions?\b|\b(?:alle|jede) (?:\w+[ -])?version|\beditions?\b"
    r"|\blts\b",
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
        yield _names_version


def _names_price(text: str) -> bool:
    """Return whether a text may name a price: the number in a table has no unit beside it."""
    return _has_digit(text) or _AMOUNT_OR_FREE.search(text) is not None


def _names_version(text: str) -> bool:
    return _VERSION.search(text) is not None


def _has_digit(text: str) -> bool:
    return _DIGIT.search(text) is not None
