"""Load question sets and compute the labelled features that weights are fitted to."""

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.disguise import DisguisedEncoder
from index.build.pipeline import build
from index.embed.encoder import Vectors
from index.filters import ALL_ARTICLES, Scope
from index.search.candidates import Candidates, RetrievedPassage
from index.search.features.extraction import Features, extract_features
from index.search.term_matching import Idf
from index.searcher import Searcher
from index.store.corpus import RowFilter, StoredPassage
from index.store.local import LocalSnapshot
from index.text.spans import introduces
from index.text.tokenize import content_terms, terms

Flags = NDArray[np.bool_]

FOLD_COUNT = 4
MAX_USEFUL_CHARS = 1_200  # of a passage of documentation
_SMALL_CORPUS_PASSAGES = 16  # at least; articles are not split
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_MARKUP = re.compile(r"</?[A-Za-z][^<>]{0,300}>|[`*]+")


@dataclass(frozen=True, slots=True)
class BenchmarkQuestion:
    """A question of a set and what answers it.

    A passage of one of ``articles`` is relevant if it is within ``paragraph`` (from 1, 0 if the
    set does not tell it), if it holds all strings of one of ``alternatives``, or else if it holds
    one of ``answers``. ``articles`` of an unanswerable question may be what it seems to be about.
    ``fold`` is the part of the cross-validation that it belongs to.
    """

    text: str
    answerable: bool
    articles: tuple[str, ...]
    paragraph: int
    answers: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...]
    fold: int

    @property
    def article(self) -> str:
        """The first of the articles."""
        return self.articles[0]


@dataclass(frozen=True, slots=True)
class LabelledFeatures:
    """Features of a question's candidates with labels.

    ``is_relevant`` has one flag for each candidate, ``is_answer`` one for each of their sentences.
    ``is_unsure`` tells the candidates of other articles that hold an accepted answer, too: often
    they report the same, and often they name the same person on another occasion.
    """

    question: BenchmarkQuestion
    features: Features
    rows: tuple[int, ...]
    is_relevant: Flags
    is_unsure: Flags
    is_answer: Flags


