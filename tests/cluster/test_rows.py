import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.cluster.rows import (
    PassageRow,
    article_version,
    chunk_id,
    date_key,
    filter_key,
    pack,
    pack_counts,
    row_id,
    unpack,
    unpack_counts,
)
from index.errors import SnapshotDamaged
from index.search.passage_terms import parse_passage
from index.types import Article, Block, ContextKind, ContextSlice, Metadata, Sentence

_VERSION = bytes(range(16))
_TEXT = "Zürich \ud800 opened \x00 in 1914. It has 3 rooms."


def _row(text: str = _TEXT) -> PassageRow:
    split = text.find(".") + 1 or len(text)
    cut = (Sentence(7, 7 + split), Sentence(7 + split, 7 + len(text), 1))
    parts = [text[:split], text[split:]]
    return PassageRow(
        row=row_id(_VERSION, 3),
        version=_VERSION,
        paragraph=3,
        start=7,
        end=7 + len(text),
        text=text,
        section="Hi\udfff",
        anchor=None,
        page=4,
        sentences=cut,
        context=(ContextSlice(ContextKind.HEADING, 1, 3, "A\ud900"),),
        origin=Metadata("Entry", url="https://example.org"),
        terms=parse_passage(text, parts, "The \ud801 title. Hi", "en", "The \ud801 title"),
        chunks=np.ones((1, 4), np.float16),
        vectors=np.eye(2, 4, dtype=np.float16),
    )


def _same(one: PassageRow, other: PassageRow) -> bool:
    names = [field.name for field in dataclasses.fields(PassageRow)]
    return all(
        np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b
        for a, b in ((getattr(one, name), getattr(other, name)) for name in names)
    )


@given(st.text(st.characters(), min_size=1))
def test_a_row_is_unpacked_as_it_was_packed(text: str) -> None:
    assert _same(unpack(pack(_row(text))), _row(text))


def test_a_paragraph_of_a_megabyte_is_kept() -> None:
    row = _row("A long story. " * 80_000)
    assert _same(unpack(pack(row)), row)


@pytest.mark.parametrize("column", ["place", "text", "vectors"])
def test_a_changed_column_is_noticed(column: str) -> None:
    packed = pack(_row())
    value = bytearray(getattr(packed, column))
    value[5] ^= 1
    changed: dict[str, Any] = {column: bytes(value)}
    with pytest.raises(SnapshotDamaged, match="has changed in PostgreSQL"):
        unpack(dataclasses.replace(packed, **changed))


def test_a_row_of_another_passage_is_noticed() -> None:
    with pytest.raises(SnapshotDamaged):
        unpack(dataclasses.replace(pack(_row()), paragraph=4))


def test_text_moved_between_columns_is_noticed() -> None:
    packed = pack(_row())
    moved = dataclasses.replace(packed, place=packed.place + packed.text[:1], text=packed.text[1:])
    with pytest.raises(SnapshotDamaged):
        unpack(moved)


def test_a_version_depends_on_all_that_is_built() -> None:
    article = Article("a.txt", "Text\ud800.", Metadata("A"), (Block(0, 6),))
    others = [
        dataclasses.replace(article, path="b.txt"),
        dataclasses.replace(article, text="Text!"),
        dataclasses.replace(article, metadata=Metadata("B")),
        dataclasses.replace(article, blocks=(Block(0, 5),)),
        dataclasses.replace(article, heading=Block(0, 6)),
    ]
    versions = {article_version(each, "encoder") for each in (article, *others)}
    assert len(versions | {article_version(article, "other encoder")}) == 7
    assert article_version(article, "encoder") in versions


def test_keys_are_positive_and_distinct() -> None:
    keys = {row_id(_VERSION, n) for n in range(1, 1000)}
    keys |= {chunk_id(1, n) for n in range(300)}
    keys |= {filter_key(name) for name in ("news", "News", "\ud800", "a' or 1 == 1")}
    assert len(keys) == 999 + 300 + 4
    assert min(keys) > 0
    assert max(keys) < 2**63
    assert filter_key("") == 0


def test_dates_become_numbers_that_sort_alike() -> None:
    dates = ["2019", "2019-12-31", "2020", "2020-02", "2020-02-01"]
    assert [date_key(date) for date in dates] == [
        20190000, 20191231, 20200000, 20200200, 20200201,
    ]  # fmt: skip
    assert date_key(None) == date_key("soon") == 0


def test_terms_are_counted_once_a_passage() -> None:
    passages = [parse_passage(t, [t], "Bridges", "en") for t in ("River, river.", "A bridge.")]
    counts = unpack_counts(pack_counts(passages))
    assert counts["river"] == [1, 0]
    assert counts["bridg"] == [1, 2]
