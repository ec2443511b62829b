"""Leave out what people say around a question: greetings, announcements, requests and thanks.

"hi all, can someone tell me how to add a user? thanks in advance" asks "how to add a user". No
passage has the other words, so they made the answer look doubtful. Sentences such as "I can't find
it", which neither ask nor name a subject, did the same.
"""

import re
from functools import lru_cache

from index.search.query import names_subject
from index.search.question_parts import opens_question

_MAX_CHARS = 400  # a longer text is a story
_MIN_WORDS = 2  # of what remains; less is a topic, or small talk
_MARKS = r"[\s,;:.!?()…'\"’*~-]*"

_GREETINGS = r"""hi|hello|hey|heya|hiya|yo|good (?:morning|afternoon|evening|day)
    |hallo|hallöchen|hai|moin|moinsen|servus|grüezi|gr(?:ü|ue)(?:ß|ss) (?:gott|dich|euch)
    |guten (?:morgen|tag|abend)|tag|nabend
    |hola|buenas(?: tardes| noches)?|buenos d[ií]as|bonjour|bonsoir|salut|ciao|buongiorno
    |ol[áa]|bom dia|boa (?:tarde|noite)|hoi|goedemorgen|cze[śs][ćc]|hej|привет|здравствуйте
    |ok|okay|alright|sorry|sry|excuse me|entschuldigung|ups|thanks|thank you|thx|danke"""
_ADDRESSEES = r"""all|everyone|everybody|guys|folks|people|there|team|friends|again
    |leute|zusammen|alle|ihr(?: lieben)?|allerseits|miteinander|an alle|nochmal
    |a todos|chicos|à tous|tout le monde|a tutti|pessoal|allemaal|всем"""
_CONJUNCTIONS = "aber|also|and|but|so|und"
_ANNOUNCEMENTS = r"""
    (?:(?:i(?:['’]ve| have)?(?: got)?|got) )?(?:just )?(?:an?|one|another)? ?
    (?:quick |short |small |stupid |silly |dumb |noob |general )*questions?
    |(?:please |pls |plz )?help(?: me| us)?(?: please| pls)?
    |(?:(?:ich )?(?:habe?|hätte) (?:da )?(?:mal )?)?(?:(?:mal |nur |noch )*(?:eine|ne) )?
    (?:kurze |kleine |blöde |dumme )?frage
    |(?:ich )?brauche?(?: mal| eure)? hilfe|kann mir (?:jemand|wer|einer) helfen|hilfe
    |(?:tengo )?una (?:pregunta|duda)|(?:j['’]ai )?une question|ho una domanda
    |tenho uma (?:pergunta|dúvida)"""
_REQUESTS = r"""
    (?:can|could|would|will) (?:you|u|someone|somebody|anyone|anybody)(?: guys)?
    (?: please| pls| maybe| quickly)? (?:tell|explain|show)(?: (?:me|us))?(?: to me)?
    |(?:please |pls )?(?:tell|explain|show) (?:me|us)
    |(?:do(?:es)? )?(?:you|u|any(?:one|body)|some(?:one|body))(?: guys| here)? know
    |(?:(?:does |has )?any(?:one|body)(?: here)? )?(?:have |got )?(?:any |an )?(?:idea|clue)
    |(?:i|we)(?: just)?(?: want|['’]d like| would like| wanted| need) to (?:know|ask)
    |(?:i(?:['’]m| am| was) )?(?:just )?wondering
    |(?:kann(?:st)?|könn(?:en|te?))(?: mir| uns| ihr| du| sie)*(?: jemand| wer| einer)?
    (?: mir| uns)?(?: bitte| mal| vielleicht| kurz)* (?:sagen|erklären|zeigen|verraten)
    |wei(?:ß|ss|s)t?(?: hier)?(?: jemand| einer| wer| ihr| du)(?: hier| vielleicht| zufällig)?
    |ha(?:t|bt|st)(?: hier)?(?: jemand| einer| wer| ihr| du)(?: vielleicht)?
    (?: n| ne| eine| irgendeine)? (?:ahnung|idee|plan)
    |(?:(?:ich|wir) )?(?:würden?|möchten?|wollten?|will|wollen)(?: gerne?| mal| nur)*
    (?: wissen| fragen)|ich frage? mich
    |qui(?:ero|siera) saber|alguien sabe|me pueden decir|je voudrais savoir
    |(?:est-ce que )?quelqu['’]un sait|qualcuno sa|alguém sabe|weet iemand|ktoś wie
    |кто-нибудь знает"""
_THANKS = r"""
    (?:many )?thanks|thank (?:you|u)|thankyou|thx|thnx|tnx|ty|tysm|cheers|much appreciated
    |please|pls|plz|(?:please |pls |plz )help(?: me)?|help(?: me)? (?:please|pls|plz)
    |any help(?: is| would be)? appreciated
    |danke(?:schön)?|(?:vielen(?: lieben)?|besten|herzlichen|lieben|tausend) dank
    |bitte|hilfe bitte|bitte um hilfe|bitte helft mir
    |(?:lg|mfg|vg|(?:liebe |viele |beste )?gr(?:ü|ue)(?:ß|ss)e)(?: \w+)?
    |(?:muchas |mil )?gracias|por favor|merci|s['’]il (?:te|vous) pla[iî]t|svp|stp
    |grazie(?: mille)?|per favore|per piacere|obrigad[oa]|bedankt|dank je|alsjeblieft|dzięki
    |спасибо|пожалуйста"""
_AFTER_THANKS = r"""in advance|so much|a lot|a bunch|very much|all|everyone|guys|again
    |for (?:your|the|any) help|im voraus|schon ?mal|schon|sehr|euch|dir|leute
    |für (?:die|eure|deine) (?:hilfe|antwort)|de antemano|d['’]avance|in anticipo"""


def _any(phrases: str) -> str:
    """Return a pattern for phrases that are listed on several lines."""
    return "(?:" + "".join(line.lstrip() for line in phrases.splitlines()) + r")\b"


_LEAD = re.compile(
    rf"(?:(?:{_any(_GREETINGS)}(?: {_any(_ADDRESSEES)})*{_MARKS})+"
    rf"(?:{_any(_CONJUNCTIONS)}[\s,]*)?)?"
    rf"(?:{_any(_ANNOUNCEMENTS)}{_MARKS})*(?:{_any(_REQUESTS)}[\s,:]*)?",
    re.IGNORECASE,
)
_TAIL = re.compile(
    rf"(?:[,;.!?]|(?<=\s))\s*(?:{_any(_THANKS)}{_MARKS}(?:{_any(_AFTER_THANKS)}{_MARKS})*)+\W*\Z",
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


@lru_cache(maxsize=1024)
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
