"""Build an article: split it into passages, parse their terms, cut them into chunks.

The result is made of columns, of which a snapshot is the sum, so that a build keeps few objects and
takes over the columns of an article that has not changed from the previous snapshot.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from index.build.text_spool import SpooledText, TextSpool
from index.build.vector_keys import VectorKeys, text_keys
from index.embed.chunking import passage_chunks, passage_heading
from index.embed.encoder import Encoder
from index.ingest.seed_file import FileNote, LoadedFile
from index.search.passage_terms import PassageTerms, parse_passage
from index.store.corpus_columns import CorpusColumns, corpus_columns
from index.store.term_columns import TermColumns, TermNumbers, term_columns
from index.text.language import detect_language
from index.text.sentences import split_passages
from index.types import Article, Passage, context_slices, digest


@dataclass(frozen=True, slots=True)
class ArticleColumns:
    """An article as it is stored; ``chunks`` are texts to encode, None if it was read again.

    ``version`` is that of its file and of those ``included``.
    """

    path: str
    version: str
    digest: str
    corpus: CorpusColumns
    terms: TermColumns
    vectors: VectorKeys
    notes: tuple[FileNote, ...] = ()
    included: tuple[str, ...] = ()
    chunks: SpooledText | None = None

    def sentences(self) -> list[str]:
        """Return the texts of its sentences."""
        text = self.corpus.text.read().decode("utf-8", "surrogatepass")
        return [text[start:end] for start, end, _ in self.corpus.sentences.tolist()]

    def chunk_texts(self) -> list[str]:
        """Return the texts of its chunks, none if it was read again."""
        texts: list[str] = json.loads(self.chunks.read()) if self.chunks else []
        return texts


class ArticleBuilder:
    """Builds articles with one vocabulary, and keeps their texts in a spool."""

    def __init__(self, encoder: Encoder, spool: TextSpool) -> None:
        self._encoder = encoder
        self._spool = spool
        self._numbers = TermNumbers()

    def build(self, file: LoadedFile, version: str) -> ArticleColumns:
        """Build the article of a file. Raises OSError if the spool cannot be written."""
        article = with_language(file.article)
        passages = split_passages(article)
        chunks = passage_chunks(self._encoder, article, passages)
        texts = [chunk for passage in chunks for chunk in passage]
        sentences = [article.text[each.start : each.end] for p in passages for each in p.sentences]
        corpus = corpus_columns(article, passages)
        return ArticleColumns(
            path=article.path,
            version=version,
            digest=digest(article.text),
            corpus=replace(corpus, text=self._spool.append(corpus.text.read())),
            terms=term_columns(
                [article_terms(article, passage) for passage in passages], self._numbers
            ),
            vectors=VectorKeys(
                np.array([*map(len, chunks)], np.int64), text_keys(texts), text_keys(sentences)
            ),
            notes=file.notes,
            included=file.included,
            chunks=self._spool.append(json.dumps(texts).encode()),
        )


def with_language(article: Article, known: Mapping[str, str] = {}) -> Article:
    """Set the article's language, unless its metadata has one; ``known`` are some by digest."""
    if article.metadata.language:
        return article
    language = (known and known.get(digest(article.text))) or detect_language(article.text)
    return replace(article, metadata=replace(article.metadata, language=language))


def article_terms(article: Article, passage: Passage) -> PassageTerms:
    """Return the terms of a passage."""
    origin = passage.origin or article.metadata
    context = context_slices(article.text, passage.context)
    heading = passage_heading(origin.title, passage.section, context)
    language = origin.language or article.metadata.language or "en"
    sentences = [article.text[each.start : each.end] for each in passage.sentences]
    text = article.text[passage.start : passage.end]
    return parse_passage(text, sentences, heading, language, origin.title)
