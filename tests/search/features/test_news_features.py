import pytest

from index.search.features.extraction import extract_features
from index.search.features.passages import PASSAGE_FEATURES
from tests.support.candidates import PassageExample, candidates_of


def constant_idf(term: str) -> float:
    return 2.0 if term != "\0" else 8.0


def values(question: str, name: str, *passages: PassageExample) -> list[float]:
    features = extract_features(question, candidates_of(passages), constant_idf)
    column: list[float] = features.passages[:, PASSAGE_FEATURES.index(name)].tolist()
    return column


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("A mill burned down in Ulm. Who saved the flour?", [0.0, 1.0]),
        ("A mill burned down. Why?", [2 / 3, 1 / 3]),  # no terms of its own
        ("Who saved the flour of the mill?", [1 / 3, 1.0]),
        ("Did J. R. Miller save the flour?", [0.0, 3 / 5]),
        ("磨坊烧毁了。谁救了面粉？", [0.0, 0.0]),
    ],
)
def test_the_last_sentence_of_a_question_asks(question: str, expected: list[float]) -> None:
    passages = (
        PassageExample(1, ("The mill burned in May.",)),
        PassageExample(2, ("Miller saved the flour of the mill.",)),
    )
    assert values(question, "last_sentence_coverage", *passages) == pytest.approx(expected)


def test_numbers_of_a_question_are_found_in_passage_or_title() -> None:
    passages = (
        PassageExample(1, ("The team won.",), title="Final of 2022"),
        PassageExample(2, ("It won 3 games in 2021.",), title="Season"),
    )
    assert values("who won game 3 in 2022", "number_coverage", *passages) == [0.5, 0.5]
    assert values("who won the game", "number_coverage", *passages) == [0.0, 0.0]


def test_a_passage_echoes_what_its_title_adds_to_the_question() -> None:
    passages = (
        PassageExample(1, ("Ulm has the highest church spire.",), title="Spire of Ulm repaired"),
        PassageExample(
            2, ("It was repaired in Ulm.", "It is open."), title="Spire of Ulm repaired"
        ),
        PassageExample(3, ("The spire was repaired.",), title="The spire"),
    )
    assert values("when was the spire mended", "title_echo", *passages) == [0.5, 1.0, 0.0]


def test_the_first_two_passages_tell_the_news() -> None:
    passages = [PassageExample(n, ("It rained.",), paragraph=n) for n in (1, 2, 3)]
    assert values("did it rain", "is_lead", *passages) == [1.0, 1.0, 0.0]


def test_a_passage_that_ends_with_a_question_is_known() -> None:
    passages = (
        PassageExample(1, ("Who saved the flour?", "A miller.")),
        PassageExample(2, ("Our quiz.", "Who saved the flour? ")),
        PassageExample(3, ("谁救了面粉？",), language="zh"),
    )
    assert values("who saved the flour", "ends_with_question", *passages) == [0.0, 1.0, 1.0]
