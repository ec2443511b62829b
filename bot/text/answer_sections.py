"""Divide the quotes of an answer by the parts of its question."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.types import Answer, AnsweredPart, Quote, Verdict


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """The quotes for one part of a question; ``part`` is None if the question has no parts."""

    part: AnsweredPart | None
    quotes: Sequence[Quote]


def answer_sections(answer: Answer) -> list[AnswerSection]:
    """Return the sections of a page of an answer; its first page names what was not found, too."""
    if not answer.parts:
        return [AnswerSection(None, answer.quotes)]
    is_first_page = any(quote.citation.number == 1 for quote in answer.quotes)
    sections: list[AnswerSection] = []
    for number, part in enumerate(answer.parts, 1):
        quotes = [quote for quote in answer.quotes if quote.part == number]
        if quotes or (is_first_page and part.verdict is Verdict.NOTHING):
            sections.append(AnswerSection(part, quotes))
    return sections
