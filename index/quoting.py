"""Quote passages of a snapshot, cite their articles, and check quotes against them."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.errors import QuoteMismatch
from index.search.ranker import RankedPassage
from index.store.backend import SearchableSnapshot, existing_source
from index.store.corpus import StoredPassage
from index.types import Citation, ContextSlice, Quote, Slice, Source

PageUrl = Callable[[Source], str | None]
LastChecked = Callable[[str], str | None]  # the ISO date for the path of an article


@dataclass(frozen=True, slots=True)
class Quoter:
    """Quote passages of one open snapshot.

    ``page_url`` returns the address of our own page of an article, for citations of articles that
    have no URL. ``last_checked`` returns when a followed article was last checked.
    """

    opened: SearchableSnapshot
    page_url: PageUrl | None
    last_checked: LastChecked | None

    def quote(
        self, number: int, ranked: RankedPassage, duplicates: Sequence[RankedPassage] = ()
    ) -> Quote:
        """Quote a ranked passage and its ``duplicates`` with the citation ``number``."""
        stored = self.opened.passage(ranked.row)
        return Quote(
            citation=self.cite(number, stored),
            passage=stored.passage,
            highlight=stored.highlight(ranked.sentence_index),
            score=ranked.score,
            row=ranked.row,
            duplicates=tuple(self.quote(number, duplicate) for duplicate in duplicates),
            context=stored.context,
        )

    def quote_span(self, number: int, article: str, start: int, end: int) -> Quote:
        """Quote the passage in which ``text[start:end]`` of an article begins.

        The highlight is the part of the span that lies in the passage.
        """
        stored = self.opened.passage_at(existing_source(self.opened, article).path, start)
        passage = stored.passage
        first = min(max(start, passage.start), passage.end)
        last = max(first, min(end, passage.end))
        text = passage.text[first - passage.start : last - passage.start]
        highlight = Slice(first, last, text)
        return Quote(
            citation=self.cite(number, stored),
            passage=passage,
            highlight=highlight,
            score=1.0,
            row=stored.row,
            context=stored.context,
        )

    def cite(self, number: int, stored: StoredPassage) -> Citation:
        """Cite a passage with ``number``."""
        source, metadata = stored.source, stored.metadata
        page = self.page_url(source) if self.page_url and metadata.url is None else None
        if page is not None:
            metadata = replace(metadata, url=f"{page}#p{stored.paragraph}")
        return Citation(
            number=number,
            article=source.path,
            metadata=metadata,
            paragraph=stored.paragraph,
            section=stored.section,
            page=stored.page,
            anchor=stored.anchor,
            checked=self.last_checked(source.path) if self.last_checked else None,
        )

    def check(self, *quotes: Quote) -> None:
        """Verify that quotes, their contexts and duplicates match the indexed articles.

        Raises QuoteMismatch.
        """
        with self.opened.turns.take():
            every = [each for quote in quotes for each in (quote, *quote.duplicates)]
            paths = list(dict.fromkeys(quote.citation.article for quote in every))
            digests = {path: existing_source(self.opened, path).digest for path in paths}
            for path, stored in self.opened.article_bytes(paths).items():
                if hashlib.sha256(stored).hexdigest() != digests[path]:
                    raise QuoteMismatch(
                        f"{path} has changed since it was indexed; run `quoth build`"
                    )
                text = stored.decode("utf-8", "surrogatepass")
                for quote in every:
                    if quote.citation.article == path:
                        _check_slices(quote, text)


def _check_slices(quote: Quote, text: str) -> None:
    """Compare a quote and its context with the text of its article. Raises QuoteMismatch."""
    parts: tuple[Slice | ContextSlice, ...] = (quote.passage, quote.highlight, *quote.context)
    for part in parts:
        if text[part.start : part.end] != part.text:
            article = quote.citation.article
            raise QuoteMismatch(f"the quote is not in {article} at character {part.start}")
