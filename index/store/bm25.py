"""BM25 over words in tantivy: rows that match a question's terms.

Terms come from ``index.words``; tantivy only splits them at spaces, so that every room that
compares words compares the same ones.
"""

import contextlib
import math
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import tantivy

from index.caching import weak_lru_cache
from index.text.tokenize import content_terms, terms

_TITLE_BOOST = 0.5  # a title names the article in every one of its passages
_MAX_TERMS = 64  # of a question; what is longer is a text, and its first words say what it is on
_HEAP_BYTES = 64_000_000
_LOCK = ".tantivy-meta.lock"
_ATTEMPTS = 10


class BM25Index:
    """Passages' words on disk, by row."""

    def __init__(self, index: Any, languages: tuple[str, ...]) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        self._languages = languages
        self.idf = weak_lru_cache(self._idf, 50_000)

    @classmethod
    def build(cls, folder: Path, passages: Iterable[tuple[int, str, str, str]]) -> None:
        """Index ``(article, title, text, language)`` of each row in order into ``folder``.

        Raises OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            cls._write(folder, passages)
        except ValueError as error:  # tantivy's only one, for a disk that refuses
            raise OSError(str(error)) from error
        (folder / _LOCK).touch()  # whoever opens the folder itself would add it to what is sealed

    @classmethod
    def _write(cls, folder: Path, passages: Iterable[tuple[int, str, str, str]]) -> None:
        schema = _schema()
        writer = tantivy.Index(schema, str(folder)).writer(_HEAP_BYTES, 1)
        for row, (article, title, text, language) in enumerate(passages):
            values = {
                "row": row,
                "article": article,
                "title": _spaced_title(title, language),
                "text": _spaced(text, language),
            }
            writer.add_document(tantivy.Document.from_dict(values, schema))
        writer.commit()
        writer.wait_merging_threads()

    @classmethod
    def open(cls, folder: Path, languages: tuple[str, ...]) -> "BM25Index":
        """Open what ``build`` wrote; ``languages`` are those of the articles.

        tantivy locks a folder even to read it: one of links to the files, or nobody could open
        an index that must not be written.
        """
        try:
            with _links(folder) as aside:
                return cls(tantivy.Index.open(str(aside)), languages)
        except OSError:  # no place for links
            return cls(tantivy.Index.open(str(folder)), languages)

    def __len__(self) -> int:
        """How many rows there are."""
        return int(self._searcher.num_docs)

    def matches(
        self, question: str, limit: int, articles: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Rows that hold words of ``question`` with their BM25 score, best first, ties by row.

        ``articles`` leaves only passages of those articles in.
        """
        query = self._query(question, articles)
        if query is None:
            return []
        hits = self._searcher.search(query, limit, count=False).hits
        scored = [(self._row(address), float(score)) for score, address in hits]
        return sorted(scored, key=lambda hit: (-hit[1], hit[0]))

    def _idf(self, term: str) -> float:
        frequency = self._searcher.doc_freq("text", term)
        return math.log(1 + (len(self) - frequency + 0.5) / (frequency + 0.5))

    def _row(self, address: Any) -> int:
        return int(self._searcher.doc(address)["row"][0])

    def _query(self, question: str, articles: Sequence[int] | None) -> Any:
        words = self._terms(question)
        if not words:
            return None
        matching = tantivy.Query.boolean_query(
            [(tantivy.Occur.Should, self._term(word)) for word in words]
        )
        return matching if articles is None else self._among(matching, articles)

    def _terms(self, question: str) -> list[str]:
        """Terms in each language of the articles: an article is stemmed by its own."""
        stemmed = [content_terms(question, language) for language in self._languages]
        return list(dict.fromkeys(word for words in stemmed for word in words))[:_MAX_TERMS]

    def _term(self, word: str) -> Any:
        text = tantivy.Query.term_query(self._schema, "text", word)
        title = tantivy.Query.term_query(self._schema, "title", word)
        return tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Should, text),
                (tantivy.Occur.Should, tantivy.Query.boost_query(title, _TITLE_BOOST)),
            ]
        )

    def _among(self, query: Any, articles: Sequence[int]) -> Any:
        allowed = tantivy.Query.term_set_query(self._schema, "article", list(articles))
        unscored = tantivy.Query.const_score_query(allowed, 0.0)
        return tantivy.Query.boolean_query(
            [(tantivy.Occur.Must, query), (tantivy.Occur.Must, unscored)]
        )


def _spaced(text: str, language: str) -> str:
    return " ".join(terms(text, language))


_spaced_title = lru_cache(maxsize=64)(_spaced)  # an article's passages come one after another


@contextlib.contextmanager
def _links(folder: Path) -> Iterator[Path]:
    """A folder of links to the files of another, for a moment; it can be locked."""
    aside = Path(tempfile.mkdtemp(prefix="quoth-"))
    try:
        for path in folder.iterdir():
            if path.suffix != ".lock":
                (aside / path.name).symlink_to(path.absolute())
        yield aside
    finally:
        _remove(aside)


def _remove(aside: Path) -> None:
    """Remove it, though tantivy looks in once more from a thread of its own, and locks it anew."""
    for _ in range(_ATTEMPTS):
        shutil.rmtree(aside, ignore_errors=True)
        if not aside.exists():
            return


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", stored=True)
    builder.add_unsigned_field("article", indexed=True)
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="position")
    return builder.build()
