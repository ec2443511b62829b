"""Parse the dates that members type into the start of an ISO date.

Understood are numbers (2019, 2024-03, 3/2024, 2024-03-01, 1.3.2024) and, through dateparser,
English, German and Spanish phrases: March 2024, 1 March 2024, yesterday, last year, 3 weeks ago.
"""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateparser.date import DateDataParser

_MAX_PHRASE_CHARS = 60
_ISO_CHARS = {"year": 4, "month": 7, "week": 10, "day": 10}  # by dateparser's period
_FILLER = re.compile(
    r"\b(?:since|from|after|the|of|in|seit|ab|vom|von|im|de[mnr]|desde|del?|el|la|l?os)\b"
)
# Phrases that dateparser does not know, and their equivalents that it does.
_LAST_COUNT = re.compile(r"\b(?:last|past|previous|letzten|vergangenen|últimos)\s+(?=\d)")
_LAST = re.compile(r"(?:past|previous|(?:letzt|vergangen)\w+)\s+(\w+)|(\w+)\s+pasad[oa]")
_ENGLISH_UNITS = {"jahr": "year", "monat": "month", "woche": "week"}
_ENGLISH_UNITS |= {"año": "year", "ano": "year", "mes": "month", "semana": "week"}


def parse_since(typed: str, today: date) -> str | None:
    """Return ``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; None if the text is not a date."""
    text = " ".join(_FILLER.sub(" ", typed.casefold()).split())
    if re.search(r"[^\W\d_]", text):
        return _parse_phrase(text, today) if len(text) <= _MAX_PHRASE_CHARS else None
    return _parse_numbers(re.findall(r"\d+", text))


def _parse_numbers(numbers: list[str]) -> str | None:
    """Read a year with an optional month and day, from either end."""
    parts = numbers if numbers and len(numbers[0]) == 4 else numbers[::-1]
    if not parts or len(parts) > 3 or len(parts[0]) != 4 or any(len(n) > 2 for n in parts[1:]):
        return None
    year, month, day = (*map(int, parts), 1, 1)[:3]
    try:
        return date(year, month, day).isoformat()[: (4, 7, 10)[len(parts) - 1]]
    except ValueError:
        return None


def _parse_phrase(text: str, today: date) -> str | None:
    text = _LAST_COUNT.sub("", text)
    if match := _LAST.fullmatch(text):
        unit = match[1] or match[2]
        text = f"last {_ENGLISH_UNITS.get(unit, unit)}"
    parsed = _parser(today).get_date_data(text)
    if parsed.date_obj is None or parsed.period not in _ISO_CHARS:
        return None
    day = parsed.date_obj.date()
    if parsed.period == "week" and not re.search(r"\d|\b(?:a|one|eine[rm]?|una?)\b", text):
        day -= timedelta(days=day.weekday())
    return day.isoformat()[: _ISO_CHARS[parsed.period]]


@lru_cache(maxsize=1)
def _parser(today: date) -> "DateDataParser":
    from dateparser.date import DateDataParser  # noqa: PLC0415 - takes 0.1 s, rarely needed

    return DateDataParser(
        languages=["en", "de", "es"],
        settings={
            "DATE_ORDER": "DMY",
            "PREFER_DATES_FROM": "past",
            "PREFER_DAY_OF_MONTH": "first",
            "PREFER_MONTH_OF_YEAR": "first",
            "RELATIVE_BASE": datetime.combine(today, time()),
            "RETURN_TIME_AS_PERIOD": True,
        },
    )
