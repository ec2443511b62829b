"""Answer questions from a snapshot: retrieve, rank, decide and quote."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Self, TypedDict

from index.caching import weak_lru_cache
from index.errors import QuestionError
from index.filters import ALL_ARTICLES, Scope
from index.quoting import LastChecked, PageUrl, Quoter
from index.retriever import Retriever
from index.search.candidates import PassageTexts
from index.search.question.courtesy import without_courtesy
from index.search.question.input_kind import classify_input
from index.search.question.parts import split_question
from index.search.ranker import RankedPassage, rank_candidates
from index.search.reranker import Reranker
from index.search.selection.answer_parts import (
    JudgedQuestion,
    PlannedQuote,
    are_better_apart,
    best_verdict,
    better_judged,
    plan_quotes,
)
from index.search.selection.dedup import DuplicateGroup, group_duplicates, move_repetitions_back
from index.search.selection.diversity import spread_articles
from index.search.selection.editions import SHOWN, has_editions, newest_editions_first
from index.search.selection.helpful import MAX_GAP, MAX_QUOTES
from index.search.spelling import is_same_apart_from_apostrophes
from index.search.verdict import Strictness, decide
from index.store.backend import SearchableSnapshot, SnapshotStore, existing_source
from index.store.contents import SnapshotContents
from index.store.corpus import StoredPassage
from index.store.local import LocalStore, contents_of
from index.text.folding import unify_letters
from index.types import Answer, AnsweredPart, Hit, Metadata, Quote, Verdict

MAX_QUESTION_CHARS = 4000  # of Discord's longest message
_CACHED_SEARCHES = 32  # for further pages, and for questions that several members ask


class SearchOptions(TypedDict, total=False):
    """Arguments of ``Searcher.ask``, for callers that pass them on."""

    limit: int
    skip: int
    scope: Scope
    strictness: Strictness
    fill: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """The ranking for a question, which is in the spelling that was searched for.

    ``leaves_out`` is True if some passages in other languages were left out.
    """

    question: str
    ranking: tuple[RankedPassage, ...]
    leaves_out: bool


class Searcher(AbstractContextManager["Searcher"]):
    """Search one open snapshot. Safe to use from several threads."""

    def __init__(
        self,
        opened: SearchableSnapshot,
        reranker: Reranker | None = None,
        page_url: PageUrl | None = None,
        last_checked: LastChecked | None = None,
    ) -> None:
        self.opened = opened
        self.quoter = Quoter(opened, page_url, last_checked)
        self._reranker = reranker
        self._cached_search = weak_lru_cache(self._search, _CACHED_SEARCHES)
        self._turns = opened.turns
        self.retriever = Retriever(opened)

    @classmethod
    def open(cls, index: Path) -> Self:
        """Open the current snapshot of a folder. Raises IndexMissing, SnapshotError."""
        return cls.open_from(LocalStore(index))

    @classmethod
    def open_from(
        cls,
        store: SnapshotStore,
        reranker: Reranker | None = None,
        page_url: PageUrl | None = None,
        last_checked: LastChecked | None = None,
    ) -> Self:
        """Open the current snapshot of a folder or a cluster.

        ``page_url`` returns the address of our own page of an article, for citations of articles
        that have no URL. ``last_checked`` returns when a followed article was last checked.
        Raises IndexMissing, SnapshotError, StorageUnavailable.
        """
        return cls(store.open_current(), reranker, page_url, last_checked)

    def __exit__(self, *_: object) -> None:
        self.close()

    def warm(self) -> Self:
        """Load everything that the first question would wait for. Raises EncoderError."""
        self.rank("warm")
        return self

    @property
    def snapshot(self) -> str:
        """Name of the snapshot."""
        return self.opened.name

    @property
    def contents(self) -> SnapshotContents:
        """The files of a snapshot in a folder. Raises SnapshotError for one in a cluster."""
        return contents_of(self.opened)

    def ask(
        self,
        question: str,
        *,
        limit: int = MAX_QUOTES,
        skip: int = 0,
        ranking: int = 0,
        scope: Scope = ALL_ARTICLES,
        strictness: Strictness = Strictness.BALANCED,
        fill: bool = False,
    ) -> Answer:
        """Answer ``question`` with at most ``limit`` quotes, best first.

        The first page has only as many quotes as help, unless ``fill``. ``skip`` leaves out the
        first quotes, for the next page. The answer's ``ranking`` has the first ``ranking``
        passages, whatever the verdict. Two questions in one are answered apart, each with a quote
        of its own, if no passage answers both.
        Raises QuestionError if the question is empty or too long, or ``scope`` names an unknown
        article.
        """
        started = time.perf_counter()
        text = _normalized_question(question)
        with self._turns.take():
            whole = self._judge(text, text, scope, strictness)
            parts = self._judge_parts(whole, scope, strictness)
            groups = [self._groups(each, skip + limit + 1) for each in parts or (whole,)]
            planned, first_page = plan_quotes(groups, limit, fill=fill)
            end = skip + limit if skip else first_page
            page = sorted(planned[skip:end], key=lambda quote: quote.part)
            quotes = tuple(self._planned_quote(n, each) for n, each in enumerate(page, skip + 1))
            hits = self._hits([(each.row, each.score) for each in whole.ranking[:ranking]])
        return Answer(
            question=question,
            verdict=best_verdict(parts or (whole,)),
            quotes=quotes,
            ranking=tuple(hits),
            snapshot=self.snapshot,
            seconds=time.perf_counter() - started,
            input_kind=None if parts else whole.input_kind,
            has_more=bool(quotes) and len(planned) > end,
            parts=tuple(AnsweredPart(each.text, each.query, each.verdict) for each in parts),
            corrected=None if is_same_apart_from_apostrophes(text, whole.query) else whole.query,
        )

    def _judge(self, text: str, query: str, scope: Scope, strictness: Strictness) -> JudgedQuestion:
        """Judge what passages in the question's language say; if need be, those in any language."""
        found = self._cached_search(query, scope)
        judged = self._judge_found(text, query, found, strictness)
        is_settled = judged.verdict is Verdict.ANSWERED or not judged.is_question
        if is_settled or not found.leaves_out:
            return judged
        found = self._cached_search(query, scope, any_language=True)
        return better_judged(judged, self._judge_found(text, query, found, strictness))

    def _judge_found(
        self, text: str, query: str, found: _Found, strictness: Strictness
    ) -> JudgedQuestion:
        is_limited = bool(self.opened.encoder.spec.languages)
        input_kind = classify_input(query, self.opened.languages if is_limited else None)
        verdict = Verdict.NOTHING
        if input_kind is None or input_kind.is_question:
            asked, models = without_courtesy(query), self.opened.verdict_models
            verdict = decide(asked, found.ranking, strictness, models)
        return JudgedQuestion(text, found.question, found.ranking, verdict, input_kind)

    def _judge_parts(
        self, whole: JudgedQuestion, scope: Scope, strictness: Strictness
    ) -> tuple[JudgedQuestion, ...]:
        """Judge the questions within one, or return none if they are better answered together."""
        if not whole.ranking or not whole.is_question:
            return ()
        split = split_question(whole.text)
        parts = tuple(self._judge(each.text, each.query, scope, strictness) for each in split)
        models = self.opened.verdict_models
        return parts if parts and are_better_apart(whole, parts, strictness, models) else ()

    def _groups(self, judged: JudgedQuestion, limit: int) -> list[DuplicateGroup]:
        """Return the first passages to quote, none if nothing was found."""
        found = judged.ranking if judged.verdict is not Verdict.NOTHING else ()
        texts = self.opened.texts([passage.row for passage in found])
        groups = group_duplicates(found, texts)
        return [*islice(move_repetitions_back(groups, texts, MAX_GAP), limit)]

    def _planned_quote(self, number: int, planned: PlannedQuote) -> Quote:
        quote = self.quoter.quote(number, planned.group.best, planned.group.duplicates)
        return replace(quote, part=planned.part)

    def rank(self, question: str, scope: Scope = ALL_ARTICLES) -> list[RankedPassage]:
        """Return the ranked passages for ``question``, best first, before any verdict.

        Raises QuestionError like ``ask``.
        """
        text = _normalized_question(question)
        with self._turns.take():
            return [*self._cached_search(text, scope).ranking]

    def _search(self, text: str, scope: Scope, *, any_language: bool = False) -> _Found:
        asked = without_courtesy(text)
        scope = self._checked(scope)
        retrieved = self.retriever.retrieve(asked, scope, any_language=any_language)
        ranking = rank_candidates(
            retrieved.question,
            retrieved.candidates,
            self.opened.idf,
            self.retriever.languages,
        )
        ranking = spread_articles(ranking, retrieved.candidates)
        ranking = self._newest_editions_first(asked, ranking, retrieved.candidates.texts)
        if self._reranker is not None:
            with self._turns.pause():
                texts = retrieved.candidates.texts
                ranking = self._reranker.rerank(retrieved.question, ranking, texts.passage_text)
        is_corrected = retrieved.question != asked
        question = retrieved.question if is_corrected else text
        return _Found(question, tuple(ranking), retrieved.leaves_out)

    def _newest_editions_first(
        self, question: str, ranking: list[RankedPassage], texts: PassageTexts
    ) -> list[RankedPassage]:
        if not has_editions(self._paths(ranking[:SHOWN])):
            return ranking
        return newest_editions_first(question, ranking, self._paths(ranking), texts)

    def _paths(self, ranking: Sequence[RankedPassage]) -> list[str]:
        return [path for path, *_ in self.opened.spans([passage.row for passage in ranking])]

    def phrase_hits(
        self, phrases: Sequence[str], limit: int, scope: Scope = ALL_ARTICLES
    ) -> list[Hit]:
        """Find passages that contain the terms of a phrase side by side, best first."""
        return self._hits(self.opened.phrase_search(phrases, limit, self._checked(scope)))

    def bm25_hits(self, text: str, limit: int, scope: Scope = ALL_ARTICLES) -> list[Hit]:
        """Find passages that share terms with ``text``, best first."""
        return self._hits(self.opened.bm25_search(text, limit, self._checked(scope)))

    def _hits(self, scores: Sequence[tuple[int, float]]) -> list[Hit]:
        spans = self.opened.spans([row for row, _ in scores])
        return [Hit(row, *span, score) for span, (row, score) in zip(spans, scores, strict=True)]

    def _checked(self, scope: Scope) -> Scope:
        """Return ``scope``; raises QuestionError if it names an unknown article."""
        for path in (scope.source, scope.excluded_article):
            if path is not None:
                existing_source(self.opened, path)
        return scope

    def metadata(self, article: str) -> Metadata:
        """Return the metadata of an article. Raises QuestionError if it does not exist."""
        return existing_source(self.opened, article).metadata

    def text(self, article: str) -> str:
        """Return the stored text of an article. Raises QuestionError if it does not exist."""
        path = existing_source(self.opened, article).path
        return self.opened.article_bytes([path])[path].decode("utf-8", "surrogatepass")

    def passages(self, article: str) -> Sequence[StoredPassage]:
        """Return the passages of an article in order. Raises QuestionError if it does not exist."""
        return self.opened.article_passages(existing_source(self.opened, article).path)

    def passage(self, article: str, paragraph: int) -> StoredPassage:
        """Return a cited passage; ``paragraph`` counts from 1. Raises QuestionError."""
        count = existing_source(self.opened, article).passages
        if not 0 < paragraph <= count:
            raise QuestionError(
                f"{article} has no paragraph {paragraph}; choose one from 1 to {count}"
            )
        return self.opened.article_passages(article, paragraph, paragraph)[0]

    def close(self) -> None:
        """Release the snapshot, so that a build may remove it."""
        self.opened.close()


def _normalized_question(question: str) -> str:
    """Unify letters and white space, replace lone surrogates. Raises QuestionError."""
    text = " ".join(unify_letters(question.encode("utf-8", "replace").decode()).split())
    if not text:
        raise QuestionError("the question is empty; enter a question")
    if len(text) > MAX_QUESTION_CHARS:
        raise QuestionError(
            f"the question has {len(text)} characters; shorten it to {MAX_QUESTION_CHARS}"
        )
    return text
