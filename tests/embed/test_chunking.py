import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from index.embed.chunking import passage_chunks
from index.embed.encoder import EncoderSpec
from index.types import Article, Metadata, Passage, Sentence


class LetterEncoder:
    """One character is one token, and two stand around a text."""

    spec = EncoderSpec("letters", 2, 40)

    def lengths(self, texts: list[str]) -> list[int]:
        return [len(text) + 2 for text in texts]


def passage(*sentences: str) -> tuple[Article, Passage]:
    text, spans = "", []
    for sentence in sentences:
        spans.append(Sentence(len(text), len(text) + len(sentence)))
        text += sentence + " "
    whole = Passage(0, spans[-1].end, 1, tuple(spans))
    return Article("a.txt", text, Metadata("Title"), ()), whole


def cut(*sentences: str) -> list[str]:
    article, whole = passage(*sentences)
    (found,) = passage_chunks(LetterEncoder(), article, [whole])  # type: ignore[arg-type]
    return found


def test_a_short_passage_is_one_window_with_its_title() -> None:
    assert cut("A sentence.", "Another.") == ["Title. A sentence. Another."]


def test_a_long_passage_is_cut_between_sentences() -> None:
    first, second = "a" * 20 + ".", "b" * 20 + "."
    assert cut(first, second) == ["Title. " + first, "Title. " + second]


def test_a_sentence_longer_than_the_window_is_cut_anywhere() -> None:
    found = cut("x" * 100)
    assert "".join(window.removeprefix("Title. ") for window in found) == "x" * 100


@given(st.lists(st.text("ab .", min_size=1, max_size=90), min_size=1, max_size=6))
def test_no_character_is_lost_and_every_window_fits(sentences: list[str]) -> None:
    found = cut(*sentences)
    said = "".join(window.removeprefix("Title. ") for window in found)
    assert said.replace(" ", "") == "".join(sentences).replace(" ", "")
    assert all(len(window) + 2 <= LetterEncoder.spec.window for window in found)


def test_a_title_longer_than_half_the_window_is_left_out() -> None:
    article, whole = passage("a" * 30 + ".", "b" * 30 + ".")
    titled = Article("a.txt", article.text, Metadata("T" * 30), ())
    (found,) = passage_chunks(LetterEncoder(), titled, [whole])  # type: ignore[arg-type]
    assert found == ["a" * 30 + ".", "b" * 30 + "."]
    assert np.all([len(window) <= 38 for window in found])
