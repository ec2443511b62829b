"""Leave out what people say around a question: greetings, announcements, requests and thanks.

"hi all, can someone tell me how to add a user? thanks in advance" asks "how to add a user". No
passage has the other words, so they made the answer look doubtful. Sentences such as "I can't find
it", which neither ask nor name a subject, did the same.
"""

import re
from functools import lru_cache

from index.search.question.input_kind import names_subject
from index.search.question.parts import opens_question
from index.search.question.phrases import PLEASANTRY, any_of
from index.text.words.courtesy import (
    ADDRESSEES,
    AFTER_THANKS,
    ANNOUNCEMENTS,
    CLOSINGS,
    CONJUNCTIONS,
    PLEASE,
    REQUESTS,
    THANKS,
)

_MAX_CHARS = 400  # a longer text is a story
_MIN_WORDS = 2  # of what remains; less is a topic, or small talk
_MARKS = r"[\s,;:.!?()…'\"’*~-]*"


_LEAD = re.compile(
    rf"(?:(?:{PLEASANTRY}(?: {any_of(ADDRESSEES)})*{_MARKS})+"
    rf"(?:{any_of(CONJUNCTIONS)}[\s,]*)?)?"
    rf"(?:{any_of(ANNOUNCEMENTS)}{_MARKS})*(?:{any_of(REQUESTS)}[\s,:]*)?",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"(?:[,;.!?]|(?<=\s))\s*(?:{any_of(CLOSINGS, PLEASE, THANKS)}{_MARKS}"
    rf"(?:{any_of(AFTER_THANKS)}{_MARKS})*)+\W*\Z",
    re.IGNORECASE,
)
_BEFORE_OBJECT = re.compile(  # "who said thanks", "as they please"
    r"\b(?:an?|as (?:he|i|she|they|we|you)|man|of|sa(?:id|y|ys)|sag(?:e|en|t)|the|to)\Z",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"(?:i|i['’]?m|if|we|my|our|whether|ich|wir|mein\w*|unser\w*|bei (?:mir|uns))\b", re.IGNORECASE
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_ENDS_SENTENCE = re.compile(r"[,:.!?]\s*\Z")


@lru_cache(maxsize=128)
def without_courtesy(text: str) -> str:
    """Return the question in ``text``, or all of it if that asks nothing else."""
    if len(text) > _MAX_CHARS:
        return text
    asked = _without_vague_sentences(_without_lead(_without_thanks(text)))
    return asked if len(asked.split()) >= _MIN_WORDS else text


def _without_thanks(text: str) -> str:
    tail = _TAIL.search(text)
    asked = text[: tail.start()].rstrip(" ,;") if tail else text
    return text if _BEFORE_OBJECT.search(asked) else asked


def _without_lead(text: str) -> str:
    """Cut the words before a question, or before a sentence that a mark sets off."""
    lead = _LEAD.match(text)
    end = lead.end() if lead else 0
    rest = text[end:]
    is_apart = _ENDS_SENTENCE.search(text[:end]) or _STATEMENT.match(rest) or opens_question(rest)
    return rest if is_apart else text


def _without_vague_sentences(text: str) -> str:
    """Cut sentences that neither ask nor name a subject: "wo ist der ordner? ich finde ihn nicht".

    Initials and abbreviations are no sentences.
    """
    sentences = _SENTENCE_END.split(text)
    if len(sentences) == 1:
        return text
    kept = [each for each in sentences if _asks(each) or " " not in each or names_subject(each)]
    return " ".join(kept) if any(map(_asks, kept)) else text


def _asks(sentence: str) -> bool:
    return sentence.endswith("?") or opens_question(sentence)
