"""Render citations and lists of articles: title with a link, origin, and position.

Lengths are in UTF-16 code units, as Discord counts them.
"""

from collections.abc import Sequence
from urllib.parse import quote as percent_encode

from bot.text.discord_markdown import escape, size
from bot.text.markdown.parse import plain_text
from bot.text.messages import Messages, format_date
from bot.text.page_text import page_text
from bot.text.text_fragments import link_to_section, link_to_text
from bot.text.truncate import shorten
from index.filters import collection, is_private
from index.text.article_formats import format_of, is_markdown
from index.text.urls import is_http_url
from index.types import Citation, ContextKind, Metadata, Quote, Source

SOURCES_PER_PAGE = 6
# Limits for one citation, and for all of a message: five citations must leave room for quotes.
_TITLE_LIMITS = (160, 400)
_URL_LIMITS = (512, 1200)
_NAME_LIMITS = (60, 150)
_PATH_LIMITS = (80, 300)
_CONTEXT_LIMITS = (120, 300)  # for each line of small print above a quote
_DATE_LIMIT = 30
_CHECKED_LIMIT = 50
_MAX_DUPLICATES = 2  # near-duplicates listed under a quote; the others are counted
_UNLINKABLE = ("[", "]", "://", "`", "<")  # Discord does not link a title that contains one


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
        _section(section, messages, count) if section else "",
        _short_path(citation.article, count),
    ]
    title = _cited_title(citation, count, highlight)
    return f"**{citation.number}.** {title}\n{_small_line(line)}"


def citations(quotes: Sequence[Quote], messages: Messages, count: int) -> list[str]:
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


def citation_count(quotes: Sequence[Quote]) -> int:
    """Count the citations of quotes, with those of the near-duplicates that are listed."""
    return sum(1 + len(quote.duplicates[:_MAX_DUPLICATES]) for quote in quotes)


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


def _cited_title(citation: Citation, count: int, highlight: str | None) -> str:
    shown = _page_text(citation, highlight) if highlight else None
    return linked_title(citation.metadata, count, count, shown, citation.anchor)


def _page_text(citation: Citation, text: str) -> str:
    return page_text(format_of(citation.article, citation.metadata), text)


def _short_citation(quote: Quote, messages: Messages, count: int) -> str:
    """Render the citation of a further quote from an article that is cited above."""
    citation = quote.citation
    place = messages.paragraph.format(citation.paragraph)
    limit = _share(_URL_LIMITS, count)
    if link := safe_link(citation.metadata.url, limit):
        link = link_to_section(link, citation.anchor, limit)
        highlight = _page_text(citation, quote.highlight.text)
        place = f"[{place}]({link_to_text(link, highlight, limit)})"
    page = messages.page.format(citation.page) if citation.page else ""
    named = "" if _headings(quote) else citation.section
    section = _section(named, messages, count) if named else ""
    return f"**{citation.number}.** {' · '.join(filter(None, (place, page, section)))}"


def _section(name: str, messages: Messages, count: int) -> str:
    return messages.in_quotes.format(shorten(name, _share(_NAME_LIMITS, count)))


def context_text(quote: Quote, count: int) -> str:
    """Render what a quote was cut from, in small print: headings, introduction, table header."""
    cut_from = {ContextKind.INTRODUCTION, ContextKind.TABLE_HEADER}
    others = (_plain(quote, each.text) for each in quote.context if each.kind in cut_from)
    lines = (" › ".join(_headings(quote)), *others)
    limit = _share(_CONTEXT_LIMITS, count)
    return "\n".join(f"-# {shorten(line, limit)}" for line in lines if line.strip())


def _headings(quote: Quote) -> list[str]:
    """Return the titles of the sections, the admonition or the tab that a quote is from."""
    kinds = {ContextKind.HEADING, ContextKind.TITLE}
    titles = (_plain(quote, each.text) for each in quote.context if each.kind in kinds)
    return [title for title in titles if title and title != quote.citation.metadata.title]


def _plain(quote: Quote, text: str) -> str:
    return (
        plain_text(text) if is_markdown(quote.citation.article, quote.citation.metadata) else text
    )


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
