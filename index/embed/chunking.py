"""Split passages into chunks short enough for the encoder to read without truncation.

Nearly every paragraph is one chunk. A longer one gets several, cut between sentences, and so does a
passage of several blocks, so that every part of it is represented by a vector.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from index.embed.encoder import Encoder
from index.types import Article, ContextKind, ContextSlice, Passage, Sentence, context_slices

_SPECIAL_TOKENS = 2  # [CLS] and [SEP], which a model adds around a text
_MAX_PART_CHARS = 350  # of a part with several blocks
_BLANK_LINE = re.compile(r"\n[ \t>]*\r?\n")
_INLINE_MARKUP = re.compile(r"[`*]+|\]\([^()]*\)|\[")  # of titles in Markdown


def passage_chunks(
    encoder: Encoder, article: Article, passages: Sequence[Passage]
) -> list[list[str]]:
    """Split each passage into chunks, at least one, in order.

    Each chunk begins with the titles of its article and section: a paragraph's pronouns refer to
    what the title names. This adds .07 to R@1 on search queries (docs/quality.md).
    """
    return [_chunks(encoder, article, passage) for passage in passages]


def _chunks(encoder: Encoder, article: Article, passage: Passage) -> list[str]:
    title = (passage.origin or article.metadata).title
    context = context_slices(article.text, passage.context)
    prefix = passage_heading(title, passage.section, context) + ". "
    return [
        chunk
        for sentences in _parts(article.text, passage)
        for chunk in _split_part(encoder, prefix, article.text, sentences)
    ]


def _parts(text: str, passage: Passage) -> Iterator[Sequence[Sentence]]:
    """Cut a passage between its blocks into parts of a few hundred characters.

    Documentation joins paragraphs, code and lists; one vector for all of them would be near to
    questions about none. A plain paragraph is a single block.
    """
    part: list[Sentence] = []
    for block in _blocks(text, passage.sentences):
        if part and block[-1].end - part[0].start > _MAX_PART_CHARS:
            yield part
            part = []
        part += block
    yield part


def _blocks(text: str, sentences: Sequence[Sentence]) -> Iterator[Sequence[Sentence]]:
    """Split sentences at blank lines."""
    first = 0
    for index, (before, after) in enumerate(pairwise(sentences), 1):
        if _BLANK_LINE.search(text, before.end, after.start):
            yield sentences[first:index]
            first = index
    yield sentences[first:]


def passage_heading(title: str, section: str | None, context: Iterable[ContextSlice] = ()) -> str:
    """Join the titles above a passage: of its article, its section, its admonition or tab.

    The headings above its section are left out: they helped neither the vectors nor BM25
    (docs/quality.md).
    """
    titles = (each.text for each in context if each.kind is ContextKind.TITLE)
    plain = (_INLINE_MARKUP.sub("", text) for text in titles)
    return ". ".join(dict.fromkeys(filter(None, [title, section, *plain])))


def _split_part(encoder: Encoder, prefix: str, text: str, part: Sequence[Sentence]) -> list[str]:
    max_tokens = encoder.spec.max_tokens
    whole = prefix + text[part[0].start : part[-1].end]
    # A token has at least one character, so a short text need not be tokenized.
    if len(whole) + _SPECIAL_TOKENS <= max_tokens or encoder.token_counts([whole])[0] <= max_tokens:
        return [whole]
    limit = max_tokens - encoder.token_counts([prefix])[0]
    if limit < max_tokens // 2:  # the title leaves too little room for the text
        prefix, limit = "", max_tokens - _SPECIAL_TOKENS
    sentences = [text[sentence.start : sentence.end] for sentence in part]
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
