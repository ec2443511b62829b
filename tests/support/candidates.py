"""Retrieved passages made of a few sentences, to test ranking without an index."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from index.search.candidates import Candidates
from index.search.passage_terms import parse_passage
from index.search.term_table import TermTable


@dataclass(frozen=True, slots=True)
class PassageExample:
    """A passage that was retrieved; all sentences have the cosine 0.5 unless they are given."""

    row: int
    sentences: tuple[str, ...]
    title: str = "A title"
    language: str = "en"
    paragraph: int = 1
    cosine: float = 0.5
    bm25: float = 5.0
    sentence_cosines: tuple[float, ...] = field(default=())

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
        """Return the title of a passage."""
        return self._passages[row].title


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
        is_first=np.array([passage.paragraph == 1 for passage in passages], np.bool_),
        terms=TermTable.of(
            [parse_passage(p.text, p.sentences, p.title, p.language) for p in passages]
        ),
        texts=ExampleTexts(passages),
    )
