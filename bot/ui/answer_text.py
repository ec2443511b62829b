"""Answer → the texts of a message, within Discord's limits. Pure: no Discord, no disk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from bot.text.discord_markdown import block_quote, escape, size
from bot.text.messages import Messages, counted, day
from bot.text.question import Question, filter_line
from bot.text.text_fragments import at_section, jump_link
from bot.text.truncate import Excerpt, excerpt, shorten
from index.types import Answer, Citation, InputKind, Metadata, Quote, Source, Verdict

SOURCES_PER_PAGE = 6
TEXT_LIMIT = 4000  # units over all texts of a Components V2 message
_ROOM = TEXT_LIMIT - 40
_HEADING = 300
_UNDERSTOOD = 200
# At most for one citation, and for all of a message together: five must leave room for quotes.
_TITLE, _TITLES = 160, 400
_URL, _URLS = 512, 1200
_NAME, _NAMES = 60, 150
_PATH, _PATHS = 80, 300
_ALSO = 2  # near-duplicates that are named under a quote; more are counted
_NEXT = 320  # a quote after the best; more when its highlight alone is longer, up to
_NEXT_HIGHLIGHT = 640
_UNSAFE_LABELS = ("[", "]", "://", "`", "<")  # Discord would not link a title with one of these


@dataclass(frozen=True, slots=True)
class QuoteText:
    """A quote as shown: the block quote, and the citation under it."""

    number: int
    quote: Excerpt
    citation: str


@dataclass(frozen=True, slots=True)
class AnswerText:
    """The texts of an answer, in order."""

    heading: str
    intro: str
    quotes: tuple[QuoteText, ...]
    notes: str

    @property
    def cut(self) -> bool:
        """Whether a quote is not shown in full."""
        return any(quote.quote.cut for quote in self.quotes)


def answer_text(
    answer: Answer,
    words: Messages,
    *,
    heading: str = "",
    lead: Sequence[str] = (),
    note: str = "",
) -> AnswerText:
    """What a member reads: the question, the verdict's line, quotes with citations, notes.

    ``heading`` is the question as asked, or empty where it stands elsewhere; ``lead`` are small
    lines under it, ready to show.
    """
    small = "\n".join(f"-# {line}" for line in lead if line)
    title = f"### {shorten(heading, _HEADING)}" if heading else ""
    title = "\n".join(filter(None, (title, small)))
    intro = _intro(answer, words)
    room = _ROOM - size(title) - size(intro) - size(note) - size(words.shortened) - 10
    quotes = _quotes(answer.quotes, words, room)
    cut = any(quote.quote.cut for quote in quotes)
    notes = "\n".join(f"-# {line}" for line in (note, words.shortened if cut else "") if line)
    return AnswerText(title, intro, quotes, notes)


def understood_text(question: Question, words: Messages, by: str = "") -> list[str]:
    """What the question was taken to mean; ``by`` whom, and what it was limited to."""
    understood = words.understood.format(shorten(question.text, _UNDERSTOOD))
    limited = shorten(filter_line(question, words), _NAME)
    parts = (by, words.limited.format(limited) if limited else "")
    return [understood if question.wrote else "", " · ".join(filter(None, parts))]


def citation_text(
    citation: Citation, words: Messages, among: int = 1, highlight: str | None = None
) -> str:
    """Number and title, linked where that is possible; under it everything to check it by.

    The link opens the page at ``highlight``. ``among`` citations share a message; the more they
    are, the shorter is what may be long.
    """
    limits = _share(_TITLE, _TITLES, among), _share(_URL, _URLS, among)
    title = linked_title(citation.metadata, *limits, highlight=highlight, anchor=citation.anchor)
    where = [
        *_origin(citation.metadata, words, among),
        words.paragraph.format(citation.paragraph),
        words.page.format(citation.page) if citation.page else "",
        f"“{shorten(citation.section, _share(_NAME, _NAMES, among))}”" if citation.section else "",
        _path(citation.article, among),
    ]
    return f"**{citation.number}.** {title}\n{_small(where)}"


def _cited(quote: Quote, words: Messages, among: int) -> str:
    """The citation, and a line for each other article that says the same."""
    named = [_also(copy, words, among) for copy in quote.also[:_ALSO]]
    if uncounted := len(quote.also) - len(named):
        named[-1] += " · " + words.also_more.format(uncounted)
    return "\n".join((citation_text(quote.citation, words, among, quote.highlight.text), *named))


def _also(copy: Quote, words: Messages, among: int) -> str:
    cited = copy.citation
    limits = _share(_TITLE, _TITLES, among), _share(_URL, _URLS, among)
    words_there = copy.highlight.text
    title = linked_title(cited.metadata, *limits, highlight=words_there, anchor=cited.anchor)
    origin = _origin(cited.metadata, words, among)
    return _small([words.also.format(title), *origin, words.paragraph.format(cited.paragraph)])


def source_text(source: Source, words: Messages) -> str:
    """An article in a list of ``SOURCES_PER_PAGE``: title, origin, passages, file."""
    passages = counted(source.passages, words.one_passage, words.passages)
    among = SOURCES_PER_PAGE
    line = [*_origin(source.metadata, words, among), passages, _path(source.path, among)]
    return f"**{linked_title(source.metadata, url_limit=_URLS // among)}**\n{_small(line)}"


def linked_title(
    metadata: Metadata,
    title_limit: int = _TITLE,
    url_limit: int = _URL,
    highlight: str | None = None,
    anchor: str | None = None,
) -> str:
    """The title, escaped; a masked link to its source where there is one that can be linked.

    It opens the page at the section ``anchor``, and there at ``highlight``.
    """
    title = shorten(metadata.title, title_limit) or "–"
    link = safe_link(metadata.url, url_limit)
    if link is None:
        return title
    link = at_section(link, anchor, url_limit)
    link = jump_link(link, highlight, url_limit) if highlight else link
    if any(sign in metadata.title for sign in _UNSAFE_LABELS):
        return f"{title} [↗]({link})"
    return f"[{title}]({link})"


def safe_link(url: str | None, limit: int = _URL) -> str | None:
    """``url`` so that markdown cannot misread it; None when it is no web address or too long."""
    if not url or not _is_web_address(url):
        return None
    link = percent_encode(url, safe="/:?#@!$&'+,;=%-._~", errors="replace")
    return link if size(link) <= limit else None


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and "\\" not in url


def _intro(answer: Answer, words: Messages) -> str:
    if answer.verdict is Verdict.ANSWERED:
        return "" if answer.quotes else words.no_more
    if answer.note is not None and (answer.quotes or answer.verdict is Verdict.NOTHING):
        return _on_note(answer.note, words)
    if answer.verdict is Verdict.NOTHING:
        return words.nothing
    return words.closest if answer.quotes else words.no_more


def _on_note(note: InputKind, words: Messages) -> str:
    """The reply to what is no plain question."""
    return {
        InputKind.NO_WORDS: words.no_words,
        InputKind.GREETING: words.help,
        InputKind.OTHER_SCRIPT: words.other_script,
        InputKind.ONE_WORD: words.one_word,
        InputKind.TEXT: words.text,
    }[note]


def _quotes(quotes: tuple[Quote, ...], words: Messages, room: int) -> tuple[QuoteText, ...]:
    """Citations first, for they must be whole; the best quote gets what the others leave."""
    if not quotes:
        return ()
    among = sum(1 + len(one.also[:_ALSO]) for one in quotes)
    citations = [_cited(one, words, among) for one in quotes]
    room -= sum(map(size, citations))
    limits: list[int] = []
    for quote in reversed(quotes[1:]):
        limits.append(min(_wish(quote), room // (len(quotes) - len(limits) + 1)))
        room -= limits[-1]
    best = _excerpt(quotes[0], room)
    later = map(_later_excerpt, quotes[1:], reversed(limits))
    numbers = (quote.citation.number for quote in quotes)
    return tuple(map(QuoteText, numbers, (best, *later), citations))


def _wish(quote: Quote) -> int:
    """What a quote after the best may take: little, but its highlight whole."""
    return max(_NEXT, min(_NEXT_HIGHLIGHT, size(escape(quote.highlight.text)) + 30))


def _later_excerpt(quote: Quote, limit: int) -> Excerpt:
    """In bold only what stands out from something: a passage all in bold shouts at the best."""
    found = _excerpt(quote, limit)
    text = quote.passage.text
    if quote.highlight.text.strip() != text.strip():
        return found
    return replace(found, display=block_quote(text, found.start, found.end, 0, 0))


def _excerpt(quote: Quote, limit: int) -> Excerpt:
    start = quote.passage.start
    mark = (quote.highlight.start - start, quote.highlight.end - start)
    return excerpt(quote.passage.text, mark, limit, quote.citation.metadata.language)


def _origin(metadata: Metadata, words: Messages, among: int) -> list[str]:
    published = day(metadata.published, words) if metadata.published else ""
    names = (metadata.publisher, metadata.author)
    limit = _share(_NAME, _NAMES, among)
    return [*(shorten(name, limit) for name in names if name), shorten(published, 30)]


def _path(path: str, among: int) -> str:
    """The file; the end of it when it is long: there its name stands."""
    limit = _share(_PATH, _PATHS, among)
    if size(escape(path)) <= limit:
        return shorten(path, limit)
    return "…" + shorten(path[-limit // 2 :], limit)


def _share(most: int, together: int, among: int) -> int:
    return min(most, together // among)


def _small(parts: list[str]) -> str:
    return "-# " + " · ".join(part for part in parts if part)
