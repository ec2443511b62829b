"""Render answers as texts within Discord's limits.

Lengths are in UTF-16 code units, as Discord counts them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.questions.question import Question
from bot.text.answer_sections import answer_sections
from bot.text.discord_markdown import escape, size
from bot.text.marked_excerpt import MarkedExcerpt
from bot.text.messages import Messages, format_date
from bot.text.quotes import renderer_of
from bot.text.truncate import RenderedExcerpt, excerpt, shorten
from bot.ui.answers.citation_text import citation_count, citations, context_text
from index.text.spans import introduces
from index.types import (
    Answer,
    AnsweredPart,
    InputKind,
    Quote,
    Verdict,
)

MESSAGE_LIMIT = 4000  # all texts of a Components V2 message together
_NOTE_UNITS = 200  # room for a note that a quote has changed since
_ANSWER_LIMIT = MESSAGE_LIMIT - 40 - _NOTE_UNITS
_HEADING_LIMIT = 300
_PART_LIMIT = 120  # for the words of a part of the question
_REWRITTEN_LIMIT = 200
_FILTERS_LIMIT = 60
_LATER_QUOTE_LIMIT = 320  # for quotes after the first, or more if the highlight is longer
_LATER_BLOCKS_LIMIT = 480  # of several paragraphs, or code: their answer is often beside it
_LATER_HIGHLIGHT_LIMIT = 640


@dataclass(frozen=True, slots=True)
class QuoteText:
    """The excerpt of a quote, the texts above it and the citation below it.

    ``heading`` names the part of the question that the quote is the first to answer.
    """

    number: int
    heading: str
    context: str
    excerpt: RenderedExcerpt
    citation: str

    @property
    def display(self) -> str:
        """Return the heading, the small print and the excerpt."""
        return "\n".join(filter(None, (self.heading, self.context, self.excerpt.display)))


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The texts of an answer, in order; ``unanswered`` are parts of the question."""

    heading: str
    intro: str
    quotes: tuple[QuoteText, ...]
    unanswered: tuple[str, ...]
    notes: str


def answer_text(
    answer: Answer,
    messages: Messages,
    *,
    heading: str = "",
    details: Sequence[str] = (),
    note: str = "",
) -> AnswerText:
    """Render an answer: heading, introduction, quotes with citations, and notes.

    ``heading`` is the question, or empty if it is shown elsewhere. ``details`` are small lines
    below it, already escaped.
    """
    title = question_heading(heading) if heading else ""
    title = "\n".join(filter(None, [title, *(f"-# {line}" for line in details if line)]))
    intro = _intro(answer, messages)
    sections = answer_sections(answer)
    headings = {
        section.quotes[0].citation.number: _part_heading(section.part, messages)
        for section in sections
        if section.part and section.quotes
    }
    unanswered = tuple(
        _part_heading(section.part, messages)
        for section in sections
        if section.part and not section.quotes
    )
    around = (title, intro, note, messages.shortened_quotes, *headings.values(), *unanswered)
    reserved = sum(map(size, around)) + 10
    quotes = _render_quotes(answer.quotes, messages, _ANSWER_LIMIT - reserved, headings)
    cut = any(quote.excerpt.truncated for quote in quotes)
    lines = (note, messages.shortened_quotes if cut else "")
    notes = "\n".join(f"-# {line}" for line in lines if line)
    return AnswerText(title, intro, quotes, unanswered, notes)


def _part_heading(part: AnsweredPart, messages: Messages) -> str:
    """Render the words of a part of the question, and whether it may have no answer."""
    remarks = {
        Verdict.CLOSEST: messages.closest_passages,
        Verdict.NOTHING: messages.no_answer,
    }
    remark = remarks.get(part.verdict)
    words = f"**{shorten(part.text, _PART_LIMIT)}**"
    return f"{words}\n{remark}" if remark else words


def question_heading(question: str) -> str:
    """Render a question as the heading of a message."""
    return f"### {shorten(question, _HEADING_LIMIT)}"