class QuestionSet:
    """A question set and the index of its articles."""

    def __init__(self, name: str, questions: list[BenchmarkQuestion], searcher: Searcher) -> None:
        self.name = name
        self.questions = questions
        self.searcher = searcher

    @classmethod
    def open(
        cls, folder: Path, work: Path, fold: int | None = None, *, disguised: bool = False
    ) -> "QuestionSet":
        """Read ``questions.jsonl`` in ``folder`` and index its ``articles`` in ``work``.

        ``fold`` is that of all questions; with None, questions about one article share a fold.
        With ``disguised``, the encoder does not know the language of the questions.
        """
        index = work / folder.name
        build(folder / "articles", index)
        lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
        questions = [_parse_question(json.loads(line), fold) for line in lines]
        searcher = Searcher.open(index)
        if disguised:  # instead of the one that was read once
            contents = searcher.contents
            vars(contents)["encoder"] = DisguisedEncoder(contents.encoder)
        return cls(folder.name, questions, searcher)

    @property
    def answerable(self) -> list[BenchmarkQuestion]:
        """Questions that their articles answer."""
        return [question for question in self.questions if question.answerable]

    @property
    def unanswerable(self) -> list[BenchmarkQuestion]:
        """Questions that no article answers."""
        return [question for question in self.questions if not question.answerable]

    @property
    def language(self) -> str:
        """Language of most articles."""
        sources = self.searcher.opened.sources()
        return Counter(source.metadata.language or "en" for source in sources).most_common(1)[0][0]

    @property
    def idf(self) -> Idf:
        """Inverse document frequency of a term in the whole index."""
        idf: Idf = self.searcher.contents.bm25.idf
        return idf

    @cached_property
    def gold(self) -> dict[tuple[str, int], str]:
        """Text of every paragraph in the files, by article and number."""
        return {
            (source.path, number): " ".join(text.split())
            for source in self.searcher.opened.sources()
            for number, text in enumerate(_paragraphs(self.searcher.text(source.path)), 1)
        }

    def labelled_features(self, question: BenchmarkQuestion) -> LabelledFeatures:
        """Retrieve and label candidates for an answerable question."""
        candidates = self.candidates(question)
        passages = list(map(self.searcher.contents.corpus.passage, candidates.rows))
        is_relevant = np.array([self._is_relevant(each, question) for each in passages], np.bool_)
        may_answer = np.array([_may_answer(each, question) for each in passages], np.bool_)
        is_answer = [
            bool(relevant) and answers
            for passage, relevant in zip(passages, is_relevant, strict=True)
            for answers in _answering([each.text for each in passage.sentences], question)
        ]
        features = self._extract_features(question, candidates, self.idf)
        return LabelledFeatures(
            question=question,
            features=features,
            rows=tuple(candidates.rows),
            is_relevant=is_relevant,
            is_unsure=may_answer & ~is_relevant,
            is_answer=np.array(is_answer, np.bool_),
        )

    def _is_relevant(self, passage: StoredPassage, question: BenchmarkQuestion) -> bool:
        text = passage.passage.text
        path = passage.source.path
        if path not in question.articles:
            return False
        if question.paragraph:
            return _overlap(text, self.gold[path, question.paragraph])
        return _may_answer(passage, question)

    def features(self, question: BenchmarkQuestion, scope: Scope = ALL_ARTICLES) -> Features:
        """Compute the features of the candidates in ``scope``."""
        return self._extract_features(question, self.candidates(question, scope), self.idf)

    def _extract_features(
        self, question: BenchmarkQuestion, candidates: Candidates, idf: Idf
    ) -> Features:
        languages = self.searcher.contents.encoder.spec.languages
        return extract_features(question.text, candidates, idf, languages or None)

    def candidates(self, question: BenchmarkQuestion, scope: Scope = ALL_ARTICLES) -> Candidates:
        """Retrieve candidates in ``scope``."""
        query = self._encode_query(question.text)
        return self.searcher.retriever.candidates(question.text, query, scope)

    def small_corpus_features(
        self, question: BenchmarkQuestion, *, with_article: bool
    ) -> Features | None:
        """Compute features in a corpus of about 16 passages, with or without the right article."""
        rows = self._sample_rows(question, with_article=with_article)
        return self._features_of_rows(question, rows)

    def features_without_answer(self, question: BenchmarkQuestion) -> Features | None:
        """Compute features in a small corpus from which all passages with an answer are removed."""
        rows = self._sample_rows(question, with_article=True)
        rest = [row for row in rows if not contains_answer(self._text(row), question.answers)]
        return self._features_of_rows(question, rest) if question.answers else None

    def _features_of_rows(self, question: BenchmarkQuestion, rows: list[int]) -> Features | None:
        idf = bm25_idf([self.terms(row) for row in rows])
        scale = self._idf_sum(question, idf) / (self._idf_sum(question, self.idf) or 1.0)
        corpus = self.searcher.contents.corpus
        numbers = corpus.article_numbers
        articles = {numbers[corpus.passage(row).source.path] for row in rows}
        retrieved = self._retrieve(question, corpus.row_filter(tuple(articles)))
        scaled = [replace(each, bm25=each.bm25 * scale) for each in retrieved if each.row in rows]
        candidates = self.searcher.opened.candidates(self._encode_query(question.text), scaled)
        return self._extract_features(question, candidates, idf) if scaled else None

    def _text(self, row: int) -> str:
        return self.searcher.contents.corpus.passage(row).passage.text

    @cached_property
    def terms(self) -> Callable[[int], frozenset[str]]:
        """Distinct terms of a passage, by row."""
        return lru_cache(maxsize=None)(lambda row: frozenset(terms(self._text(row), self.language)))

    def _idf_sum(self, question: BenchmarkQuestion, idf: Idf) -> float:
        return sum(map(idf, content_terms(question.text, self.language)))

    def _sample_rows(self, question: BenchmarkQuestion, *, with_article: bool) -> list[int]:
        """Sample whole articles at random; the question's own comes first, or is left out."""
        corpus = self.searcher.contents.corpus
        own = corpus.article_numbers.get(question.article)
        others = np.random.default_rng(zlib.crc32(question.text.encode())).permutation(
            corpus.article_count
        )
        rows = list(corpus.rows(own)) if with_article and own is not None else []
        for number in map(int, others):
            if len(rows) >= _SMALL_CORPUS_PASSAGES:
                break
            if number != own:
                rows += corpus.rows(number)
        return rows

    def _retrieve(
        self, question: BenchmarkQuestion, row_filter: RowFilter
    ) -> list[RetrievedPassage]:
        opened, query = self.searcher.opened, self._encode_query(question.text)
        assert isinstance(opened, LocalSnapshot)  # noqa: S101 - it was built in a folder
        retriever = self.searcher.retriever
        depth = retriever.depth
        scores = opened.scores(question.text, query, depth.retrieved, row_filter)
        return retriever.fuse(scores, depth)

    @cached_property
    def _encode_query(self) -> Callable[[str], Vectors]:
        return lru_cache(maxsize=None)(self.searcher.contents.encoder.encode_query)


