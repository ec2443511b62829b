"""Find people's names in a byline: "Posted by Jane Doe and Ada Reed on 3 March 2024"."""

import re
from collections.abc import Sequence
from itertools import takewhile

from index.ingest.parsing.dates import iso_date, names_in_calendar
from index.ingest.parsing.heuristics import ends_sentence
from index.ingest.parsing.normalize import clean_line
from index.text.spans import has_words

MAX_BYLINE_CHARS = 120
_MAX_NAME_CHARS = 50
_MAX_NAME_WORDS = 5
_MIN_SINGLE_NAME_CHARS = 3
_MAX_DATED_NAME_WORDS = 3
_MAX_SIGNATURE_WORDS = 3
_STRONG_BY = (
    r"(?:(?:posted|written) by|posted (?:on|in) .{4,30} by"
    r"|(?:verfasst|geschrieben|veröffentlicht|eingestellt|erstellt|gespeichert) von|submitted by"
    r"|publié par|publicado por|escrito por|scritto da|pubblicato da|geschreven door)"
)
_KIND = (  # of text: "A story by", "Ein Artikel von"
    r"(?:(?:an?|eine?|une?|un[ao]?)\s+)?(?:(?:guest )?post|article|story|report|essay|review|column"
    r"|recipe|words|text|published|reported|artikel|(?:gast)?beitrag|bericht|reportage|kolumne"
    r"|kommentar|essay|rezept|interview|texte|texto|artículo|nota|crónica|entrevista)"
)
_HAN_LABEL = "(?:作者|著者|執筆者?|(?:责任)?编辑|責任編輯|记者|記者|撰文)"
_LABEL_ELSEWHERE = (  # Arabic, Persian, Hebrew, Russian, Turkish, Nordic and Slavic languages
    "(?:بقلم|الكاتبة?|نویسنده|מאת|כותבת?|авторы?|текст|yazan|tekst|skrevet av|autorka)"
)
_BY = (
    rf"(?:{_STRONG_BY}|(?:{_KIND} )?(?:by|von|par|por)|escribe|di|a cura di|door|av"
    r"|interview|text|texto|texte|post author|authors?|autor(?:[*:/]?in(?:nen)?|en)?"
    rf"|auteur|autore|{_LABEL_ELSEWHERE}|{_HAN_LABEL}|redaktion(?=\s*:))"
)
_MARK = re.compile(rf"[-–—•|\s]*{_BY}(?:\s*[:：]\s*|\s+)(?P<names>.+)\Z", re.IGNORECASE)
_STRONG_MARK = re.compile(
    rf"{_STRONG_BY}|(?:{_HAN_LABEL}|{_LABEL_ELSEWHERE})\s*[:：]", re.IGNORECASE
)
_INNER_MARK = re.compile(r".{0,50}?(?:\b|\w)(?:von|by)\s+(?P<names>.+)\Z", re.IGNORECASE)
_DATE = (
    r"(?:\d{1,2}(?:\.|st|nd|rd|th)?[\s./-]{1,2}(?:\d{1,2}|(?:de )?[^\W\d_]{3,10})\.?[\s./,-]{1,2}"
    r"(?:del? )?(?:19|20)\d\d|[^\W\d_]{3,10}\.? \d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d"
    r"|(?:19|20)\d\d-\d\d-\d\d)"
)
_DATED_MARK = re.compile(
    rf".{{0,20}}\b{_DATE}.{{0,20}}\b(?:von|by|par|por)\s+(?P<names>.+)\Z", re.IGNORECASE
)
_FULL_DATE = re.compile(rf"\b{_DATE}\b", re.IGNORECASE)
_NOT_WRITTEN = re.compile(
    r"geprüft|übersetzt|übersetzung|bearbeitet|reviewed|checked|translated|edited|edición|traducid"
    r"|foto|bild\b|illustrat|grafik|graphic|video",
    re.IGNORECASE,
)
_LABEL = re.compile(
    rf"[-–—•|\s]*(?:{_STRONG_BY}|(?:{_KIND} )?(?:by|von|par|por)|(?-i:A)(?:utor\w*|uthors?)"
    rf"|(?:autor\w*|auteurs?(?:\(s\))?|authors?)\s*(?=[:：])|{_LABEL_ELSEWHERE}|作者)\s*[:：]?\Z",
    re.IGNORECASE,
)
_END_OF_NAMES = re.compile(
    r"\s*[|•·»«\[@]|\s*\((?![^()]{1,20}\) [^\W\d_]+\Z)|\s[-–—]\s|[,\s]\s*\d|[:;]"
    r"|\s+(?!im gespräch mit|in conversation with)(?:am|on|in|im|um|at|vom|für|for|aus|from|is|ist"
    r"|under|unter|says|sagte?|schreibt|about|über|updated|published|veröffentlicht|publicado|hinterlasse"
    r"|lesezeit|kategorien?|weitere|alle|view|mehr|übersetzt|staff (?:writer|reporter)"
    r"|reporter|editor|(?:chef)?redakteur(?:in)?|autor(?:in)?|edited|reviewed|illustrated)\b",
    re.IGNORECASE,
)
_BETWEEN_NAMES = re.compile(
    r"\s*(?:[,;/&]|\bim gespräch mit\b|\bin conversation with\b|\bund\b|\band\b|\bet\b|\sy\s)\s*",
    re.IGNORECASE,
)
_ROLE = re.compile(  # after a name: "Jane Doe, Vice President, Daily Post"
    r"(?:\S+ ){0,2}(?:president|director|manager|officer|engineer|analyst|strategist|consultant"
    r"|scientist|co-?founder|founder|ceo|cto|cfo|chairman|professor|spokes(?:man|woman|person)"
    r"|developer|advocate|geschäftsführer(?:in)?|pressesprecher(?:in)?)\b.*",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"\A(?:©|\(c\)|copyright)\s*(?:19|20)\d\d\s+(?:by )?", re.IGNORECASE)
