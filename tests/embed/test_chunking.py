from hypothesis import given
from hypothesis import strategies as st

from index.embed.chunking import passage_chunks, passage_heading
from index.embed.encoder import EncoderSpec
from index.types import Article, ContextKind, ContextSlice, Metadata, Passage, Sentence

PREFIX = "Title. "


class CharacterEncoder:
    """An encoder with a token per character and two special tokens."""

    spec = EncoderSpec("characters", dim=2, max_tokens=40)

    def token_counts(self, texts: list[str]) -> list[int]:
        return [len(text) + 2 for text in texts]


def split(*sentences: str, title: str = "Title") -> list[str]:
    """Split a passage of these sentences into chunks."""
    text, spans = "", []
    for sentence in sentences:
        spans.append(Sentence(len(text), len(text) + len(sentence)))
        text += sentence + " "
    passage = Passage(0, spans[-1].end, 1, tuple(spans))
    article = Article("a.txt", text, Metadata(title), ())
    (chunks,) = passage_chunks(CharacterEncoder(), article, [passage])  # type: ignore[arg-type]
    return chunks


def test_short_passage_is_one_chunk_with_title() -> None:
    assert split("A sentence.", "Another.") == ["Title. A sentence. Another."]


def test_long_passage_is_split_between_sentences() -> None:
    first, second = "a" * 20 + ".", "b" * 20 + "."
    assert split(first, second) == [PREFIX + first, PREFIX + second]


def test_sentence_longer_than_limit_is_split_anywhere() -> None:
    assert "".join(chunk.removeprefix(PREFIX) for chunk in split("x" * 100)) == "x" * 100


def test_the_heading_joins_the_titles_above_a_passage() -> None:
    context = [
        ContextSlice(ContextKind.HEADING, 0, 9, "[Set](x) `up`"),
        ContextSlice(ContextKind.HEADING, 0, 9, "`Linux`"),
        ContextSlice(ContextKind.TITLE, 0, 9, "In `Docker`"),
        ContextSlice(ContextKind.INTRODUCTION, 0, 9, "Do this:"),
    ]
    assert passage_heading("Guide", "Linux", context) == "Guide. Linux. In Docker"


@given(st.lists(st.text("ab .", min_size=1, max_size=90), min_size=1, max_size=6))
def test_chunks_fit_and_lose_no_character(sentences: list[str]) -> None:
    chunks = split(*sentences)
    text = "".join(chunk.removeprefix(PREFIX) for chunk in chunks)
    assert text.replace(" ", "") == "".join(sentences).replace(" ", "")
    assert all(len(chunk) + 2 <= CharacterEncoder.spec.max_tokens for chunk in chunks)


def test_title_longer_than_half_the_limit_is_omitted() -> None:
    chunks = split("a" * 30 + ".", "b" * 30 + ".", title="T" * 30)
    assert chunks == ["a" * 30 + ".", "b" * 30 + "."]
    assert all(len(chunk) <= 38 for chunk in chunks)
