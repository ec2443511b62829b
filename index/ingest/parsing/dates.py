"""Parse dates as articles write them into ISO 8601."""

import re
from datetime import date

from index.text.months import ENGLISH_MONTHS

_MONTHS = {
    spelling: number
    for number, name in enumerate(ENGLISH_MONTHS, start=1)
    for spelling in (name, name[:3])
} | {"sept": 9}
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
# Weekday, time of day and time zone, which may share a line with a date.
_DATE_EXTRAS = re.compile(
    r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\b"
    r"|\b\d{1,2}[:.]\d{2}(?:[:.]\d{2})?\b|\b\d{1,2}(?=\s*[ap]\.?m)|\b[ap]\.?m\b\.?|T?\d\d:\d\d\S*"
    r"|\b(?:at|on|GMT|UTC|[ECMP][SD]?T|CES?T|BST|Z)\b",
    re.IGNORECASE,
)


_DATED_NAME = re.compile(r"(?P<folder>(?:.*/)?)(?P<date>\d{4}-\d{2}-\d{2})[-_ ](?P<name>[^/]+)")


def iso_date(text: str) -> str | None:
    """Return the first date in ``text`` as YYYY-MM-DD; None if there is no valid one."""
    match = _search(text)
    return _to_iso(match) if match else None


def is_date(text: str) -> bool:
    """Return whether ``text`` is a date, with nothing next to it but a weekday and a time."""
    match = _search(text)
    if match is None or _to_iso(match) is None or len(text) > 80:
        return False
    rest = text[: match.start()] + " " + text[match.end() :]
    return not re.search(r"\w", _DATE_EXTRAS.sub(" ", rest))


def split_dated_name(slug: str) -> tuple[str | None, str]:
    """Split the date off a name such as ``_posts/2024-05-02-bees`` of Jekyll and Docusaurus.

    Returns the date, or None, and the slug without it.
    """
    match = _DATED_NAME.fullmatch(slug)
    date = iso_date(match["date"]) if match else None
    return (date, match["folder"] + match["name"]) if match and date else (None, slug)


def _search(text: str) -> re.Match[str] | None:
    return next(filter(None, (pattern.search(text) for pattern in _PATTERNS)), None)


def _to_iso(match: re.Match[str]) -> str | None:
    month = match["month"].lower()
    number = _MONTHS[month] if month in _MONTHS else int(month)
    try:
        return date(int(match["year"]), number, int(match["day"])).isoformat()
    except ValueError:
        return None
