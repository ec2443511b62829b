"""Convert an answer to the JSON object that ``quoth ask --json`` prints."""

from dataclasses import asdict
from typing import Any

from index.types import Answer, Quote


def answer_values(answer: Answer, *, ranking: bool) -> dict[str, Any]:
    """Convert an answer to JSON values; offsets are characters in the article's text."""
    values: dict[str, Any] = {
        "question": answer.question,
        "verdict": str(answer.verdict),
        "snapshot": answer.snapshot,
        "seconds": round(answer.seconds, 4),
        "quotes": [_quote_values(quote) for quote in answer.quotes],
    }
    if ranking:
        values["ranking"] = [
            {
                "article": hit.article,
                "start": hit.start,
                "end": hit.end,
                "score": round(hit.score, 6),
            }
            for hit in answer.ranking
        ]
    return values


def _quote_values(quote: Quote) -> dict[str, Any]:
    values = {"number": quote.citation.number, **_citation_values(quote)}
    values["score"] = round(quote.score, 6)
    if quote.duplicates:
        values["also"] = [_citation_values(duplicate) for duplicate in quote.duplicates]
    return values


def _citation_values(quote: Quote) -> dict[str, Any]:
    citation = quote.citation
    metadata = asdict(citation.metadata)
    del metadata["language"]
    optional = {"section": citation.section, "page": citation.page, "anchor": citation.anchor}
    return {
        "article": citation.article,
        **metadata,
        "paragraph": citation.paragraph,
        **{name: value for name, value in optional.items() if value is not None},
        **asdict(quote.passage),
        "highlight": asdict(quote.highlight),
    }
