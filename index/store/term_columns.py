"""The terms of an article's passages as numbers, as they are written and read again."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice

import numpy as np
from numpy.typing import NDArray

from index.search.passage_terms import Heading, PassageTerms, SentenceTerms
from index.search.term_table import Ids
from index.text.tokenize import question_terms

# Counts of a passage's sentences and of its terms, its heading, its traits.
PASSAGE_COUNTS = ("sentences", "tokens", "names", "heading", "traits", "more_terms")
SENTENCE_COLUMNS = ("tokens", "names", "non_stop_terms", "traits", "words")

_Counts = NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class TitleTerms:
    """The terms of the titles above a passage: all for BM25, and the distinct content terms.

    The first ``article_terms`` of the latter are in the title of its article.
    """

    language: str
    all_terms: tuple[str, ...]
    content_terms: tuple[str, ...]
    article_terms: int

    @property
    def section_terms(self) -> tuple[str, ...]:
        """The content terms that are not in the title of the article."""
        return self.content_terms[self.article_terms :]


@dataclass(frozen=True, slots=True)
class IndexedTerms:
    """Terms of a passage that BM25 indexes, of its titles and its text, between spaces."""

    titles: str
    text: str


@dataclass(frozen=True, slots=True)
class TermColumns:
    """Terms of passages by their number in ``vocabulary``, which need not be sorted.

    ``passages`` has ``PASSAGE_COUNTS`` and ``sentences`` has ``SENTENCE_COLUMNS``. ``more_terms``
    are those of passages that have more text than their sentences: all terms, in order.
    """

    vocabulary: Sequence[str]
    passages: _Counts
    sentences: _Counts
    tokens: Ids
    names: Ids
    more_terms: Ids
    headings: tuple[TitleTerms, ...]

    def indexed(self, known_languages: Collection[str] = ()) -> Iterator[IndexedTerms]:
        """Yield the terms of each passage that BM25 indexes.

        ``known_languages`` are those of the encoder, empty for all. In another, only words tell
        that a passage is about its heading, so the text has the terms of the section's, too.
        """
        term = self.vocabulary.__getitem__
        tokens, more = (map(term, ids.tolist()) for ids in (self.tokens, self.more_terms))
        sentences = iter(self.sentences[:, [0, 4]].tolist())
        titles = [" ".join(heading.all_terms) for heading in self.headings]
        sections = [
            heading.section_terms
            if known_languages and heading.language not in known_languages
            else ()
            for heading in self.headings
        ]
        for count, _, _, heading, _, more_count in self.passages.tolist():
            words: list[str] = []
            identifiers: list[str] = []
            for token_count, word_count in islice(sentences, count):
                words += islice(tokens, word_count)
                identifiers += islice(tokens, token_count - word_count)
            own = islice(more, more_count) if more_count else words + identifiers
            yield IndexedTerms(titles[heading], " ".join(chain(own, sections[heading])))


class TermNumbers(dict[str, int]):
    """Numbers of terms in the order in which they are first looked up, and the terms by number."""

    def __init__(self) -> None:
        self.terms: list[str] = []

    def __missing__(self, term: str) -> int:
        number = self[term] = len(self.terms)
        self.terms.append(term)
        return number

    def of(self, terms: Sequence[str]) -> Ids:
        """Return the numbers of terms."""
        return np.array([self[term] for term in terms], np.uint32)


def term_columns(
    passages: Sequence[PassageTerms], numbers: TermNumbers | None = None
) -> TermColumns:
    """Return the columns of passages; articles with the same ``numbers`` share a vocabulary."""
    numbers = TermNumbers() if numbers is None else numbers
    headings: dict[Heading, int] = {}
    sentences = [each for passage in passages for each in passage.sentences]
    more = [_more_terms(passage) for passage in passages]
    rows = [
        (
            len(passage.sentences),
            sum(len(each.words) + len(each.identifiers) for each in passage.sentences),
            sum(len(each.names) for each in passage.sentences),
            headings.setdefault(passage.heading, len(headings)),
            passage.traits,
            len(own_more),
        )
        for passage, own_more in zip(passages, more, strict=True)
    ]
    return TermColumns(
        passages=_table(rows, PASSAGE_COUNTS),
        sentences=_table([*map(_sentence_row, sentences)], SENTENCE_COLUMNS),
        tokens=numbers.of([term for each in sentences for term in each.terms]),
        names=numbers.of([term for each in sentences for term in each.names]),
        more_terms=numbers.of([term for own_more in more for term in own_more]),
        headings=tuple(
            TitleTerms(
                each.language,
                tuple(chain.from_iterable(question_terms(each.text, each.language))),
                each.terms,
                each.article_terms,
            )
            for each in headings
        ),
        vocabulary=numbers.terms,
    )


def _table(rows: Sequence[tuple[int, ...]], columns: Sequence[str]) -> _Counts:
    return np.array(rows, np.uint32) if rows else np.zeros((0, len(columns)), np.uint32)


def _more_terms(passage: PassageTerms) -> list[str]:
    """Return the terms of a passage, unless they are those of its sentences."""
    words = [word for sentence in passage.sentences for word in sentence.words]
    identifiers = [each for sentence in passage.sentences for each in sentence.identifiers]
    return [] if passage.terms == words + identifiers else passage.terms


def _sentence_row(sentence: SentenceTerms) -> tuple[int, ...]:
    words, identifiers = len(sentence.words), len(sentence.identifiers)
    names, non_stop = len(sentence.names), sentence.non_stop_count
    return (words + identifiers, names, non_stop, sentence.traits, words)
