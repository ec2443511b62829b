"""BM25 index in tantivy: rows of passages that share terms with a query.

Terms come from ``index.text.tokenize`` and are indexed separated by spaces, so that every part of
the program compares the same terms.
"""

import contextlib
import math
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, Self

import tantivy

from index.caching import weak_lru_cache
from index.store.term_columns import IndexedTerms
from index.text.tokenize import (
    MIN_TYPO_CHARS,
    content_terms,
    is_similar_term,
    question_terms,
    stop_terms,
    terms,
)

Relate = Callable[[str], Mapping[str, Mapping[str, float]]]

_TITLE_BOOST = 0.5  # a title names the article in every one of its passages
_NUMBER_TITLE_BOOST = 1.5  # a version or an error code in a heading: its passages seldom repeat it
MAX_TYPOS = 1  # letters inserted, dropped, changed or swapped; two take ten times as long
TYPO_WEIGHT = 0.5  # of the unknown term's idf, for terms that are nearly it
_MAX_QUERY_TERMS = 64  # a longer query is a text, and its beginning says what it is about
_IDF_CACHE_SIZE = 4_000  # terms
_QUERY_CACHE_SIZE = 2_000
_WRITER_HEAP_BYTES = 64_000_000
_TANTIVY_LOCK = ".tantivy-meta.lock"
_REMOVE_ATTEMPTS = 10


class BM25Index:
    """Terms of passages on disk, by row."""

    def __init__(
        self, index: Any, languages: tuple[str, ...], relate: Mapping[str, Relate]
    ) -> None:
        self._schema = index.schema
        self._searcher = index.searcher()
        self._languages = languages
        self._relate = relate
        self._term_queries = weak_lru_cache(self._make_term_queries, _QUERY_CACHE_SIZE)
        self.idf = weak_lru_cache(self._idf, _IDF_CACHE_SIZE)

    @classmethod
    def build(cls, folder: Path, passages: Iterable[tuple[int, IndexedTerms]]) -> None:
        """Index the article number and the indexed terms of each row in order.

        Raises OSError.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _write_index(folder, passages)
        except ValueError as error:  # how tantivy reports a full disk
            raise OSError(str(error)) from error
        # Opening the folder itself would create the file, which the manifest must list.
        (folder / _TANTIVY_LOCK).touch()

    @classmethod
    def open(
        cls, folder: Path, languages: tuple[str, ...], relate: Mapping[str, Relate] = {}
    ) -> Self:
        """Open an index that ``build`` wrote; ``languages`` are those of the passages.

        ``relate`` finds, by language, terms that match in place of each term of a query.

        tantivy locks a folder even to read it, so open a folder of links to the files: the index
        itself may be read-only.
        """
        try:
            with _folder_of_links(folder) as links:
                return cls(tantivy.Index.open(str(links)), languages, relate)
        except OSError:  # links cannot be created
            return cls(tantivy.Index.open(str(folder)), languages, relate)

    def __len__(self) -> int:
        """Count the rows."""
        return int(self._searcher.num_docs)

    def search(
        self, query: str, limit: int, articles: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return rows that share terms with ``query`` and their scores, best first, ties by row.

        ``articles`` restricts the search to passages of these articles, by number.
        """
        search_terms = query_terms(query, self._languages)
        related = self._related(query, search_terms) if self._relate else {}
        typos = [term for term in self._typos(search_terms) if term not in related]
        queries = chain(
            *(self._term_queries(term) for term in search_terms if term not in related),
            (self._related_query(term, others) for term, others in related.items()),
            map(self._typo_query, typos),
        )
        return self._search(queries, limit, articles)

    def phrase_search(
        self, phrases: Sequence[str], limit: int, articles: Sequence[int] | None = None
    ) -> list[tuple[int, float]]:
        """Return rows that have all terms of a phrase side by side, with scores as ``search`` does.

        Rows with several of the phrases come first. Stop words count, too.
        """
        stemmed = phrase_terms(phrases, self._languages)
        return self._search(map(self._phrase_query, stemmed), limit, articles)

    def _search(
        self, queries: Iterable[Any], limit: int, articles: Sequence[int] | None
    ) -> list[tuple[int, float]]:
        """Search for any of ``queries``."""
        every = [*queries]
        if not every:
            return []
        scored = _any_of(every)
        if articles is not None:
            allowed = tantivy.Query.term_set_query(self._schema, "article", list(articles))
            unscored = tantivy.Query.const_score_query(allowed, 0.0)
            scored = tantivy.Query.boolean_query(
                [(tantivy.Occur.Must, scored), (tantivy.Occur.Must, unscored)]
            )
        hits = self._searcher.search(scored, limit, count=False).hits
        rows = self._searcher.fast_field_values("row", [address for _, address in hits])
        scores = [(int(row), score) for row, (score, _) in zip(rows, hits, strict=True)]
        return sorted(scores, key=lambda hit: (-hit[1], hit[0]))

    def _idf(self, term: str) -> float:
        """Compute the inverse document frequency of a term (Robertson and Sparck Jones)."""
        frequency = self._searcher.doc_freq("text", term)
        return math.log(1 + (len(self) - frequency + 0.5) / (frequency + 0.5))

    def _make_term_queries(self, term: str) -> tuple[Any, Any]:
        """Match ``term`` in texts and in titles.

        Side by side with those of the other terms, not grouped by term: tantivy skips passages that
        cannot be among the best only if all parts of a query are terms (block-max WAND).
        """
        text = tantivy.Query.term_query(self._schema, "text", term)
        title = tantivy.Query.term_query(self._schema, "title", term)
        return text, tantivy.Query.boost_query(title, title_boost(term))

    def _related(self, query: str, search_terms: Collection[str]) -> dict[str, Mapping[str, float]]:
        """Return the related terms of those of ``search_terms`` that have any."""
        found: dict[str, Mapping[str, float]] = {}
        for language in likely_languages(query, self._languages) & self._relate.keys():
            for term, related in self._relate[language](query).items():
                kept = {other: each for other, each in related.items() if other not in search_terms}
                if kept:
                    found[term] = kept
        return found

    def _related_query(self, term: str, related: Mapping[str, float]) -> Any:
        """Match ``term`` or one of its related terms, which counts no more than its weight."""
        queries = [_any_of(self._term_queries(term))]
        for other, weight in related.items():
            boost = weight * min(1.0, self.idf(term) / self.idf(other))
            matches = _any_of(self._term_queries(other))
            queries.append(tantivy.Query.boost_query(matches, boost))
        return tantivy.Query.disjunction_max_query(queries)

    def _typos(self, search_terms: Sequence[str]) -> list[str]:
        """Return the terms that no passage has and that no other term of the query resembles."""
        known = [
            term
            for term in search_terms
            if any(self._searcher.doc_freq(field, term) for field in ("text", "title"))
        ]
        return [
            term
            for term in search_terms
            if may_be_typo(term) and term not in known
            if not any(is_similar_term(term, other, allow_typos=True) for other in known)
        ]

    def _typo_query(self, term: str) -> Any:
        """Match the terms that one typo turns into ``term``, with less weight."""
        near = tantivy.Query.fuzzy_term_query(self._schema, "text", term, MAX_TYPOS)
        return tantivy.Query.boost_query(near, TYPO_WEIGHT * self.idf(term))

    def _phrase_query(self, phrase: tuple[str, ...]) -> Any:
        if len(phrase) == 1:
            return tantivy.Query.term_query(self._schema, "text", phrase[0])
        return tantivy.Query.phrase_query(self._schema, "text", list(phrase))