_BETWEEN_FACTS = re.compile(r"\s*[|•·]\s*|\s+[-–—]\s+|\s+,\s+")
_BETWEEN_PARTS = re.compile(r"\s+[|•·]\s+")
_DEGREE = re.compile(r"(?:M\.?[ADS]|M\.?Sc|Ph\.?D|MBA|MPH|B\.?[AS]|B\.?Sc|R[ND]N?|J\.?D)\.?\Z")
_NICKNAME = re.compile(r"(?<=\w) \([^()]+\)(?= \w)")  # "Robert (Bob) Roe"
_NOT_IN_NAMES = re.compile(r"http|[!?…:：©|]")
_NAME_WORD = re.compile(r"[^\W\d_][\w.'’-]*\Z")
_INITIAL = re.compile(r"[^\W\d_]\.\Z")
_PARTICLES = {*"von van de da di del della der den zu la le el al bin ibn ter ten dos du e".split()}
_NO_NAMES = set(
    "about actualizado admin administrator agencies agenturen alle alles anonymous article"
    " articles artikel auteur auteurs author authors autor autoren autorin beitrag beiträge bild"
    " bilder by chief comment comments contact content datum drucken email follow foto fotos gast"
    " geschrieben guest home interview kommentar kommentare kontakt last mehr menu minuten minutes"
    " modified more name none paid par photo por post posted posts print profil profile publicado"
    " published quelle read redakteur search senior share submitted teilen text uhr updated user"
    " verfasst veröffentlicht video view von webmaster weitere wordpress wordpressadmin written"
    " zeige über".split()
)
_OFFICE = re.compile(
    r"\b(?:staff|team|editors?|newsroom|desk|correspondent|contributor|columnist|special to"
    r"|redaktion|redacci[oó]n|r[ée]daction|redazione)\b",
    re.IGNORECASE,
)
_AGENCY = re.compile(
    r"(?:afp|ap|apa|ansa|cna|dapd|ddp|dpa|dts|efe|epd|kna|lusa|ots|pti|reuters|sda|sid|tass|upi"
    r"|xinhua|associated press|agence france-presse)(?:[-/ ].*)?",
    re.IGNORECASE,
)
# In metadata: an agency, an editorial office, a host.
_NO_PERSON = re.compile(
    r"\A(?-i:[A-ZÄÖÜ]{2,5})\Z|redaktion|redacci[oó]n|newsroom|\.\w{2,4}\Z", re.IGNORECASE
)


def names_in_byline(text: str) -> list[str]:
    """Return the names in the text of a byline, without what stands around them.

    A section may be named before them: "Politics · Jane Doe".
    """
    mark = _MARK.match(text) or _INNER_MARK.match(text)
    if mark and is_not_written(text[: mark.start("names")]):
        return []
    if mark:
        return _names(mark["names"])
    names = [_names(part) for part in _BETWEEN_PARTS.split(text)]
    return next((part for part in names if any(map(is_full_name, part))), names[0])


def names_in_line(line: str) -> list[str]:
    """Return the names in a line that opens like a byline, or holds only a date and names."""
    if len(line) > MAX_BYLINE_CHARS:
        return []
    if dated := _DATED_MARK.match(line):
        return _names(dated["names"])
    mark = _MARK.match(line)
    names = _names(mark["names"]) if mark else _names_after_date(line)
    full = [name for name in names if " " in name]
    return full or (names if _STRONG_MARK.match(line) else [])


def names_after_label(label: str, line: str) -> list[str]:
    """Return the names in a line after one that only announces them: "Von", "Posted by"."""
    if not _LABEL.match(label):
        return []
    names = names_in_byline(line)
    is_strong = ":" in label or _STRONG_MARK.search(label)
    return names if is_strong else [name for name in names if " " in name]


