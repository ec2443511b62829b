from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.dates import parse_since

TODAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2019", "2019"),
        ("since 2019", "2019"),
        ("March 2024", "2024-03"),
        ("mar 2024", "2024-03"),
        ("2024-03", "2024-03"),
        ("3/2024", "2024-03"),
        ("2024-03-01", "2024-03-01"),
        ("1 March 2024", "2024-03-01"),
        ("March 1st, 2024", "2024-03-01"),
        ("1.3.2024", "2024-03-01"),
        ("last year", "2025"),
        ("this month", "2026-11"),
        ("last week", "2026-11-09"),
        ("yesterday", "2026-11-21"),
        ("3 months ago", "2026-08"),
        ("a year ago", "2025"),
        ("last 10 days", "2026-11-12"),
        ("december", "2025-12"),
        ("seit März 2020", "2020-03"),
        ("vor 2 Wochen", "2026-11-08"),
        ("letztes Jahr", "2025"),
        ("enero de 2020", "2020-01"),
        ("hace un año", "2025"),
        ("31. Dezember 2019", "2019-12-31"),
        ("the 3rd of March 2021", "2021-03-03"),
        ("in the last 3 days", "2026-11-19"),
        ("in den letzten 3 Monaten", "2026-08"),
        ("a week ago", "2026-11-15"),
        ("previous month", "2026-10"),
        ("vergangenen Monat", "2026-10"),
        ("año pasado", "2025"),
        ("la semana pasada", "2026-11-09"),
    ],
)
def test_dates_are_parsed_as_people_type_them(typed: str, expected: str) -> None:
    assert parse_since(typed, TODAY) == expected


@pytest.mark.parametrize(
    "typed", ["", "banana", "31 February 2020", "2024-13", "99999", "19", "1 2 3 4", "last banana"]
)
def test_other_text_is_none(typed: str) -> None:
    assert parse_since(typed, TODAY) is None


@given(st.text(max_size=30))
def test_any_text_gives_a_date_or_none(typed: str) -> None:
    parsed = parse_since(typed, TODAY)
    assert parsed is None or date.fromisoformat(f"{parsed}-01-01"[:10])


@given(st.dates(date(1000, 1, 1)))
def test_every_numeric_date_round_trips(day: date) -> None:
    assert parse_since(day.isoformat(), TODAY) == day.isoformat()
    assert parse_since(f"{day.day}.{day.month}.{day.year}", TODAY) == day.isoformat()
