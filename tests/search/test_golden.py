"""Golden test: questions that a reader would ask about the user's article."""

import pytest

from index.searcher import Searcher
from index.types import Verdict

ARTICLE = "000_3ae1e327b51f9f9d.txt"

ANSWERED = [
    ("When could ISIS resurge in Syria?", 4, "within six to twelve months"),
    ("How many foreign fighters join ISIS every month?", 11, "most likely 50 per month"),
    ("Who interviewed Trump on Face the Nation?", 7, "Margaret Brennan"),
    ("Where is ISIS regenerating more quickly?", 4, "more quickly in Iraq than in Syria"),
    ("Will ISIS attack US personnel as they withdraw?", 2, "opportunistic attacks"),
    ("Who released the report on ISIS?", 1, "Pentagon’s Inspector General"),
    ("Where will the troops go when they leave Syria?", 9, "our base in Iraq"),
    ("What did Trump say about the runways of the base?", 8, "massive runways"),
    ("What are some intelligence officials concerned about?", 5, "even sooner"),
    ("When did Trump say we have won against ISIS?", 10, "We have won against ISIS"),
]

UNANSWERED = [
    "What is the capital of France?",
    "Who won the football World Cup?",
    "How do I cook rice?",
    "What is the boiling point of nitrogen?",
    "When was the Eiffel Tower built?",
]


@pytest.mark.parametrize(("question", "paragraph", "quoted"), ANSWERED)
def test_answers_come_from_the_right_paragraph(
    searcher: Searcher, question: str, paragraph: int, quoted: str
) -> None:
    answer = searcher.ask(question)
    assert answer.verdict is Verdict.ANSWERED
    quote = answer.quotes[0]
    assert (quote.citation.article, quote.citation.paragraph) == (ARTICLE, paragraph)
    assert quoted in quote.passage.text
    assert quote.citation.metadata.publisher == "KTLA"


def test_a_paraphrased_question_finds_its_passage(searcher: Searcher) -> None:
    answer = searcher.ask("What worries some intelligence officials?")
    assert answer.verdict is not Verdict.NOTHING
    assert answer.quotes[0].citation.paragraph == 5


@pytest.mark.parametrize("question", UNANSWERED)
def test_questions_on_other_subjects_are_not_answered(searcher: Searcher, question: str) -> None:
    answer = searcher.ask(question)
    assert answer.verdict is Verdict.NOTHING
    assert answer.quotes == ()


def test_caption_and_coordinates_are_not_passages(searcher: Searcher) -> None:
    texts = [each.passage.text for each in searcher.passages(ARTICLE)]
    assert not any("mural" in text or "38.907192" in text for text in texts)
