"""Terms read from disk equal those that were written, whatever the text."""

from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.search.passage_terms import PassageTerms, parse_passage
from index.search.term_table import SortedTokens, TermTable
from index.store.term_columns import term_columns
from index.store.term_file import TermFile
from index.store.term_writer import write_term_file
from tests.support.candidates import term_table_of

HARBOUR = ("The harbour of Norrland opened in 1901.", "It is called “Kelp”.", "Run this:")
MILL = ("Die Mühle steht am Fluß.",)


def passage(
    *sentences: str, heading: str = "A title", language: str = "en", title: str = ""
) -> PassageTerms:
    return parse_passage(" ".join(sentences), sentences, heading, language, title)


def write(folder: Path, *passages: PassageTerms) -> TermFile:
    write_term_file(folder, [term_columns([each]) for each in passages])
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
        "passage_traits", "heading_counts", "article_title_counts",
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


def test_terms_of_the_article_title_are_counted(tmp_path: Path) -> None:
    repairs = passage("One.", heading="Lock gates. Repairs of the gates", title="Lock gates")
    tides = passage("Two.", heading="The tides", title="The tides")
    stored = write(tmp_path, repairs, tides).read([0, 1])
    assert stored.heading_counts.tolist() == [3, 1]
    assert stored.article_title_counts.tolist() == [2, 1]
    (tmp_path / "again").mkdir()
    write_term_file(tmp_path / "again", [TermFile(tmp_path).columns(range(2))])
    assert TermFile(tmp_path / "again").read([0, 1]).article_title_counts.tolist() == [2, 1]


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
    assert SortedTokens(stored.read([0])).terms_with_prefix("har") == ["harbour", "hard"]
    assert SortedTokens(stored.read([0])).terms_with_prefix("q") == []


def test_columns_are_read_as_they_were_written(tmp_path: Path) -> None:
    fence = parse_passage("```sh\nuv add httpx\n```", ["uv add httpx"], "Code", "en")
    passages = [
        passage(*HARBOUR), fence, passage("Set UV_CACHE_DIR.", "It is FileResponse."),
        passage(*MILL, heading="Mühlen", language="de"),
    ]  # fmt: skip
    stored = write(tmp_path, *passages)
    expected = [each for own in passages for each in term_columns([own]).indexed()]
    assert [*stored.columns(range(4)).indexed()] == expected
    again = tmp_path / "again"
    again.mkdir()
    write_term_file(again, [stored.columns(range(2, 4)), stored.columns(range(2))])
    (tmp_path / "fresh").mkdir()
    write(tmp_path / "fresh", *passages[2:], *passages[:2])
    for path in again.iterdir():
        assert path.read_bytes() == (tmp_path / "fresh" / path.name).read_bytes(), path.name


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=3), min_size=1, max_size=4))
def test_any_text_can_be_written(tmp_path: Path, texts: list[list[str]]) -> None:
    passages = [passage(*sentences, heading=sentences[-1]) for sentences in texts]
    rows = list(range(len(passages)))
    assert_equal(write(tmp_path, *passages).read(rows), term_table_of(passages))


def test_languages_of_headings_are_kept(tmp_path: Path) -> None:
    passages = [passage("Haus", language=language) for language in ("sv", "de", "sv")]
    assert write(tmp_path, *passages).read([0, 1, 2]).languages == ("sv", "de", "sv")
    assert np.unique(TermFile(tmp_path).read([0, 1, 2]).headings).tolist() == [0, 1]
