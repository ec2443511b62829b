"""Turn articles into rows of a cluster: split, parse terms, encode what is not known."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.build.article_columns import article_terms
from index.cluster.rows import HalfVectors, PassageRow, row_id, text_key
from index.cluster.writing.writer import BuiltArticle
from index.embed.chunking import passage_chunks
from index.embed.encoder import Encoder
from index.text.sentences import split_passages
from index.types import Article, Passage, context_slices

Vectors = Mapping[str, HalfVectors]


@dataclass(frozen=True, slots=True)
class ArticleToBuild:
    """An article with its language, and its version."""

    article: Article
    version: bytes


@dataclass(frozen=True, slots=True)
class BuiltBatch:
    """Articles that were built, and how many texts were encoded for them."""

    articles: tuple[BuiltArticle, ...]
    encoded: int = 0


@dataclass(frozen=True, slots=True)
class _Texts:
    """Texts of a passage that have a vector each."""

    passage: Passage
    chunks: Sequence[str]
    sentences: Sequence[str]

    def __iter__(self) -> Iterator[str]:
        yield from self.chunks
        yield from self.sentences


def build_articles(batch: Sequence[ArticleToBuild], encoder: Encoder, known: Vectors) -> BuiltBatch:
    """Build the passages of articles; ``known`` are vectors by ``text_key``."""
    split = [_split(each.article, encoder) for each in batch]
    texts = {text_key(text): text for own in split for each in own for text in each}
    new = [key for key in texts if key not in known]
    vectors = dict(known)
    if new:
        encoded = encoder.encode([texts[key] for key in new]).astype(np.float16)
        vectors.update(zip(new, encoded, strict=True))
    built = tuple(
        BuiltArticle(each.version, each.article.text, tuple(_rows(each, own, vectors)))
        for each, own in zip(batch, split, strict=True)
    )
    return BuiltBatch(built, len(new))


def _split(article: Article, encoder: Encoder) -> list[_Texts]:
    passages = split_passages(article)
    return [
        _Texts(passage, chunks, [article.text[s.start : s.end] for s in passage.sentences])
        for passage, chunks in zip(
            passages, passage_chunks(encoder, article, passages), strict=True
        )
    ]


def _rows(built: ArticleToBuild, split: Sequence[_Texts], vectors: Vectors) -> Iterator[PassageRow]:
    text = built.article.text
    for each in split:
        passage, keys = each.passage, tuple(map(text_key, each.chunks))
        yield PassageRow(
            row=row_id(built.version, passage.paragraph),
            version=built.version,
            paragraph=passage.paragraph,
            start=passage.start,
            end=passage.end,
            text=text[passage.start : passage.end],
            section=passage.section,
            anchor=passage.anchor,
            page=passage.page,
            sentences=passage.sentences,
            context=context_slices(text, passage.context),
            origin=passage.origin,
            terms=article_terms(built.article, passage),
            chunks=np.array([vectors[key] for key in keys]),
            vectors=np.array([vectors[text_key(sentence)] for sentence in each.sentences]),
            chunk_keys=keys,
        )
