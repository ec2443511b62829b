"""Cut paragraphs that are too long for one quotation where sentences end."""

import math
from collections.abc import Iterator
from itertools import groupby

from index.ingest.parsing.passages import MAX_GROUP_CHARS
from index.text.sentences import sentence_spans
from index.text.spans import Span

_MAX_PART_CHARS = 1_000  # leaves room for a sentence that is longer than others


def cut_paragraph(text: str, span: Span) -> Iterator[Span]:
    """Yield a paragraph, or its parts of whole sentences and about equal length."""
    start, end = span
    if end - start <= MAX_GROUP_CHARS:
        yield span
        return
    part_chars = (end - start) / math.ceil((end - start) / _MAX_PART_CHARS)
    for _, part in groupby(
        sentence_spans(text, start, end),
        key=lambda sentence: ((sentence[0] + sentence[1]) / 2 - start) // part_chars,
    ):
        (first, last), *others = part
        yield (first, others[-1][1] if others else last)
