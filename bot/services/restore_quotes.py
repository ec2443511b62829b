"""What is kept of quotes, and the same quotes again: looked up and checked once more."""

from collections.abc import Mapping
from dataclasses import replace

from bot.services.context_pages import place_of
from bot.services.hot_swap import SearcherProtocol
from bot.storage.database import StoredAnswer, StoredQuote
from index.types import Citation, Quote, Slice, Source, digest


def requote(
    kept: StoredAnswer, sources: Mapping[str, Source], searcher: SearcherProtocol
) -> tuple[Quote, ...] | None:
    """The same passages with the same sentences marked; None when one is no longer there so.

    A near-duplicate that is gone, or that this server may not see, is left out. Blocks.
    Raises QuoteMismatch when an article is not what was indexed.
    """
    quotes: list[Quote] = []
    for shown in kept.shown:
        quote = _quote(shown, sources, searcher)
        if quote is None:
            return None
        copies = (_quote(copy, sources, searcher) for copy in shown.also)
        quotes.append(replace(quote, duplicates=tuple(filter(None, copies))))
        searcher.check(quotes[-1])
    return tuple(quotes)


def _quote(
    shown: StoredQuote, sources: Mapping[str, Source], searcher: SearcherProtocol
) -> Quote | None:
    source = sources.get(shown.article)
    if source is None:
        return None
    passages = searcher.passages(source.path)
    place = place_of(passages, shown)
    if place is None:
        return None
    passage = passages[place]
    start = shown.highlight_start - shown.start
    text = passage.text[start : start + shown.highlight_end - shown.highlight_start]
    first = passage.start + start
    return Quote(
        citation=Citation(
            *(shown.number, source.path, source.metadata, place + 1),
            *(shown.section, shown.page, shown.anchor),
        ),
        passage=passage,
        highlight=Slice(first, first + len(text), text),
        score=0.0,
        row=-1,  # it comes from no search
    )


def shown_of(quote: Quote) -> StoredQuote:
    """What is kept of a quote."""
    return StoredQuote(
        number=quote.citation.number,
        article=quote.citation.article,
        start=quote.passage.start,
        end=quote.passage.end,
        highlight_start=quote.highlight.start,
        highlight_end=quote.highlight.end,
        digest=digest(quote.passage.text),
        section=quote.citation.section,
        page=quote.citation.page,
        anchor=quote.citation.anchor,
        also=tuple(map(shown_of, quote.duplicates)),
    )


def offered(sources: tuple[Source, ...]) -> list[StoredQuote]:
    """Articles that are offered whole: nothing of them is quoted."""
    return [StoredQuote(n, source.path, 0, 0, 0, 0, "") for n, source in enumerate(sources, 1)]
