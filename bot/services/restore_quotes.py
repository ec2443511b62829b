"""Convert quotes to their stored form, and restore and verify them later."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from bot.services.context_pages import locate_passage
from bot.storage.store import StoredAnswer, StoredQuote
from index.searcher import Searcher
from index.types import Quote, Slice, Source, digest


def restore_quotes(
    answer: StoredAnswer, sources: Mapping[str, Source], searcher: Searcher
) -> tuple[Quote, ...] | None:
    """Restore an answer's quotes, or return None if the text of one has changed.

    A near-duplicate that has changed, or that is not in ``sources``, is left out. Blocks.
    Raises QuoteMismatch when a stored article differs from its index.
    """
    quotes: list[Quote] = []
    for stored in answer.quotes:
        quote = _restore_quote(stored, sources, searcher)
        if quote is None:
            return None
        duplicates = (_restore_quote(each, sources, searcher) for each in stored.duplicates)
        quotes.append(replace(quote, duplicates=tuple(filter(None, duplicates))))
    searcher.quoter.check(*quotes)
    return tuple(quotes)


def _restore_quote(
    stored: StoredQuote, sources: Mapping[str, Source], searcher: Searcher
) -> Quote | None:
    source = sources.get(stored.article)
    if source is None:
        return None
    passages = searcher.passages(source.path)
    position = locate_passage([each.passage for each in passages], stored)
    if position is None:
        return None
    found = passages[position]
    passage = found.passage
    offset = stored.highlight_start - stored.start  # of the highlight in its passage
    text = passage.text[offset : offset + stored.highlight_end - stored.highlight_start]
    highlight_start = passage.start + offset
    return Quote(
        citation=replace(
            searcher.quoter.cite(stored.number, found),
            section=stored.section,
            page=stored.page,
            anchor=stored.anchor,
        ),
        passage=passage,
        highlight=Slice(highlight_start, highlight_start + len(text), text),
        score=0.0,
        row=-1,  # not from a search
        context=found.context,
        part=stored.part,
    )


def to_stored_quote(quote: Quote) -> StoredQuote:
    """Convert a quote to its stored form, without text."""
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
        duplicates=tuple(map(to_stored_quote, quote.duplicates)),
        part=quote.part,
    )


def whole_article_quotes(sources: Iterable[Source]) -> tuple[StoredQuote, ...]:
    """Create empty quotes that stand for whole articles."""
    return tuple(
        StoredQuote(number, source.path, 0, 0, 0, 0, "") for number, source in enumerate(sources, 1)
    )
