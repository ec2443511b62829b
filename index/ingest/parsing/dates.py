"""Parse dates as articles write them into ISO 8601."""

import re
from datetime import date
from functools import cache

from index.text.words.months import ENGLISH_MONTHS

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
_NUMERIC_DATE = re.compile(
    r"(?<![\d./])(?P<day>\d{1,2})(?P<mark>[./-])\s?(?P<month>\d{1,2})(?P=mark)\s?"
    r"(?P<year>(?:19|20)\d\d)(?!\d)"
)
_MONTHS_A_YEAR = 12
_CALENDAR_LANGUAGES = ("de", "en", "es", "fr", "it", "nl", "pt")
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


def local_date(text: str, language: str | None) -> str | None:
    """Return the first date in ``text``, as people write dates in ``language``, as YYYY-MM-DD.

    3/4/2024 is the third of April, except in English, where it can mean either.
    """
    numeric = _NUMERIC_DATE.search(text)
    if numeric:
        is_certain = (
            numeric["mark"] == "." or language != "en" or int(numeric["day"]) > _MONTHS_A_YEAR
        )
        return _to_iso(numeric) if is_certain else None
    months = _local_months(language or "en")
    named = months and re.search(_local_pattern(language or "en"), text.casefold())
    if not named:
        return iso_date(text)
    try:
        return date(int(named["year"]), months[named["month"]], int(named["day"])).isoformat()
    except ValueError:
        return None


@cache
def _local_months(language: str) -> dict[str, int]:
    """Return the numbers of a language's months by their names and abbreviations."""
    from babel.core import Locale, UnknownLocaleError  # noqa: PLC0415 - only dated pages need it

    try:
        names = Locale.parse(language).months
    except (UnknownLocaleError, ValueError):
        return {}
    return {
        name.casefold().rstrip("."): number
        for form in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for number, name in names[form][width].items()
        if not name.isdigit()
    }


@cache
def names_in_calendar() -> frozenset[str]:
    """Return the names of months and weekdays, and their abbreviations, in common languages."""
    from babel.core import Locale  # noqa: PLC0415 - as above

    days = (
        Locale.parse(language).days["format"][width].values()
        for language in _CALENDAR_LANGUAGES
        for width in ("wide", "abbreviated")
    )
    names = {name.casefold().rstrip(".") for each in days for name in each}
    return frozenset(names.union(*map(_local_months, _CALENDAR_LANGUAGES)))


@cache
def _local_pattern(language: str) -> re.Pattern[str]:
    names = sorted(map(re.escape, _local_months(language)), key=len, reverse=True)
    month = rf"(?P<month>{'|'.join(names)})\b\.?"
    day = r"(?<!\w)(?P<day>\d{1,2})(?:\.|º|er|st|nd|rd|th)?"
    return re.compile(rf"{day}\s+(?:de\s+|of\s+)?{month},?\s+(?:del?\s+)?(?P<year>\d{{4}})(?!\d)")


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