def bm25_idf(passages: list[frozenset[str]]) -> Idf:
    """Compute BM25's inverse document frequency over a few passages."""
    frequency = Counter(term for passage in passages for term in passage)
    total = len(passages)
    return lambda term: math.log1p((total - frequency[term] + 0.5) / (frequency[term] + 0.5))


def contains_answer(sentence: str, answers: tuple[str, ...]) -> bool:
    """Tell whether ``sentence`` contains an accepted answer."""
    return any(answer.casefold() in sentence.casefold() for answer in answers)


def _may_answer(passage: StoredPassage, question: BenchmarkQuestion) -> bool:
    """Tell whether a passage of any article holds an accepted answer, where no paragraph is named.

    Passages of documentation must be short enough to serve.
    """
    text = passage.passage.text
    if question.paragraph:
        return False
    if question.alternatives:
        return len(text) <= MAX_USEFUL_CHARS and _holds(text, question.alternatives)
    return contains_answer(text, question.answers)


def _answering(sentences: Sequence[str], question: BenchmarkQuestion) -> list[bool]:
    """Tell which sentences hold an answer; in documentation, or introduce one that does."""
    if not question.alternatives:
        return [contains_answer(sentence, question.answers) for sentence in sentences]
    parts = [(part,) for parts in question.alternatives for part in parts]
    hold = [_holds(sentence, parts) for sentence in sentences]
    return [
        holds or (next_holds and introduces(sentence))
        for sentence, holds, next_holds in zip(sentences, hold, [*hold[1:], False], strict=True)
    ]


def _parse_question(values: dict[str, object], fold: int | None) -> BenchmarkQuestion:
    articles = _strings(values["article"] or values.get("about_article")) or ("",)
    position = values.get("paragraph_index")
    answerable = bool(values["answerable"])
    alternatives = values.get("must")
    return BenchmarkQuestion(
        text=str(values["question"]),
        answerable=answerable,
        articles=articles,
        paragraph=position + 1 if answerable and isinstance(position, int) else 0,
        answers=_strings(values.get("answer")),
        alternatives=tuple(map(_strings, alternatives)) if isinstance(alternatives, list) else (),
        fold=zlib.crc32(articles[0].encode()) % FOLD_COUNT if fold is None else fold,
    )


def _strings(value: object) -> tuple[str, ...]:
    """Return the strings of a value that is one string, a list of them, or null."""
    return tuple(map(str, value)) if isinstance(value, list) else (str(value),) * bool(value)


def _holds(text: str, alternatives: Iterable[tuple[str, ...]]) -> bool:
    """Tell whether ``text`` holds all strings of an alternative, with or without its markup."""
    forms = (" ".join(text.split()), _without_markup(text))
    return any(
        all(part in forms[0] or _without_markup(part) in forms[1] for part in parts)
        for parts in alternatives
    )


def _without_markup(text: str) -> str:
    """Remove code marks, emphasis, tags and link targets."""
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", text)).split())


def _paragraphs(text: str) -> Iterator[str]:
    """Split into blocks at blank lines, leaving out the title."""
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return iter(blocks[1:])


def _overlap(passage: str, paragraph: str) -> bool:
    """Tell whether a passage is a part of the paragraph, or has it with the line above it."""
    text = " ".join(passage.split())
    return text in paragraph or paragraph in text
