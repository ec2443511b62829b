"""Dates as articles write them, to ISO 8601."""

import re
from datetime import date

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<!\d)(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<year>\d{4})\s?年\s?(?P<month>\d{1,2})\s?月\s?(?P<day>\d{1,2})\s?日",
        rf"(?<!\w){_DAY}\.?\s+(?:of\s+)?{_MONTH},?\s+(?P<year>\d{{4}})(?!\d)",
        rf"(?<!\w){_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}})(?!\d)",
    )
)
# What may stand beside a date on a line of its own: weekday, time of day, zone.
_BESIDE = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\b|\b\d{1,2}(?=\s*[ap]\.?m)|\b[ap]\.?m\b\.?|T?\d\d:\d\d\S*"
    r"|\b(?:at|on|GMT|UTC|[ECMP][SD]?T|CES?T|BST|Z)\b",
    re.IGNORECASE,
)


def iso_date(text: str) -> str | None:
    """The first date in ``text`` as YYYY-MM-DD; None where there is none that exists."""
    found = _search(text)
    return _iso(found) if found else None


def is_date(text: str) -> bool:
    """Whether ``text`` is a date and nothing beside it but weekday and time."""
    found = _search(text)
    if found is None or _iso(found) is None or len(text) > 80:
        return False
    rest = text[: found.start()] + " " + text[found.end() :]
    return not re.search(r"\w", _BESIDE.sub(" ", rest))


def _search(text: str) -> re.Match[str] | None:
    for pattern in _PATTERNS:
        if found := pattern.search(text):
            return found
    return None


def _iso(found: re.Match[str]) -> str | None:
    month = found["month"].lower()
    number = _MONTHS[month] if month in _MONTHS else int(month)
    try:
        return date(int(found["year"]), number, int(found["day"])).isoformat()
    except ValueError:
        return None