def understood_text(
    question: Question, messages: Messages, by: str = "", corrected: str | None = None
) -> list[str]:
    """Render how a question was rewritten or ``corrected``, its filters, and ``by``, its asker."""
    searched = corrected or (question.text if question.original_text else None)
    rewritten = messages.understood_as.format(shorten(searched or "", _REWRITTEN_LIMIT))
    since = messages.since.format(format_date(question.since, messages)) if question.since else ""
    filters = shorten(" · ".join(filter(None, (question.publisher, since))), _FILTERS_LIMIT)
    parts = (by, messages.limited_to.format(filters) if filters else "")
    return [rewritten if searched else "", " · ".join(filter(None, parts))]


def _intro(answer: Answer, messages: Messages) -> str:
    if answer.parts and answer.quotes:
        return ""
    if answer.verdict is Verdict.ANSWERED:
        return "" if answer.quotes else messages.no_more_passages
    if answer.input_kind and (answer.quotes or answer.verdict is Verdict.NOTHING):
        return _input_reply(answer.input_kind, messages)
    if answer.verdict is Verdict.NOTHING:
        return messages.no_answer
    return messages.closest_passages if answer.quotes else messages.no_more_passages


def _input_reply(kind: InputKind, messages: Messages) -> str:
    """Return the reply to input that is not a plain question."""
    return {
        InputKind.NO_WORDS: messages.no_words,
        InputKind.GREETING: messages.greeting,
        InputKind.ACKNOWLEDGEMENT: messages.acknowledgement,
        InputKind.HELP: messages.introduction,
        InputKind.OTHER_SCRIPT: messages.unsupported_script,
        InputKind.ONE_WORD: messages.single_word,
        InputKind.TEXT: messages.not_a_question,
    }[kind]


def _render_quotes(
    quotes: tuple[Quote, ...], messages: Messages, limit: int, headings: Mapping[int, str]
) -> tuple[QuoteText, ...]:
    """Render whole citations, short excerpts of later quotes, and the first quote with the rest.

    ``headings`` stand above the quotes with these numbers.
    """
    if not quotes:
        return ()
    count = citation_count(quotes)
    cited = citations(quotes, messages, count)
    contexts = [context_text(quote, count) for quote in quotes]
    limit -= sum(map(size, (*cited, *contexts))) + len(contexts)
    excerpts: list[RenderedExcerpt] = []
    for quote in reversed(quotes[1:]):
        # Each gets at most its share, where the first quote counts twice.
        later_limit = min(_later_limit(quote), limit // (len(quotes) - len(excerpts) + 1))
        limit -= later_limit
        excerpts.insert(0, _later_excerpt(quote, later_limit))
    excerpts.insert(0, _excerpt(quotes[0], limit))
    numbers = [quote.citation.number for quote in quotes]
    above = [headings.get(number, "") for number in numbers]
    return tuple(map(QuoteText, numbers, above, contexts, excerpts, cited))


def _later_limit(quote: Quote) -> int:
    """Return the limit of a later quote: short, but with room for its whole highlight.

    An introduction needs room for what it announces.
    """
    if introduces(quote.highlight.text):
        return _LATER_HIGHLIGHT_LIMIT
    has_blocks = "\n\n" in quote.passage.text
    shortest = _LATER_BLOCKS_LIMIT if has_blocks else _LATER_QUOTE_LIMIT
    highlight = size(escape(quote.highlight.text)) + 30
    return max(shortest, min(_LATER_HIGHLIGHT_LIMIT, highlight))


def _later_excerpt(quote: Quote, limit: int) -> RenderedExcerpt:
    """Excerpt a quote, without bold if the highlight is the whole passage.

    A passage that is all bold would draw attention away from the first quote.
    """
    result = _excerpt(quote, limit)
    text = quote.passage.text
    if quote.highlight.text.strip() != text.strip():
        return result
    render = renderer_of(quote)
    return replace(result, display=render(MarkedExcerpt(text, (result.start, result.end))))


def _excerpt(quote: Quote, limit: int) -> RenderedExcerpt:
    language = quote.citation.metadata.language
    render = renderer_of(quote)
    return excerpt(quote.passage.text, quote.highlight_in_passage, limit, language, render)
