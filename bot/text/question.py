"""What is asked: the text that is searched, the filters around it, and how it came about."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from bot.text.autocomplete import find, find_publisher
from bot.text.dates import parse_since
from bot.text.messages import Messages, format_date
from index.errors import QuestionError
from index.filters import Scope
from index.searcher import MAX_QUESTION_CHARS
from index.types import Source


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its filters.

    ``text`` is searched; ``wrote`` is what the member wrote where that was taken to mean ``text``.
    ``source`` is an article's path, ``publisher`` a name, ``since`` an ISO date or the start of
    one; before ``checked`` each may be as a member typed it. ``target`` is the message that a
    shared answer replies to.
    """

    text: str
    source: str | None = None
    publisher: str | None = None
    since: str | None = None
    wrote: str | None = None
    target: int | None = None

    @property
    def shown(self) -> str:
        """The question as its asker knows it."""
        return self.wrote or self.text

    def narrowed(self, scope: Scope) -> Scope:
        """The part of ``scope`` that the filters leave."""
        return replace(scope, source=self.source, publisher=self.publisher, since=self.since)


def checked(
    question: Question, sources: Sequence[Source], words: Messages, today: date
) -> Question:
    """With filters that name something among ``sources``. Raises QuestionError saying which not."""
    _check_length(question.text, words)
    found = replace(
        question,
        source=find(question.source, sources, words) if question.source else None,
        publisher=find_publisher(question.publisher, sources, words)
        if question.publisher
        else None,
        since=_since(question.since, words, today) if question.since else None,
    )
    if found.since and not any(map(found.narrowed(Scope()).allows, sources)):
        raise QuestionError(words.no_articles_since.format(format_date(found.since, words)))
    return found


def filter_line(question: Question, words: Messages) -> str:
    """What the answer was limited to beside an article; empty when to nothing."""
    since = words.since.format(format_date(question.since, words)) if question.since else ""
    return " · ".join(part for part in (question.publisher, since) if part)


def _check_length(text: str, words: Messages) -> None:
    found = len(" ".join(text.split()))
    if not found:
        raise QuestionError(words.empty_question)
    if found > MAX_QUESTION_CHARS:
        raise QuestionError(words.question_too_long.format(found=found, wanted=MAX_QUESTION_CHARS))


def _since(typed: str, words: Messages, today: date) -> str:
    found = parse_since(typed, today)
    if found is None:
        raise QuestionError(words.invalid_date.format(" ".join(typed.split())[:60]))
    return found
