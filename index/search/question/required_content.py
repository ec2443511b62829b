"""Check for what a passage must contain to answer: quoted phrases, a price, a version, or how.

Members ask what something costs, which version it needs or how it is done where the articles do not
say, and passages on the subject look like answers all the same.
"""

import re
from collections.abc import Iterable, Sequence

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
_PRICE = re.compile(  # any number may be one: in a table, its unit is in the header
    r"[\d$¢€£¥₹₽₩₺₴₪₿]"
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
_ASKS_HOW = re.compile(
    r"\bhow (?:can|could|did|do|does|shall|should|to|would)\b"
    r"|\bwie (?!häufig|hoch|lange?|oft|viele?|weit)\w+ (?:ich|man|wir)\b"
    r"|\bc[oó]mo (?:se\b|puedo\b|podemos\b|\w+(?:o|ar|er|ir)\b)"
    r"|\bcomment (?:faire\b|\w+er\b|puis)|\bcome (?:faccio|posso|si)\b"
    r"|\bcomo (?:faço|fazer|posso)\b|\bhoe (?:kan|moet) (?:ik|je|men)\b|\bjak (?:mogę|zrobić)\b"
    r"|\bкак (?:мне |можно )?\w+ть\b|怎么|怎麼|如何|どうやって|方法",
    re.IGNORECASE,
)


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


def asked_values(question: str) -> list[re.Pattern[str]]:
    """Return what finds the price or the version that ``question`` asks for, none if neither."""
    asked = ((_ASKS_FOR_PRICE, _PRICE), (_ASKS_FOR_VERSION, _VERSION))
    return [value for asks, value in asked if asks.search(question)]


def asks_how(question: str) -> bool:
    """Return whether ``question`` asks how something is done."""
    return _ASKS_HOW.search(question) is not None


def contain_values(values: Sequence[re.Pattern[str]], texts: Iterable[str]) -> Flags:
    """Return which texts contain each of ``values``."""
    return np.array([all(value.search(text) for value in values) for text in texts], np.bool_)
