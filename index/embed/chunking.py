"""Passages → windows: texts short enough for the encoder to read to their end.

Nearly every paragraph is one window. A longer one gets several, cut between sentences, so that
no part of it is invisible to the vectors.
"""

from collections.abc import Iterator, Sequence

from index.embed.encoder import Encoder
from index.types import Article, Passage

_SPARE = 2  # tokens that a model adds around a text


def passage_chunks(
    encoder: Encoder, article: Article, passages: Sequence[Passage]
) -> list[list[str]]:
    """The windows of each passage, at least one, in order.

    Each begins with the article's title and the section's: a paragraph says "he" of whom the
    title names. Worth .07 of R@1 on questions from a search box (docs/quality.md).
    """
    title = article.metadata.title
    return [
        _of_passage(encoder, with_heading(title, passage.section) + ". ", article.text, passage)
        for passage in passages
    ]


def with_heading(title: str, section: str | None) -> str:
    """What stands above a passage: its article's title and its section, when that is another."""
    return f"{title}. {section}" if section and section != title else title


def _of_passage(encoder: Encoder, prefix: str, text: str, passage: Passage) -> list[str]:
    whole = prefix + text[passage.start : passage.end]
    if _fits(encoder, whole):
        return [whole]
    limit = encoder.spec.window - encoder.lengths([prefix])[0]
    if limit < encoder.spec.window // 2:  # a title that leaves its text no room
        prefix, limit = "", encoder.spec.window - _SPARE
    sentences = [text[sentence.start : sentence.end] for sentence in passage.sentences]
    pieces = [piece for sentence in sentences for piece in _pieces(encoder, sentence, limit)]
    lengths = encoder.lengths(pieces)
    return [prefix + window for window in _packed(pieces, lengths, limit)]


def _fits(encoder: Encoder, text: str) -> bool:
    if len(text) + _SPARE <= encoder.spec.window:  # a token has at least one character
        return True
    return encoder.lengths([text])[0] <= encoder.spec.window


def _pieces(encoder: Encoder, sentence: str, limit: int) -> list[str]:
    """A sentence, or equal parts of one that alone is longer than ``limit`` tokens."""
    length = encoder.lengths([sentence])[0]
    if length <= limit:
        return [sentence]
    size = max(1, len(sentence) * limit // (length + length // 4))
    return [sentence[i : i + size] for i in range(0, len(sentence), size)]


def _packed(pieces: Sequence[str], lengths: Sequence[int], limit: int) -> Iterator[str]:
    """Neighbouring pieces joined while they fit into ``limit`` tokens."""
    window: list[str] = []
    used = 0
    for piece, length in zip(pieces, lengths, strict=True):
        if window and used + length > limit:
            yield " ".join(window)
            window, used = [], 0
        window.append(piece)
        used += length
    if window:
        yield " ".join(window)
