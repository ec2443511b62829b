"""``ask(question) -> Answer``: the only room that knows all the others at query time."""

import hashlib
import time
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from index.caching import weak_lru_cache
from index.embed.chunking import with_heading
from index.embed.encoder import Vectors
from index.errors import QuestionError, QuoteMismatch
from index.filters import EVERYTHING, Scope
from index.search.dedup import DuplicateGroup, group_duplicates
from index.search.fusion import fuse
from index.search.query import classify_input
from index.search.ranker import Candidate, RankedPassage, rank
from index.search.reranker import Reranker
from index.search.verdict import Strictness, decide
from index.store import snapshot
from index.store.contents import SnapshotContents
from index.store.corpus import CorpusFilter, StoredPassage
from index.store.snapshot import Snapshot
from index.types import Answer, Citation, Hit, Quote, Slice, Source, Verdict

LONGEST_QUESTION = 4000  # characters; Discord's longest message
_SCOPES = 16  # remembered, so that a filter is not read through all articles twice
_REMEMBERED = 64  # questions: the next page, and what several members ask, are found already
_FOUND = 50  # passages that each search may name
_CANDIDATES = 24  # of both that are ranked by sentence; the right one is among 20 for 99 %


class Searcher:
    """A snapshot, opened: asks, lists, shows. Safe to read from several threads."""

    def __init__(
        self, opened: Snapshot, parts: SnapshotContents, reranker: Reranker | None = None
    ) -> None:
        self._snapshot = opened
        self.parts = parts
        self._reranker = reranker
        self._in_scope = weak_lru_cache(self._allowed, _SCOPES)
        self._found = weak_lru_cache(self._find, _REMEMBERED)

    @classmethod
    def open(cls, index: Path, reranker: Reranker | None = None) -> Self:
        """Open the snapshot in service in ``index``; ``reranker`` reads the first passages again.

        Raises IndexMissing, SnapshotDamaged, SnapshotMismatch, EncoderError.
        """
        opened = snapshot.open_current(index)
        return cls(opened, SnapshotContents(opened.folder), reranker)

    def __enter__(self) -> Self:
        """Closed at the end of a ``with``."""
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> Self:
        """Load everything that a first question would wait for. Raises EncoderError."""
        self.find("warm")
        return self

    @property
    def snapshot(self) -> str:
        """The name of the snapshot."""
        return self._snapshot.manifest.name

    def ask(
        self,
        question: str,
        *,
        limit: int = 3,
        skip: int = 0,
        ranking: int = 0,
        scope: Scope = EVERYTHING,
        strictness: Strictness = Strictness.BALANCED,
    ) -> Answer:
        """Quote at most ``limit`` passages that answer ``question``, best first.

        ``skip`` leaves out the best ones, for the next page; ``ranking`` adds that many of the
        best rows whatever the verdict; ``scope`` says which articles may be quoted, ``strictness``
        how sure a quotation must be.
        Raises QuestionError for no text, too much of it, or an unknown source.
        """
        started = time.perf_counter()
        text = _checked_question(question)
        ranked, found = self._found(text, scope)
        note = classify_input(text, self._languages())
        verdict = Verdict.NOTHING
        if note is None or note.is_question:
            verdict = decide(text, ranked, strictness, self.parts.verdict_models)
        quotes: tuple[Quote, ...] = ()
        if verdict is not Verdict.NOTHING:
            shown = enumerate(found[skip : skip + limit], skip + 1)
            quotes = tuple(self._quote(number, one) for number, one in shown)
        return Answer(
            question=question,
            verdict=verdict,
            quotes=quotes,
            ranking=tuple(self._hit(one) for one in ranked[:ranking]),
            snapshot=self.snapshot,
            seconds=time.perf_counter() - started,
            note=note,
            more=bool(quotes) and len(found) > skip + limit,
        )

    def find(self, question: str, scope: Scope = EVERYTHING) -> list[RankedPassage]:
        """The passages found for ``question``, best first, before any verdict.

        Raises QuestionError for no text, too much of it, or a source that is not there.
        """
        return list(self._found(_checked_question(question), scope)[0])

    def _find(
        self, text: str, scope: Scope
    ) -> tuple[tuple[RankedPassage, ...], tuple[DuplicateGroup, ...]]:
        """The ranking, and what is quoted of it."""
        query = self.parts.encoder.encode_question(text)
        candidates = self._candidates(text, query, self._inside(scope))
        known = self.parts.encoder.spec.languages
        ranked = rank(text, candidates, self.parts.words.idf, frozenset(known) if known else None)
        by_row = {candidate.row: candidate for candidate in candidates}
        if self._reranker is not None:
            ranked = self._reranker.rerank(text, ranked, lambda row: by_row[row].text)
        return tuple(ranked), group_duplicates(ranked, by_row)

    def sources(self, scope: Scope = EVERYTHING) -> list[Source]:
        """The articles of ``scope``, newest first, then by path."""
        every = filter(scope.allows, self.parts.corpus.all_sources())
        by_path = sorted(every, key=lambda source: source.path)
        return sorted(by_path, key=lambda source: source.metadata.published or "", reverse=True)

    def text(self, article: str) -> str:
        """The stored text of an article. Raises QuestionError when there is none at that path."""
        return self.parts.corpus.text(self._number(article))

    def passages(self, article: str) -> list[Slice]:
        """Passages of an article in order; paragraph ``n`` is ``[n - 1]``. Raises QuestionError."""
        corpus = self.parts.corpus
        return [corpus.passage(row).passage for row in corpus.rows(self._number(article))]

    def row(self, article: str, paragraph: int) -> int:
        """The row of a passage as cited, ``paragraph`` from 1. Raises QuestionError."""
        rows = self.parts.corpus.rows(self._number(article))
        if not 0 < paragraph <= len(rows):
            raise QuestionError(
                f"{article} has {len(rows)} paragraphs, wanted one of them, not {paragraph}"
            )
        return rows[paragraph - 1]

    def check(self, quote: Quote) -> None:
        """Promise 1: the quote is what its article says, and the article is the one indexed.

        Raises QuoteMismatch.
        """
        for one in (quote, *quote.also):
            self._check(one)

    def _check(self, quote: Quote) -> None:
        path = quote.citation.article
        number = self._number(path)
        stored = self.parts.corpus.raw(number)
        if hashlib.sha256(stored).hexdigest() != self.parts.corpus.source(number).digest:
            raise QuoteMismatch(f"{path} is not the text that was indexed; run `quoth build`")
        text = stored.decode("utf-8", "surrogatepass")
        for part in (quote.passage, quote.highlight):
            if text[part.start : part.end] != part.text:
                raise QuoteMismatch(f"{path} does not say at {part.start} what was to be quoted")

    def close(self) -> None:
        """Let go of the snapshot, so that a builder may remove it."""
        self._snapshot.close()

    def _number(self, path: str) -> int:
        number = self.parts.corpus.number(path)
        if number is None:
            raise QuestionError(f"there is no article {path!r}; /sources lists those there are")
        return number

    def _languages(self) -> tuple[str, ...] | None:
        """Languages of the articles, where a question must be in one of them."""
        return self.parts.corpus.languages if self.parts.encoder.spec.languages else None

    def _inside(self, scope: Scope) -> CorpusFilter | None:
        """Where to look; None for everywhere."""
        for path in filter(None, (scope.source, scope.without)):
            self._number(path)  # an unknown one is an error, not an empty answer
        return None if scope == EVERYTHING else self._in_scope(scope)

    def _allowed(self, scope: Scope) -> CorpusFilter:
        every = enumerate(self.parts.corpus.all_sources())
        return self.parts.corpus.inside(
            tuple(number for number, source in every if scope.allows(source))
        )

    def _candidates(
        self, question: str, query: Vectors, inside: CorpusFilter | None
    ) -> list[Candidate]:
        parts = self.parts
        rows, articles = (inside.rows, inside.articles) if inside else (None, None)
        near = dict(parts.dense.nearest(query, _FOUND, rows))
        worded = dict(parts.words.matches(question, _FOUND, articles))
        missing = sorted(worded.keys() - near.keys())
        near.update(zip(missing, parts.dense.cosines(query, missing), strict=True))
        found = [row for row, _ in fuse(near, worded, _CANDIDATES)]
        sentences = parts.sentence_cosines(query, found)
        return [
            self._candidate(row, near[row], worded.get(row, 0.0), cosines)
            for row, cosines in zip(found, sentences, strict=True)
        ]

    def _candidate(
        self, row: int, cosine: float, bm25: float, sentence_cosines: NDArray[np.float32]
    ) -> Candidate:
        stored = self.parts.corpus.passage(row)
        metadata = self.parts.corpus.source(stored.article).metadata
        return Candidate(
            row=row,
            cosine=cosine,
            bm25=bm25,
            text=stored.passage.text,
            title=with_heading(metadata.title, stored.section),
            language=metadata.language or "en",
            paragraph=stored.paragraph,
            sentences=tuple(sentence.text for sentence in stored.sentences),
            sentence_cosines=sentence_cosines,
        )

    def _quote(self, number: int, found: DuplicateGroup) -> Quote:
        """A passage and its copies as a quote with the citation ``number``."""
        also = tuple(self.quote(number, copy) for copy in found.copies)
        return replace(self.quote(number, found.ranked), also=also)

    def quote(self, number: int, ranked: RankedPassage) -> Quote:
        """A found passage as a quote with the citation ``number``."""
        stored = self.parts.corpus.passage(ranked.row)
        return Quote(
            citation=self._citation(number, stored),
            passage=stored.passage,
            highlight=stored.sentences[ranked.sentence],
            score=ranked.score,
            row=ranked.row,
        )

    def _citation(self, number: int, stored: StoredPassage) -> Citation:
        source = self.parts.corpus.source(stored.article)
        return Citation(
            number=number,
            article=source.path,
            metadata=source.metadata,
            paragraph=stored.paragraph,
            section=stored.section,
            page=stored.page,
            anchor=stored.anchor,
        )

    def _hit(self, ranked: RankedPassage) -> Hit:
        article, start, end = self.parts.corpus.place(ranked.row)
        return Hit(ranked.row, self.parts.corpus.source(article).path, start, end, ranked.score)


def _checked_question(question: str) -> str:
    text = " ".join(question.encode("utf-8", "replace").decode().split())  # no lone surrogates
    if not text:
        raise QuestionError("there is no question: ask one in words")
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"the question has {len(text)} characters, wanted at most {LONGEST_QUESTION}: "
            "ask it in fewer words"
        )
    return text
