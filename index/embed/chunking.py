"""Split passages into chunks short enough for the encoder to read without truncation.

Nearly every paragraph is one chunk. A longer one gets several, cut between sentences, so that
every part of it is represented by a vector.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

from index.embed.encoder import Encoder
from index.types import Article, ContextKind, ContextSlice, Passage, context_slices

_SPECIAL_TOKENS = 2  # [CLS] and [SEP], which a model adds around a text
_INLINE_MARKUP = re.compile(r"[`*]+|\]\([^()]*\)|\[")  # of titles in Markdown


def passage_chunks(
    encoder: Encoder, article: Article, passages: Sequence[Passage]
) -> list[list[str]]:
    """Split each passage into chunks, at least one, in order.

    Each chunk begins with the titles of its article and section: a paragraph's pronouns refer to
    what the title names. This adds .07 to R@1 on search queries (docs/quality.md).
    """
    titles = ((passage.origin or article.metadata).title for passage in passages)
    return [
        _split_passage(
            encoder,
            passage_heading(title, passage.section, context_slices(article.text, passage.context))
            + ". ",
            article.text,
            passage,
        )
        for title, passage in zip(titles, passages, strict=True)
    ]


def passage_heading(title: str, section: str | None, context: Iterable[ContextSlice] = ()) -> str:
    """Join the titles above a passage: of its article, its section, its admonition or tab.

    The headings above its section are left out: they helped neither the vectors nor BM25
    (docs/quality.md).
    """
    titles = (each.text for each in context if each.kind is ContextKind.TITLE)
    plain = (_INLINE_MARKUP.sub("", text) for text in titles)
    return ". ".join(dict.fromkeys(filter(None, [title, section, *plain])))


def _split_passage(encoder: Encoder, prefix: str, text: str, passage: Passage) -> list[str]:
    max_tokens = encoder.spec.max_tokens
    whole = prefix + text[passage.start : passage.end]
    # A token has at least one character, so a short text need not be tokenized.
    if len(whole) + _SPECIAL_TOKENS <= max_tokens or encoder.token_counts([whole])[0] <= max_tokens:
        return [whole]
    limit = max_tokens - encoder.token_counts([prefix])[0]
    if limit < max_tokens // 2:  # the title leaves too little room for the text
        prefix, limit = "", max_tokens - _SPECIAL_TOKENS
    sentences = [text[sentence.start : sentence.end] for sentence in passage.sentences]
    pieces = [piece for s in sentences for piece in _split_sentence(encoder, s, limit)]
    return [prefix + chunk for chunk in _join(pieces, encoder.token_counts(pieces), limit)]


def _split_sentence(encoder: Encoder, sentence: str, limit: int) -> list[str]:
    """Cut a sentence of more than ``limit`` tokens into parts of equal length in characters."""
    tokens = encoder.token_counts([sentence])[0]
    if tokens <= limit:
        return [sentence]
    size = max(1, len(sentence) * limit // (tokens + tokens // 4))
    return [sentence[i : i + size] for i in range(0, len(sentence), size)]


def _join(pieces: Sequence[str], token_counts: Sequence[int], limit: int) -> Iterator[str]:
    """Join neighbouring pieces while they fit into ``limit`` tokens."""
    chunk: list[str] = []
    used = 0
    for piece, tokens in zip(pieces, token_counts, strict=True):
        if chunk and used + tokens > limit:
            yield " ".join(chunk)
            chunk, used = [], 0
        chunk.append(piece)
        used += tokens
    if chunk:
        yield " ".join(chunk)
