"""Question sets as candidates and features: what the fitting sees of each question."""

import json
import math
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.build.pipeline import build
from index.embed.encoder import Vectors
from index.filters import EVERYTHING, Scope
from index.search.features import Candidate, Features, extract
from index.search.term_matching import Idf
from index.searcher import Searcher
from index.store.corpus import CorpusFilter
from index.text.tokenize import content_terms, terms

Flags = NDArray[np.bool_]

FOLDS = 4
_SMALL = 16  # passages of a small corpus, about


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a set; ``paragraph`` counts from 1 and is 0 where there is no answer."""

    text: str
    article: str
    paragraph: int
    answers: tuple[str, ...]

    @property
    def fold(self) -> int:
        """Questions about one article are in one fold."""
        return zlib.crc32(self.article.encode()) % FOLDS


@dataclass(frozen=True, slots=True)
class Found:
    """Features of a question's candidates, which candidates are right, which sentences answer."""

    question: Question
    features: Features
    rows: tuple[int, ...]
    right: Flags
    answering: Flags


class Asked:
    """A question set and the index of its articles."""

    def __init__(self, name: str, questions: list[Question], searcher: Searcher) -> None:
        self.name = name
        self.questions = questions
        self.searcher = searcher

    @classmethod
    def open(cls, folder: Path, work: Path) -> "Asked":
        """Read ``questions.jsonl`` in ``folder`` and index its ``articles`` in ``work``."""
        index = work / folder.name
        build(folder / "articles", index)
        lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
        return cls(
            folder.name, [_question(json.loads(line)) for line in lines], Searcher.open(index)
        )

    @property
    def answerable(self) -> list[Question]:
        """Questions that their article answers."""
        return [question for question in self.questions if question.paragraph]

    @property
    def unanswerable(self) -> list[Question]:
        """Questions about an article that does not answer them."""
        return [question for question in self.questions if not question.paragraph]

    @property
    def language(self) -> str:
        """That of the articles."""
        (language,) = self.searcher.parts.corpus.languages
        return language

    @property
    def idf(self) -> Idf:
        """Rarity of a term in the whole index."""
        idf: Idf = self.searcher.parts.words.idf
        return idf

    @cached_property
    def gold(self) -> dict[tuple[str, int], str]:
        """Text of each paragraph of the files, by article and number."""
        return {
            (source.path, number): " ".join(text.split())
            for source in self.searcher.sources()
            for number, text in enumerate(_paragraphs(self.searcher.text(source.path)), 1)
        }

    def found(self, question: Question) -> Found:
        """What the search finds for an answerable question."""
        candidates = self.candidates(question)
        wanted = self.gold[question.article, question.paragraph]
        right = np.array([_same(candidate.text, wanted) for candidate in candidates], np.bool_)
        answering = [
            bool(is_right) and holds(sentence, question.answers)
            for candidate, is_right in zip(candidates, right, strict=True)
            for sentence in candidate.sentences
        ]
        rows = tuple(candidate.row for candidate in candidates)
        features = extract(question.text, candidates, self.idf)
        return Found(question, features, rows, right, np.array(answering, np.bool_))

    def features(self, question: Question, scope: Scope = EVERYTHING) -> Features:
        """Features of what the search finds in ``scope``."""
        return extract(question.text, self.candidates(question, scope), self.idf)

    def candidates(self, question: Question, scope: Scope = EVERYTHING) -> list[Candidate]:
        """What the search finds in ``scope``."""
        return self._candidates(question, self.searcher._inside(scope))

    def small(self, question: Question, *, there: bool) -> Features | None:
        """Features in a corpus of about 16 passages, with the question's article or without."""
        return self._small(question, self._some_rows(question, there=there))

    def lacking(self, question: Question) -> Features | None:
        """Features in such a corpus with its article, but without what holds an answer."""
        rows = self._some_rows(question, there=True)
        rest = [row for row in rows if not holds(self._text(row), question.answers)]
        return self._small(question, rest) if question.answers else None

    def _small(self, question: Question, rows: list[int]) -> Features | None:
        idf = rarity([self.terms(row) for row in rows])
        scale = self._idf_sum(question, idf) / (self._idf_sum(question, self.idf) or 1.0)
        corpus = self.searcher.parts.corpus
        articles = tuple(dict.fromkeys(corpus.passage(row).article for row in rows))
        found = self._candidates(question, corpus.inside(articles))
        scaled = [replace(one, bm25=one.bm25 * scale) for one in found if one.row in rows]
        return extract(question.text, scaled, idf) if scaled else None

    def _text(self, row: int) -> str:
        return self.searcher.parts.corpus.passage(row).passage.text

    def terms(self, row: int) -> frozenset[str]:
        """Distinct terms of a passage."""
        return self._terms(row)

    @cached_property
    def _terms(self) -> Callable[[int], frozenset[str]]:
        return lru_cache(maxsize=None)(lambda row: frozenset(terms(self._text(row), self.language)))

    def _idf_sum(self, question: Question, idf: Idf) -> float:
        return sum(map(idf, content_terms(question.text, self.language)))

    def _some_rows(self, question: Question, *, there: bool) -> list[int]:
        """The question's article first, or none of it; then others at random until it is enough."""
        corpus = self.searcher.parts.corpus
        own = corpus.number(question.article)
        others = np.random.default_rng(zlib.crc32(question.text.encode())).permutation(
            corpus.articles
        )
        rows = list(corpus.rows(own)) if there and own is not None else []
        for number in map(int, others):
            if len(rows) >= _SMALL:
                break
            if number != own:
                rows += corpus.rows(number)
        return rows

    def _candidates(self, question: Question, inside: CorpusFilter | None) -> list[Candidate]:
        return self.searcher._candidates(question.text, self._query(question.text), inside)

    @cached_property
    def _query(self) -> Callable[[str], Vectors]:
        return lru_cache(maxsize=None)(self.searcher.parts.encoder.encode_question)


def rarity(passages: list[frozenset[str]]) -> Idf:
    """BM25's idf over a few passages."""
    frequency = Counter(term for passage in passages for term in passage)
    total = len(passages)
    return lambda term: math.log1p((total - frequency[term] + 0.5) / (frequency[term] + 0.5))


def holds(sentence: str, answers: tuple[str, ...]) -> bool:
    """Whether ``sentence`` has an accepted answer."""
    return any(answer.casefold() in sentence.casefold() for answer in answers)


def _question(values: dict[str, object]) -> Question:
    position = values["paragraph_index"]
    answerable = bool(values["answerable"]) and isinstance(position, int)
    answers = values.get("answer")
    return Question(
        text=str(values["question"]),
        article=str(values["article"] or values.get("about_article")),
        paragraph=int(str(position)) + 1 if answerable else 0,
        answers=tuple(map(str, answers)) if isinstance(answers, list) else (),
    )


def _paragraphs(text: str) -> Iterator[str]:
    """Blocks between blank lines behind the title."""
    blocks = [block for block in re.split(r"\n\s*\n", text) if block.strip()]
    return iter(blocks[1:])


def _same(passage: str, paragraph: str) -> bool:
    return " ".join(passage.split()) in paragraph
