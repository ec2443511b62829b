"""Render answers and citations as texts within Discord's limits.

Lengths are in UTF-16 code units, as Discord counts them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote as percent_encode

from bot.questions.question import Question
from bot.text.answer_sections import answer_sections
from bot.text.discord_markdown import escape, is_markdown, quote_renderer, size
from bot.text.markdown.blocks import plain_text
from bot.text.messages import Messages, format_date
from bot.text.page_text import page_text
from bot.text.text_fragments import link_to_section, link_to_text
from bot.text.truncate import Excerpt, excerpt, shorten
from index.filters import collection, is_private
from index.text.spans import introduces
from index.text.urls import is_http_url
from index.types import (
    Answer,
    AnsweredPart,
    Citation,
    ContextKind,
    InputKind,
    Metadata,
    Quote,
    Source,
    Verdict,
)

SOURCES_PER_PAGE = 6
MESSAGE_LIMIT = 4000  # all texts of a Components V2 message together
_NOTE_UNITS = 200  # room for a note that a quote has changed since
_ANSWER_LIMIT = MESSAGE_LIMIT - 40 - _NOTE_UNITS
_HEADING_LIMIT = 300
_PART_LIMIT = 120  # for the words of a part of the question
_REWRITTEN_LIMIT = 200
# Limits for one citation, and for all of a message: five citations must leave room for quotes.
_TITLE_LIMITS = (160, 400)
_URL_LIMITS = (512, 1200)
_NAME_LIMITS = (60, 150)
_PATH_LIMITS = (80, 300)
_CONTEXT_LIMITS = (120, 300)  # for each line of small print above a quote
_DATE_LIMIT = 30
_CHECKED_LIMIT = 50
_MAX_DUPLICATES = 2  # near-duplicates listed under a quote; the others are counted
_LATER_QUOTE_LIMIT = 320  # for quotes after the first, or more if the highlight is longer
_LATER_BLOCKS_LIMIT = 480  # of several paragraphs, or code: their answer is often beside it
_LATER_HIGHLIGHT_LIMIT = 640
_UNLINKABLE = ("[", "]", "://", "`", "<")  # Discord does not link a title that contains one


@dataclass(frozen=True, slots=True)
class QuoteText:
    """The excerpt of a quote, the texts above it and the citation below it.

    ``heading`` names the part of the question that the quote is the first to answer.
    """

    number: int
    heading: str
    context: str
    excerpt: Excerpt
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
    filters = shorten(" · ".join(filter(None, (question.publisher, since))), _NAME_LIMITS[0])
    parts = (by, messages.limited_to.format(filters) if filters else "")
    return [rewritten if searched else "", " · ".join(filter(None, parts))]


def citation_text(
    citation: Citation,
    messages: Messages,
    count: int = 1,
    highlight: str | None = None,
    *,
    has_context: bool = False,
) -> str:
    """Render a citation: number, title with a link, and a line on its origin and position.

    The link jumps to ``highlight``. ``count`` citations share the message and its limits.
    ``has_context`` says that the section is named above the quote.
    """
    section = None if has_context else citation.section
    line = [
        *_origin(citation.metadata, messages, count),
        _checked(citation, messages),
        messages.paragraph.format(citation.paragraph),
        messages.page.format(citation.page) if citation.page else "",
        f"“{shorten(section, _share(_NAME_LIMITS, count))}”" if section else "",
        _short_path(citation.article, count),
    ]
    title = _cited_title(citation, count, highlight)
    return f"**{citation.number}.** {title}\n{_small_line(line)}"


def _cited_title(citation: Citation, count: int, highlight: str | None) -> str:
    shown = page_text(citation.article, highlight) if highlight else None
    return linked_title(citation.metadata, count, count, shown, citation.anchor)


def _short_citation(quote: Quote, messages: Messages, count: int) -> str:
    """Render the citation of a further quote from an article that is cited above."""
    citation = quote.citation
    place = messages.paragraph.format(citation.paragraph)
    limit = _share(_URL_LIMITS, count)
    if link := safe_link(citation.metadata.url, limit):
        link = link_to_section(link, citation.anchor, limit)
        highlight = page_text(citation.article, quote.highlight.text)
        place = f"[{place}]({link_to_text(link, highlight, limit)})"
    page = messages.page.format(citation.page) if citation.page else ""
    section = "" if _headings(quote) else citation.section
    section = f"“{shorten(section, _share(_NAME_LIMITS, count))}”" if section else ""
    return f"**{citation.number}.** {' · '.join(filter(None, (place, page, section)))}"


def _headings(quote: Quote) -> list[str]:
    """Return the titles of the sections, the admonition or the tab that a quote is from."""
    kinds = {ContextKind.HEADING, ContextKind.TITLE}
    titles = (_plain(quote, each.text) for each in quote.context if each.kind in kinds)
    return [title for title in titles if title and title != quote.citation.metadata.title]


def _plain(quote: Quote, text: str) -> str:
    return plain_text(text) if is_markdown(quote.citation.article) else text


def _context_text(quote: Quote, count: int) -> str:
    """Render what a quote was cut from, in small print: headings, introduction, table header."""
    cut_from = {ContextKind.INTRODUCTION, ContextKind.TABLE_HEADER}
    others = (_plain(quote, each.text) for each in quote.context if each.kind in cut_from)
    lines = (" › ".join(_headings(quote)), *others)
    limit = _share(_CONTEXT_LIMITS, count)
    return "\n".join(f"-# {shorten(line, limit)}" for line in lines if line.strip())


def _citation_with_duplicates(quote: Quote, messages: Messages, count: int) -> str:
    citation, has_context = quote.citation, bool(_headings(quote))
    lines = [
        citation_text(citation, messages, count, quote.highlight.text, has_context=has_context)
    ]
    for duplicate in quote.duplicates[:_MAX_DUPLICATES]:
        cited = duplicate.citation
        title = _cited_title(cited, count, duplicate.highlight.text)
        origin = _origin(cited.metadata, messages, count)
        paragraph = messages.paragraph.format(cited.paragraph)
        lines.append(_small_line([messages.also_in.format(title), *origin, paragraph]))
    if (unlisted := len(quote.duplicates) - _MAX_DUPLICATES) > 0:
        lines[-1] += " · " + messages.also_in_more.format(unlisted)
    return "\n".join(lines)


def source_text(source: Source, messages: Messages, stale_since: str | None = None) -> str:
    """Render an article in a list of SOURCES_PER_PAGE: title, origin, passage count and file.

    ``stale_since`` is the date of the last check if a followed article may be out of date.
    """
    count = SOURCES_PER_PAGE
    title = linked_title(source.metadata, urls=count)
    line = [
        *_origin(source.metadata, messages, count),
        messages.passages(source.passages),
        _short_path(source.path, count),
    ]
    lines = [f"**{title}**", _small_line(line)]
    if stale_since is not None:
        stale = messages.stale_source.format(format_date(stale_since, messages))
        lines.append(f"-# {stale}")
    return "\n".join(lines)


def linked_title(
    metadata: Metadata,
    titles: int = 1,
    urls: int = 1,
    highlight: str | None = None,
    anchor: str | None = None,
) -> str:
    """Render an escaped title with a link to the article, if it has a safe URL.

    The link opens the section ``anchor`` and jumps to ``highlight``, as the page shows it.
    ``titles`` and ``urls`` share the message and its limits.
    """
    title = shorten(metadata.title, _share(_TITLE_LIMITS, titles)) or "–"
    url_limit = _share(_URL_LIMITS, urls)
    link = safe_link(metadata.url, url_limit)
    if link is None:
        return title
    link = link_to_section(link, anchor, url_limit)
    link = link_to_text(link, highlight, url_limit) if highlight else link
    if any(sign in metadata.title for sign in _UNLINKABLE):
        return f"{title} [↗]({link})"
    return f"[{title}]({link})"


def safe_link(url: str | None, limit: int = _URL_LIMITS[0]) -> str | None:
    """Encode ``url`` for Markdown; return None if it is not an HTTP URL or too long."""
    if not url or not is_http_url(url) or "\\" in url:
        return None
    link = percent_encode(url, safe="/:?#@!$&'+,;=%-._~", errors="replace")
    return link if size(link) <= limit else None


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
    count = sum(1 + len(quote.duplicates[:_MAX_DUPLICATES]) for quote in quotes)
    citations = _citations(quotes, messages, count)
    contexts = [_context_text(quote, count) for quote in quotes]
    limit -= sum(map(size, (*citations, *contexts))) + len(contexts)
    excerpts: list[Excerpt] = []
    for quote in reversed(quotes[1:]):
        # Each gets at most its share, where the first quote counts twice.
        later_limit = min(_later_limit(quote), limit // (len(quotes) - len(excerpts) + 1))
        limit -= later_limit
        excerpts.insert(0, _later_excerpt(quote, later_limit))
    excerpts.insert(0, _excerpt(quotes[0], limit))
    numbers = [quote.citation.number for quote in quotes]
    above = [headings.get(number, "") for number in numbers]
    return tuple(map(QuoteText, numbers, above, contexts, excerpts, citations))


def _citations(quotes: Sequence[Quote], messages: Messages, count: int) -> list[str]:
    """Render the citations; quotes of one article share its title and origin.

    ``count`` citations share the message; the whole ones share what the short ones leave.
    """
    firsts = {quote.citation.article: quote for quote in reversed(quotes)}
    is_whole = [firsts[q.citation.article] is q or bool(q.duplicates) for q in quotes]
    whole = count - is_whole.count(False)
    return [
        _citation_with_duplicates(quote, messages, whole)
        if shown_whole
        else _short_citation(quote, messages, count)
        for quote, shown_whole in zip(quotes, is_whole, strict=True)
    ]


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


def _later_excerpt(quote: Quote, limit: int) -> Excerpt:
    """Excerpt a quote, without bold if the highlight is the whole passage.

    A passage that is all bold would draw attention away from the first quote.
    """
    result = _excerpt(quote, limit)
    text = quote.passage.text
    if quote.highlight.text.strip() != text.strip():
        return result
    render = quote_renderer(quote.citation.article, quote.context)
    return replace(result, display=render(text, result.start, result.end, 0, 0))


def _excerpt(quote: Quote, limit: int) -> Excerpt:
    start = quote.passage.start
    highlight = (quote.highlight.start - start, quote.highlight.end - start)
    language = quote.citation.metadata.language
    render = quote_renderer(quote.citation.article, quote.context)
    return excerpt(quote.passage.text, highlight, limit, language, render)


def _origin(metadata: Metadata, messages: Messages, count: int) -> list[str]:
    published = format_date(metadata.published, messages) if metadata.published else ""
    limit = _share(_NAME_LIMITS, count)
    names = [shorten(name or "", limit) for name in (metadata.publisher, metadata.author)]
    return [*names, shorten(published, _DATE_LIMIT)]


def _checked(citation: Citation, messages: Messages) -> str:
    """Say when a followed article was last checked; "" for any other."""
    if citation.checked is None:
        return ""
    return shorten(messages.checked.format(format_date(citation.checked, messages)), _CHECKED_LIMIT)


def _share(limits: tuple[int, int], count: int) -> int:
    """Return the limit of one of ``count`` parts: (limit of one, limit of all)."""
    return min(limits[0], limits[1] // count)


def _short_path(path: str, count: int) -> str:
    """Shorten a path from the left, because the file name is at its end.

    That of a quoted message consists of numbers, and its link says more.
    """
    if is_private(collection(path)):
        return ""
    limit = _share(_PATH_LIMITS, count)
    if size(escape(path)) <= limit:
        return shorten(path, limit)
    return "…" + shorten(path[-limit // 2 :], limit)


def _small_line(parts: list[str]) -> str:
    return "-# " + " · ".join(filter(None, parts))
