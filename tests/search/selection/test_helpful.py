import pytest

from index.search.ranker import RankedPassage
from index.search.selection.dedup import DuplicateGroup, move_repetitions_back
from index.search.selection.helpful import MAX_GAP, helpful_count
from tests.support.candidates import ExampleTexts, PassageExample

TEXT = "To turn the lamp on, press the green switch beside the door for two seconds. "


def groups(*scores: float) -> list[DuplicateGroup]:
    return [DuplicateGroup(RankedPassage(row, score, 0)) for row, score in enumerate(scores)]


def texts_of(*texts: str) -> ExampleTexts:
    return ExampleTexts([PassageExample(row, (text,)) for row, text in enumerate(texts)])


@pytest.mark.parametrize(
    ("scores", "count"),
    [
        ([], 0),
        ([20.0], 1),
        ([20.0, 12.0, 11.0], 1),
        ([20.0, 16.0, 12.0], 2),
        ([20.0, 19.0, 17.0, 12.0], 3),
        ([20.0, 20.0, 19.9, 19.8, 19.7, 19.6], 5),
    ],
)
def test_more_is_quoted_the_closer_the_scores_are(scores: list[float], count: int) -> None:
    assert helpful_count(groups(*scores)) == count


def test_no_more_is_quoted_than_asked_for() -> None:
    assert helpful_count(groups(20.0, 20.0, 20.0), 2) == 2


def test_a_repetition_comes_last_and_is_not_shown() -> None:
    texts = [TEXT, "The lamp is oiled every spring by the keeper's daughter.", f"{TEXT}Wait."]
    ranked = [DuplicateGroup(RankedPassage(row, 20.0 - row, 0)) for row in (0, 2, 1)]
    moved = [*move_repetitions_back(iter(ranked), texts_of(*texts), MAX_GAP)]
    assert [group.best.row for group in moved] == [0, 1, 2]
    assert [group.is_repetition for group in moved] == [False, False, True]
    assert helpful_count(moved) == 2


def test_a_passage_that_says_more_is_no_repetition() -> None:
    longer = f"{TEXT}{'Then wait until the glass is warm and the reading room is open. ' * 2}"
    moved = move_repetitions_back(iter(groups(20.0, 19.0)), texts_of(TEXT, longer), MAX_GAP)
    assert [group.is_repetition for group in moved] == [False, False]


def test_passages_that_are_far_behind_are_not_compared() -> None:
    ranked = groups(20.0, 19.0, 20.0 - MAX_GAP - 1)
    moved = [*move_repetitions_back(iter(ranked), texts_of(TEXT, "Other.", TEXT), MAX_GAP)]
    assert moved == ranked
