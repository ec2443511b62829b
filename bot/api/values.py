"""Convert answers, articles and verifications to JSON values.

Offsets are characters in the article's text.
"""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from index.types import Answer, Metadata, Quote, Source

if TYPE_CHECKING:  # slow to import, and answers do not need them
    from index.verification.result import Place, Verification


def answer_values(answer: Answer, *, ranking: bool) -> dict[str, Any]:
    """Convert an answer; ``ranking`` adds the passages in its ranking."""
    values: dict[str, Any] = {
        "question": answer.question,
        "verdict": str(answer.verdict),
        "snapshot": answer.snapshot,
        "seconds": round(answer.seconds, 4),
        "quotes": [quote_values(quote) for quote in answer.quotes],
        "has_more": answer.has_more,
    }
    if answer.corrected:
        values["corrected"] = answer.corrected
    if answer.parts:
        values["parts"] = [
            {"question": part.text, "query": part.query, "verdict": str(part.verdict)}
            for part in answer.parts
        ]
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


def quote_values(quote: Quote) -> dict[str, Any]:
    """Convert a quote with its number, part of the question, score and near-duplicates."""
    values = {"number": quote.citation.number, **citation_values(quote)}
    if quote.part:
        values["part"] = quote.part
    values["score"] = round(quote.score, 6)
    if quote.duplicates:
        values["also"] = [citation_values(duplicate) for duplicate in quote.duplicates]
    return values


def citation_values(quote: Quote) -> dict[str, Any]:
    """Convert a quote's citation, passage, highlight and context."""
    citation = quote.citation
    metadata = _metadata_values(citation.metadata)
    del metadata["language"]
    optional = {
        "section": citation.section,
        "page": citation.page,
        "anchor": citation.anchor,
        "checked": citation.checked,
    }
    return {
        "article": citation.article,
        **metadata,
        "paragraph": citation.paragraph,
        **{name: value for name, value in optional.items() if value is not None},
        **asdict(quote.passage),
        "highlight": asdict(quote.highlight),
        "context": [asdict(each) for each in quote.context],
    }


def source_values(source: Source) -> dict[str, Any]:
    """Convert an article in a listing."""
    metadata = _metadata_values(source.metadata)
    return {"article": source.path, **metadata, "passages": source.passages}


def _metadata_values(metadata: Metadata) -> dict[str, Any]:
    values = asdict(metadata)
    del values["text_format"]  # which quotations are rendered by
    return values


def paragraph_values(quote: Quote) -> dict[str, Any]:
    """Convert a paragraph of an article that is shown in order."""
    citation = quote.citation
    optional = {"section": citation.section, "page": citation.page}
    return {
        "paragraph": citation.paragraph,
        **asdict(quote.passage),
        **{name: value for name, value in optional.items() if value is not None},
    }


def verification_values(verification: "Verification") -> dict[str, Any]:
    """Convert the outcome of a check, with the places where the text was found."""
    return {
        "text": verification.text,
        "match": str(verification.match),
        "snapshot": verification.snapshot,
        "seconds": round(verification.seconds, 4),
        "places": [_place_values(place) for place in verification.places],
        "has_more": verification.has_more,
    }


def _place_values(place: "Place") -> dict[str, Any]:
    values = citation_values(place.quote)
    del values["highlight"]
    passage = {name: values.pop(name) for name in ("start", "end", "text")}
    return {
        **values,
        "start": place.start,
        "end": place.end,
        "text": place.text,
        "literal": place.is_literal,
        "similarity": round(place.similarity, 4),
        "diff": [
            {"change": str(part.change), "quoted": part.quoted, "stored": part.stored}
            for part in place.parts
        ],
        "passage": passage,
    }
