"""Retrieved passages made of a few sentences, to test ranking without an index."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index.search.candidates import Candidates
from index.search.passage_terms import PassageTerms, parse_passage
from index.search.term_table import TermTable, Vocabulary


@dataclass(frozen=True, slots=True)
class PassageExample:
    """A passage that was retrieved; all sentences have the cosine 0.5 unless they are given."""

    row: int
    sentences: tuple[str, ...]
    title: str = "A title"
    section: str = ""
    language: str = "en"
    paragraph: int = 1
    article: int = 0
    cosine: float = 0.5
    bm25: float = 5.0
    sentence_cosines: tuple[float, ...] = field(default=())

    @property
    def heading(self) -> str:
        """The title, and the section behind it."""
        return ". ".join(filter(None, [self.title, self.section]))

    @property
    def text(self) -> str:
        """The sentences with a space between them."""
        return " ".join(self.sentences)


class ExampleTexts:
    """Texts of examples, by row."""

    def __init__(self, passages: Sequence[PassageExample]) -> None:
        self._passages = {passage.row: passage for passage in passages}

    def passage_text(self, row: int) -> str:
        """Return the text of a passage."""
        return self._passages[row].text

    def sentence_texts(self, row: int) -> Sequence[str]:
        """Return the sentences of a passage."""
        return self._passages[row].sentences

    def heading(self, row: int) -> str:
        """Return the titles above a passage."""
        return self._passages[row].heading


def candidates_of(examples: Sequence[PassageExample]) -> Candidates:
    """Return the examples as ranking reads them from an index."""
    passages = sorted(examples, key=lambda passage: passage.row)
    cosines = [each.sentence_cosines or (0.5,) * len(each.sentences) for each in passages]
    return Candidates(
        rows=[passage.row for passage in passages],
        cosines=np.array([passage.cosine for passage in passages], np.float64),
        bm25=np.array([passage.bm25 for passage in passages], np.float64),
        sentence_cosines=np.array([c for own in cosines for c in own], np.float32),
        lengths=np.array([len(passage.text) for passage in passages], np.int64),
        paragraphs=np.array([passage.paragraph for passage in passages], np.int64),
        articles=np.array([passage.article for passage in passages], np.int64),
        terms=term_table_of(
            [parse_passage(p.text, p.sentences, p.heading, p.language, p.title) for p in passages]
        ),
        texts=ExampleTexts(passages),
    )


def term_table_of(passages: Sequence[PassageTerms]) -> TermTable:
    """Make a table with a vocabulary of its own."""
    sentences = [sentence for passage in passages for sentence in passage.sentences]
    headings = list(dict.fromkeys(passage.heading for passage in passages))
    tokens = [term for sentence in sentences for term in sentence.terms]
    names = [term for sentence in sentences for term in sentence.names]
    heading_terms = [term for passage in passages for term in passage.heading.terms]
    distinct = sorted({*tokens, *names, *heading_terms})
    ids = {term: number for number, term in enumerate(distinct)}
    return TermTable(
        vocabulary=Vocabulary(distinct),
        tokens=np.array([ids[term] for term in tokens], np.uint32),
        token_counts=np.array([len(each.terms) for each in sentences], np.uint32),
        non_stop_counts=np.array([each.non_stop_count for each in sentences], np.uint32),
        traits=np.array([each.traits for each in sentences], np.uint32),
        names=np.array([ids[term] for term in names], np.uint32),
        name_counts=np.array([len(each.names) for each in sentences], np.uint32),
        sentence_counts=np.array([len(each.sentences) for each in passages], np.int64),
        passage_traits=np.array([each.traits for each in passages], np.uint8),
        headings=np.array([headings.index(each.heading) for each in passages], np.int64),
        heading_terms=np.array([ids[term] for term in heading_terms], np.uint32),
        heading_counts=np.array([len(each.heading.terms) for each in passages], np.int64),
        article_title_counts=np.array([each.heading.article_terms for each in passages], np.int64),
        languages=tuple(each.heading.language for each in passages),
    )
