"""The gate on operation counts: what it counts, and which differences it reports."""

import pytest

from benchmarks.operations import compare, count_all

CALLS = "calls of our Python functions"


def test_more_and_fewer_operations_are_reported() -> None:
    expected = {"a build": {"model runs": 40, "texts tokenized": 50}}
    counted = {"a build": {"model runs": 41, "texts tokenized": 40}}
    assert list(compare(expected, counted)) == [
        "a build: 41 model runs, expected 40 (+2.5%)",
        "a build: 40 texts tokenized, expected 50 (-20.0%)",
    ]


def test_a_few_calls_more_are_tolerated() -> None:
    assert not list(compare({"asking": {CALLS: 1000}}, {"asking": {CALLS: 1029}}))
    assert list(compare({"asking": {CALLS: 1000}}, {"asking": {CALLS: 1031}})) == [
        f"asking: 1031 {CALLS}, expected 1000 (+3.1%)"
    ]


def test_a_step_without_committed_figures_is_reported() -> None:
    assert list(compare({}, {"asking": {"model runs": 1}})) == ["asking: 1 model runs, expected 0"]


@pytest.mark.slow
def test_counting_again_gives_the_same_figures() -> None:
    first = count_all()
    assert first["10 questions"]["model runs"] == 12  # one of them is two questions in one
    assert not list(compare(first, count_all()))
