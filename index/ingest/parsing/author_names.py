"""Find people's names in a byline: "Posted by Jane Doe and Ada Reed on 3 March 2024"."""

import re

from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.normalize import clean_line
from index.text.spans import has_words

MAX_BYLINE_CHARS = 120
_MAX_NAME_CHARS = 50
_MAX_NAME_WORDS = 5
_MIN_SINGLE_NAME_CHARS = 3
_MAX_DATED_NAME_WORDS = 3
_STRONG_BY = (
    r"(?:(?:posted|written) by|posted on .{4,30} by"
    r"|(?:verfasst|geschrieben|veröffentlicht|eingestellt|erstellt) von"
    r"|publié par|publicado por|escrito por)"
)
_BY = (
    rf"(?:{_STRONG_BY}|(?:published|reported|story|words|text) by|by|von|par|por|escribe"
    r"|(?:gast)?beitrag von|interview|text|texto|texte|post author|authors?|autor(?:en|in)?"
    r"|auteur|redaktion(?=\s*:))"
)
_MARK = re.compile(rf"[-–—•|\s]*{_BY}(?:\s*[:：]\s*|\s+)(?P<names>.+)\Z", re.IGNORECASE)
_STRONG_MARK = re.compile(_STRONG_BY, re.IGNORECASE)
_INNER_MARK = re.compile(r".{0,50}?(?:\b|\w)(?:von|by)\s+(?P<names>.+)\Z", re.IGNORECASE)
_LABEL = re.compile(
    rf"[-–—•|\s]*(?:{_STRONG_BY}|by|von|par|por|autor\w*|authors?)\s*[:：]?\Z", re.IGNORECASE
)
_END_OF_NAMES = re.compile(
    r"\s*[|•·»«(\[@]|\s[-–—]\s|[,\s]\s*\d|[:;]|\s+(?:am|on|in|im|um|at|vom|für|for|aus|from|is|ist"
    r"|says|sagte?|schreibt|about|über|updated|published|veröffentlicht|publicado|hinterlasse"
    r"|lesezeit|kategorien?|weitere|alle|view|mehr|übersetzt|staff (?:writer|reporter)"
    r"|reporter|editor|(?:chef)?redakteur(?:in)?|autor(?:in)?)\b",
    re.IGNORECASE,
)
_BETWEEN_NAMES = re.compile(r"\s*(?:,|;|\s/\s|&|\bund\b|\band\b|\bet\b|\sy\s)\s*", re.IGNORECASE)
_BETWEEN_FACTS = re.compile(r"\s*[|•·]\s*|\s+[-–—]\s+|\s+,\s+")
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_NAME_WORD = re.compile(r"[^\W\d_][\w.'’-]*\Z")
_PARTICLES = {*"von van de da di del della der den zu la le el al bin ibn ter ten dos du e".split()}
_NO_NAMES = set(
    "actualizado admin administrator agencies agenturen alle alles author autor autoren autorin"
    " beitrag bild bilder by comment comments contact content datum drucken email follow foto fotos"
    " gast geschrieben guest home interview kommentar kommentare kontakt mehr menu minuten minutes"
    " more name none anonymous paid par photo por posted print publicado published quelle read"
    " redakteur search share teilen text uhr user verfasst veröffentlicht video von webmaster"
    " wordpress wordpressadmin written"
    " monday tuesday wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag"
    " freitag samstag sonntag lunes martes miercoles jueves viernes sabado domingo"
    " january february march april june july august september october november december jan feb"
    " mar apr jun jul aug sep oct nov dec januar februar märz mai juni juli oktober"
    " dezember".split()
)
# In metadata: an agency, an editorial office, a host.
_NO_PERSON = re.compile(
    r"\A(?-i:[A-ZÄÖÜ]{2,5})\Z|redaktion|redacci[oó]n|newsroom|\.\w{2,4}\Z", re.IGNORECASE
)


def names_in_byline(text: str) -> list[str]:
    """Return the names in the text of a byline, without what stands around them."""
    mark = _MARK.match(text) or _INNER_MARK.match(text)
    return _names(mark["names"] if mark else text)


def names_in_line(line: str) -> list[str]:
    """Return the names in a line that opens like a byline, or holds only a date and names."""
    if len(line) > MAX_BYLINE_CHARS:
        return []
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


def given_names(text: str) -> list[str]:
    """Return the people in an author field of metadata, without agencies and hosts."""
    return [name for name in _split(text) if _is_name(name) and not _NO_PERSON.search(name)]


def _names(text: str) -> list[str]:
    end = _END_OF_NAMES.search(text)
    names = _split(text[: end.start()] if end else text)
    return names if all(map(_is_name, names)) else []


def _names_after_date(line: str) -> list[str]:
    """Return the names at the end of a line such as "25.10.2022 | 13:10 Uhr | Jane Doe"."""
    facts = _BETWEEN_FACTS.split(line)
    if len(facts) < 2 or not any(map(_YEAR.search, facts[:-1])):
        return []
    names = _names(facts[-1])
    return names if all(len(name.split()) <= _MAX_DATED_NAME_WORDS for name in names) else []


def _split(text: str) -> list[str]:
    names = (clean_line(name).strip(" ,") for name in _BETWEEN_NAMES.split(text))
    return [name for name in names if name]


def _is_name(name: str) -> bool:
    words = name.split()
    if not 0 < len(words) <= _MAX_NAME_WORDS or len(name) > _MAX_NAME_CHARS or iso_date(name):
        return False
    half = len(words) // 2
    if words[:half] == words[half:] or "http" in name:  # the same name twice
        return False
    if any(word.casefold().strip(".:") in _NO_NAMES for word in words):
        return False
    if len(words) == 1:
        return len(name) >= _MIN_SINGLE_NAME_CHARS and has_words(name) and "/" not in name
    return all(
        _NAME_WORD.match(word) and (word[0].isupper() or word in _PARTICLES) for word in words
    )
