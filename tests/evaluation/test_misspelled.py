import pytest
from rapidfuzz.distance import OSA

from benchmarks.misspelled import Misspeller

TEXTS = ["The museum opens at ten.\n\nLighthouses are shown in the museum."] + ["The boat."] * 200


@pytest.mark.parametrize(
    ("question", "word"),
    [("Which lighthouses does the museum show?", "lighthouses"), ("opens the zoo?", "opens")],
)
def test_the_rarest_word_gets_one_slip_behind_its_first_letter(question: str, word: str) -> None:
    misspelled = Misspeller(TEXTS).misspell(question)
    before, _, after = question.partition(word)
    assert misspelled.startswith(before + word[0])
    assert misspelled.endswith(after)
    assert OSA.distance(question, misspelled) == 1
    assert misspelled == Misspeller(TEXTS).misspell(question)


def test_a_question_without_a_long_word_stays_as_it_is() -> None:
    assert Misspeller(TEXTS).misspell("how is it") == "how is it"
