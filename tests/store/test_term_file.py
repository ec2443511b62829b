"""Terms read from disk equal those that were written, whatever the text."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.search.passage_terms import PassageTerms, parse_passage
from index.search.term_table import TermTable
from index.store import term_writer
from index.store.term_file import TermFile
from index.store.term_writer import TermWriter
from tests.support.candidates import term_table_of

HARBOUR = ("The harbour of Norrland opened in 1901.", "It is called “Kelp”.", "Run this:")
MILL = ("Die Mühle steht am Fluß.",)


def passage(*sentences: str, heading: str = "A title", language: str = "en") -> PassageTerms:
    return parse_passage(" ".join(sentences), sentences, heading, language)


def write(folder: Path, *passages: PassageTerms) -> TermFile:
    with TermWriter(folder) as writer:
        for each in passages:
            writer.add(each)
    return TermFile(folder)


def words(table: TermTable) -> list[str]:
    return [table.vocabulary.term(number) for number in table.tokens.tolist()]


def assert_equal(stored: TermTable, expected: TermTable) -> None:
    assert words(stored) == words(expected)
    for numbers in ("names", "heading_terms"):
        terms = [
            [table.vocabulary.term(number) for number in getattr(table, numbers).tolist()]
            for table in (stored, expected)
        ]
        assert terms[0] == terms[1]
    for name in (
        "token_counts", "name_counts", "non_stop_counts", "traits", "sentence_counts",
        "passage_traits", "heading_counts",
    ):  # fmt: skip
        assert getattr(stored, name).tolist() == getattr(expected, name).tolist(), name
    assert stored.languages == expected.languages


def test_passages_are_read_in_any_order(tmp_path: Path) -> None:
    first = passage(*HARBOUR, heading="Harbours")
    second = passage(*MILL, heading="Mühlen", language="de")
    stored = write(tmp_path, first, second)
    assert (len(stored), stored.sentence_count) == (2, 4)
    assert_equal(stored.read([1, 0]), term_table_of([second, first]))
    assert_equal(stored.read([]), term_table_of([]))


def test_passages_with_one_heading_share_its_number(tmp_path: Path) -> None:
    stored = write(tmp_path, passage("One."), passage("Two."), passage("Three.", heading="Other"))
    assert stored.read([0, 1, 2]).headings.tolist() == [0, 0, 1]


def test_the_vocabulary_finds_terms_and_prefixes(tmp_path: Path) -> None:
    stored = write(tmp_path, passage("harbour harbours hard zebra"))
    vocabulary = stored.vocabulary
    number = vocabulary.id_of("zebra")
    assert number is not None
    assert vocabulary.term(number) == "zebra"
    assert vocabulary.id_of("zebras") is vocabulary.id_of("") is None
    assert stored.read([0]).terms_with_prefix("har") == ["harbour", "hard"]
    assert stored.read([0]).terms_with_prefix("q") == []


def test_ids_are_replaced_block_by_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(term_writer, "_RENUMBERED_IDS", 3)
    passages = [passage(*HARBOUR), passage("zebra yak xenon wolf vole")]
    assert_equal(write(tmp_path, *passages).read([0, 1]), term_table_of(passages))


def test_sentences_are_read_as_they_were_parsed(tmp_path: Path) -> None:
    fence = parse_passage("```sh\nuv add httpx\n```", ["uv add httpx"], "Code", "en")
    passages = [passage(*HARBOUR), fence, passage("Set UV_CACHE_DIR.", "It is FileResponse.")]
    stored = write(tmp_path, *passages)
    assert stored.read_sentences(range(3)) == [
        passages[0].sentences, None, passages[2].sentences,
    ]  # fmt: skip
    assert stored.read_sentences(range(2, 3)) == [passages[2].sentences]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_text_can_be_written(tmp_path: Path, texts: list[list[str]]) -> None:
    passages = [passage(*sentences, heading=sentences[-1]) for sentences in texts]
    rows = list(range(len(passages)))
    assert_equal(write(tmp_path, *passages).read(rows), term_table_of(passages))


def test_an_interrupted_writer_leaves_no_complete_file(tmp_path: Path) -> None:
    writer = TermWriter(tmp_path)
    writer.add(passage("One."))
    writer.__exit__(KeyboardInterrupt, None, None)
    with pytest.raises(OSError, match="No such file"):
        TermFile(tmp_path)


def test_languages_of_headings_are_kept(tmp_path: Path) -> None:
    passages = [passage("Haus", language=language) for language in ("sv", "de", "sv")]
    assert write(tmp_path, *passages).read([0, 1, 2]).languages == ("sv", "de", "sv")
    assert np.unique(TermFile(tmp_path).read([0, 1, 2]).headings).tolist() == [0, 1]