def _any_of(queries: Iterable[Any]) -> Any:
    """Match any of ``queries``; their scores are added."""
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def query_terms(query: str, languages: Iterable[str]) -> list[str]:
    """Stem a query in each language of the articles, because each article has its own."""
    by_language = [content_terms(query, language) for language in languages]
    unique = dict.fromkeys(term for stemmed in by_language for term in stemmed)
    return list(unique)[:_MAX_QUERY_TERMS]


def likely_languages(query: str, languages: Sequence[str]) -> set[str]:
    """Return the languages of which a query has the most function words."""
    counts = {
        language: sum(term in stop_terms(language) for term in question_terms(query, language)[0])
        for language in languages
    }
    most = max(counts.values(), default=0)
    return {language for language, count in counts.items() if count == most}


def phrase_terms(phrases: Iterable[str], languages: Sequence[str]) -> list[tuple[str, ...]]:
    """Stem phrases in each language of the articles; stop words count, too."""
    stemmed = {tuple(terms(phrase, language)) for phrase in phrases for language in languages}
    return sorted(filter(None, stemmed))


def title_boost(term: str) -> float:
    """Return how much a term counts in a title, compared with the text."""
    return _NUMBER_TITLE_BOOST if term[:1].isdigit() else _TITLE_BOOST


def may_be_typo(term: str) -> bool:
    """Return whether a term that no passage has may be a misspelled word."""
    return len(term) >= MIN_TYPO_CHARS and term.isalpha()


def _write_index(folder: Path, passages: Iterable[tuple[int, IndexedTerms]]) -> None:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True)
    builder.add_unsigned_field("article", indexed=True)
    builder.add_text_field("title", tokenizer_name="whitespace", index_option="freq")
    builder.add_text_field("text", tokenizer_name="whitespace", index_option="position")
    schema = builder.build()
    writer = tantivy.Index(schema, str(folder)).writer(_WRITER_HEAP_BYTES, 1)
    for row, (article, passage) in enumerate(passages):
        values = {
            "row": row,
            "article": article,
            "title": passage.titles,
            "text": passage.text,
        }
        writer.add_document(tantivy.Document.from_dict(values, schema))
    writer.commit()
    writer.wait_merging_threads()


@contextlib.contextmanager
def _folder_of_links(folder: Path) -> Iterator[Path]:
    """Create a temporary folder of links to the files of another; it can be locked."""
    links = Path(tempfile.mkdtemp(prefix="quoth-"))
    try:
        for path in folder.iterdir():
            if path.suffix != ".lock":
                (links / path.name).symlink_to(path.absolute())
        yield links
    finally:
        for _ in range(_REMOVE_ATTEMPTS):  # tantivy's watcher thread may create its lock again
            shutil.rmtree(links, ignore_errors=True)
            if not links.exists():
                break
