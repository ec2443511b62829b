"""Dates as members type them → the start of an ISO date. Pure: "today" is given.

Understood, in English, German and Spanish: a year (2019), a month (March 2024, 2024-03, 3/2024),
a day (2024-03-01, 1 March 2024, March 1st, 2024, 1.3.2024), and from today back: today,
yesterday, this or last week, month or year, 3 days (weeks, months, years) ago, last 3 days.
"""

import re
from datetime import date, timedelta

_MONTHS = (
    ("january", "januar", "jänner", "enero"),
    ("february", "februar", "feber", "febrero"),
    ("march", "märz", "maerz", "marzo"),
    ("april", "abril"),
    ("may", "mai", "mayo"),
    ("june", "juni", "junio"),
    ("july", "juli", "julio"),
    ("august", "agosto"),
    ("september", "septiembre", "setiembre"),
    ("october", "oktober", "octubre"),
    ("november", "noviembre"),
    ("december", "dezember", "diciembre"),
)
_FILLERS = frozenset(
    "since from after the of in seit ab dem der den vom de del desde el la los".split()
)
_UNITS = {
    "day": "days tage tag tagen día días dia dias",
    "week": "weeks woche wochen semana semanas",
    "month": "months monat monate monaten mes meses",
    "year": "years jahr jahre jahren año años ano anos",
}
_LAST = frozenset(
    "last past previous letzte letzten letztes letzter vergangenen pasado pasada".split()
)
_THIS = frozenset("this current diese diesem dieser dieses este esta".split())
_AGO = frozenset("ago vor hace".split())
_TODAY = frozenset("today heute hoy".split())
_YESTERDAY = frozenset("yesterday gestern ayer".split())
_ONE = frozenset("a an one einem einer un una".split())
_WORD = re.compile(r"[^\W\d_]+|\d+")


def parse_since(typed: str, today: date) -> str | None:
    """``YYYY``, ``YYYY-MM`` or ``YYYY-MM-DD``; None for what is no date we understand."""
    text = typed.strip().casefold()
    parts = [part for part in _WORD.findall(text) if part not in _FILLERS]
    for attempt in (_numbers, _named, _relative):
        found = attempt(parts, today)
        if found is not None:
            return found
    return None


def _numbers(parts: list[str], _today: date) -> str | None:
    """2019 · 2024-03 · 3/2024 · 2024-03-01 · 1.3.2024; day first, as most of the world writes."""
    if not parts or len(parts) > 3 or not all(part.isdecimal() for part in parts):
        return None
    numbers = parts if len(parts[0]) == 4 else parts[::-1]
    if len(numbers[0]) != 4 or any(len(part) > 2 for part in numbers[1:]):
        return None
    return _iso(*map(int, numbers))


def _named(parts: list[str], today: date) -> str | None:
    """March 2024 · 1 March 2024 · March 1st, 2024; without a year, the last such month."""
    rest = [part for part in parts if part not in {"st", "nd", "rd", "th"}]
    months = [number for part in rest if (number := _month(part))]
    numbers = [int(part) for part in rest if part.isdecimal()]
    years = [number for number in numbers if number > 31]
    days = [number for number in numbers if number <= 31]
    if len(months) != 1 or len(rest) != 1 + len(numbers) or len(years) > 1 or len(days) > 1:
        return None
    year = years[0] if years else today.year - (months[0] > today.month)
    return _iso(year, months[0], *days)


def _relative(parts: list[str], today: date) -> str | None:
    if len(parts) == 1 and parts[0] in _TODAY | _YESTERDAY:
        return (today - timedelta(days=parts[0] in _YESTERDAY)).isoformat()
    units = [unit for part in parts if (unit := _unit(part))]
    words = frozenset(parts)
    if len(units) != 1:
        return None
    if len(parts) == 2 and words & _THIS:
        return _back(units[0], 0, today)
    if len(parts) == 2 and words & _LAST:
        return _back(units[0], 1, today)
    return _ago(parts, units[0], today) if words & (_AGO | _LAST) and len(parts) == 3 else None


def _ago(parts: list[str], unit: str, today: date) -> str | None:
    counts = [int(part) for part in parts if part.isdecimal() and len(part) <= 3]
    counts += [1 for part in parts if part in _ONE]
    if len(counts) != 1:
        return None
    days = {"day": counts[0], "week": 7 * counts[0]}
    if unit in days:
        return (today - timedelta(days=days[unit])).isoformat()
    return _back(unit, counts[0], today)


def _back(unit: str, count: int, today: date) -> str | None:
    """The beginning of the unit ``count`` before today's."""
    if unit == "year":
        return _iso(today.year - count)
    if unit == "month":
        year, month = divmod(today.year * 12 + today.month - 1 - count, 12)
        return _iso(year, month + 1)
    monday = today - timedelta(days=today.weekday() + 7 * count)
    return (monday if unit == "week" else today - timedelta(days=count)).isoformat()


def _month(part: str) -> int | None:
    """1 to 12 for a month's name or three letters and more of it."""
    if len(part) < 3:
        return None
    for number, names in enumerate(_MONTHS, 1):
        if any(name.startswith(part) for name in names):
            return number
    return None


def _unit(part: str) -> str | None:
    return next((unit for unit, more in _UNITS.items() if part in {unit, *more.split()}), None)


def _iso(year: int, month: int | None = None, day: int | None = None) -> str | None:
    try:
        found = date(year, month or 1, day or 1)
    except ValueError:
        return None
    return found.isoformat()[: 10 if day else 7 if month else 4]
