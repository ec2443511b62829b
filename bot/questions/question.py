"""A member's question with its filters, and the checks it must pass."""

from dataclasses import dataclass, replace
from datetime import date

from bot.questions.articles import VisibleArticles
from bot.questions.autocomplete import find_publisher, find_source
from bot.questions.dates import parse_since
from bot.text.errors import InvalidQuestion
from bot.text.messages import format_date
from index.filters import Scope
from index.searcher import MAX_QUESTION_CHARS


@dataclass(frozen=True, slots=True)
class Question:
    """A question with its filters.

    ``text`` is the search query. ``original_text`` is set if the query was rewritten, and holds
    what the member typed. ``source`` is an article's path, ``publisher`` a name, ``since`` the
    start of an ISO date; until ``resolve_filters`` they may hold anything the member typed.
    ``reply_to_id`` is the message that a shared answer replies to.
    """

    text: str
    source: str | None = None
    publisher: str | None = None
    since: str | None = None
    original_text: str | None = None
    reply_to_id: int | None = None

    @property
    def display_text(self) -> str:
        """The question as the member typed it."""
        return self.original_text or self.text

    @property
    def has_filters(self) -> bool:
        """True if not every article may answer."""
        return bool(self.source or self.publisher or self.since)

    def narrow_scope(self, scope: Scope) -> Scope:
        """Apply the filters to ``scope``."""
        return replace(scope, source=self.source, publisher=self.publisher, since=self.since)


def check_length(question: Question) -> None:
    """Raise InvalidQuestion if the question is empty or too long."""
    length, limit = len(" ".join(question.text.split())), MAX_QUESTION_CHARS
    if not length:
        raise InvalidQuestion(lambda messages: messages.empty_question)
    if length > limit:
        raise InvalidQuestion(
            lambda messages: messages.question_too_long.format(length=length, limit=limit)
        )


def resolve_filters(question: Question, articles: VisibleArticles, today: date) -> Question:
    """Resolve the filters of a question to articles, publishers and dates. Blocks.

    Raises InvalidQuestion if a filter matches nothing.
    """
    source, publisher, since = question.source, question.publisher, question.since
    resolved = replace(
        question,
        source=find_source(source, articles.candidates(source)) if source else None,
        publisher=find_publisher(publisher, articles.publishers()) if publisher else None,
        since=_resolve_since(since, today) if since else None,
    )
    day = resolved.since
    if day and not articles.has_any(resolved.narrow_scope(articles.scope)):
        raise InvalidQuestion(
            lambda messages: messages.no_articles_since.format(format_date(day, messages))
        )
    return resolved


def _resolve_since(typed: str, today: date) -> str:
    since = parse_since(typed, today)
    if since is None:
        shown = " ".join(typed.split())[:60]
        raise InvalidQuestion(lambda messages: messages.invalid_date.format(shown))
    return since