def signature_names(paragraphs: Sequence[str]) -> list[str]:
    """Return the names at the end of a text: after a mark, or as a whole line."""
    for line in reversed([line for text in paragraphs for line in text.splitlines()]):
        mark = _MARK.match(line) if len(line) <= MAX_BYLINE_CHARS else None
        end = mark and _END_OF_NAMES.search(mark["names"])
        names = _split(mark["names"][: end.start() if end else None]) if mark else []
        if leading := [*takewhile(is_full_name, names)]:  # "Jane Doe, head of marketing"
            return leading
    return next(filter(None, map(_name_below, reversed(paragraphs))), []) or _name_below(
        "\n".join(paragraphs[-2:])
    )


def _name_below(text: str) -> list[str]:
    """Return the name in the last line of a text, if a sentence or a year of rights is before."""
    *before, line = text.splitlines() or [""]
    name = _RIGHTS.sub("", line)
    is_signed = name != line or (before and ends_sentence(before[-1]))
    is_short = is_full_name(name) and len(name.split()) <= _MAX_SIGNATURE_WORDS
    return [name] if is_signed and is_short else []


def account_names(text: str) -> list[str]:
    """Return the name in a link to an author, which may be that of an account: "the gardener"."""
    line = clean_line(text)
    mark = _MARK.match(line)
    name = mark["names"] if mark else line
    return [name] if _is_account(name) else []


def given_names(text: str) -> list[str]:
    """Return the authors in a field of metadata, without agencies and hosts."""
    return [name for name in _split(text) if _is_account(name) and not _NO_PERSON.search(name)]


def is_not_written(label: str) -> bool:
    """Return whether a label names another part in a text than writing it: "Translated by"."""
    return _NOT_WRITTEN.search(label) is not None


def is_office(name: str) -> bool:
    """Return whether a name is that of an editorial office or a function: "Daily Post Staff"."""
    return _OFFICE.search(name) is not None


def is_agency(name: str) -> bool:
    """Return whether a name is that of a news agency, the source of a text."""
    return _AGENCY.fullmatch(name) is not None


def is_full_name(name: str) -> bool:
    """Return whether a text looks like a first name and a surname."""
    return " " in name and _is_name(name)


def _names(text: str) -> list[str]:
    end = _END_OF_NAMES.search(text)
    names = _split(text[: end.start()] if end else text)
    if end and end[0][-1].isdigit() and len(names) == 1 and " " not in names[0]:
        return []  # a weekday before a date
    people = [name for name in names if not is_office(name)] or names
    return people if all(_is_name(name) or _is_without_case(name) for name in people) else []


def _is_without_case(name: str) -> bool:
    """Return whether a text is some words of a script that has no capitals."""
    words = name.split()
    letters = "".join(words)
    return len(words) <= _MAX_NAME_WORDS and letters.isalpha() and letters == letters.swapcase()


def _names_after_date(line: str) -> list[str]:
    """Return the names at the end of a line such as "25.10.2022 | 13:10 Uhr | Jane Doe"."""
    facts = _BETWEEN_FACTS.split(line)
    if len(facts) < 2 or not any(map(_FULL_DATE.search, facts[:-1])):
        return []
    names = _names(facts[-1])
    return names if all(len(name.split()) <= _MAX_DATED_NAME_WORDS for name in names) else []


def _split(text: str) -> list[str]:
    """Split names at commas and conjunctions; a role and what follows it are not names."""
    first, *others = (clean_line(name).strip(" ,") for name in _BETWEEN_NAMES.split(text))
    names = [first, *takewhile(lambda name: not _ROLE.fullmatch(name), others)]
    return [name for name in names if name and not _DEGREE.match(name)]


def _is_name(name: str) -> bool:
    words = _NICKNAME.sub("", name).split()
    if not _is_account(name) or iso_date(name):
        return False
    if any(word.casefold().strip(".:") in _NO_NAMES for word in words):
        return False
    if all(word.casefold().strip(".") in names_in_calendar() for word in words):
        return False
    if len(words) == 1:
        return len(name) >= _MIN_SINGLE_NAME_CHARS and "/" not in name
    if (
        len({word.isupper() for word in words if len(word) > 2 and word.isalpha()}) > 1
    ):  # "AMP Project Marketing"
        return False
    has_initial = _INITIAL.match(words[0]) is not None  # "e. roe", in capitals by style
    return words[-1] not in _PARTICLES and all(
        _NAME_WORD.match(word) and (word[0].isupper() or has_initial or word in _PARTICLES)
        for word in words
    )


def _is_account(name: str) -> bool:
    """Return whether a text can be the name of an author, as a person or an account has it."""
    words = name.split()
    if not 0 < len(words) <= _MAX_NAME_WORDS or len(name) > _MAX_NAME_CHARS:
        return False
    half = len(words) // 2
    if words[:half] == words[half:] or not has_words(name) or _NOT_IN_NAMES.search(name):
        return False  # the same words twice, a link, an exclamation
    return not any(word.casefold().strip(".:") in _NO_NAMES for word in (words[0], words[-1]))
