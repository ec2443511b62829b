import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.front_matter import front_matter

WHOLE = """---
title: "Storm hits: the coast"
publisher: The Daily Sea
author: [Jane Doe, John Roe]
published: 2024-03-01
url: https://example.org/storm?id=1
language: en-GB
tags: [weather]
---
It rained.
"""


def body_of(text: str) -> str:
    return text[front_matter(text)[1] :]


def test_every_key_is_read_and_the_rest_is_left_alone() -> None:
    assert front_matter(WHOLE)[0] == ParsedMetadata(
        title="Storm hits: the coast",
        publisher="The Daily Sea",
        author="Jane Doe, John Roe",
        published="2024-03-01",
        url="https://example.org/storm?id=1",
        language="en",
    )


def test_the_body_starts_behind_the_closing_line() -> None:
    assert body_of(WHOLE) == "\nIt rained.\n"
    assert body_of(WHOLE.replace("\n", "\r\n")) == "\r\nIt rained.\r\n"
    assert body_of(WHOLE.replace("\n", "\r")) == "\rIt rained.\r"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2024-03-01T18:30:00Z", "2024-03-01"),
        ("2024-03-01 18:30:00 +01:00", "2024-03-01"),
        ("1 March 2024", "2024-03-01"),
        ("March 1st, 2024", "2024-03-01"),
        ("Fri, 01 Mar 2024 18:30:00 GMT", "2024-03-01"),
        ("2024年3月1日", "2024-03-01"),
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("Spring 2024", "Spring 2024"),
        ("03/04/2024", "03/04/2024"),
    ],
)
def test_dates_become_iso_where_they_are_clear(written: str, read: str) -> None:
    assert front_matter(f"---\npublished: {written}\n---\n")[0].published == read


@pytest.mark.parametrize("title", ["1984", "No", "1:20", "0x10", "2024-03-01", "1e3"])
def test_a_title_stays_the_text_that_was_written(title: str) -> None:
    assert front_matter(f"---\ntitle: {title}\n---\n")[0].title == title


def test_keys_as_site_generators_write_them() -> None:
    text = (
        "---\ndate: 2024-03-01\nlink: https://a.example\nlang: de-AT\nurl: https://b.example\n---\n"
    )
    said = ParsedMetadata(published="2024-03-01", url="https://b.example", language="de")
    assert front_matter(text)[0] == said


def test_a_title_over_two_lines_is_one_line() -> None:
    text = '---\ntitle: >\n  One\n  two\nauthor: "A\\nB\\tC"\n---\n'
    assert front_matter(text)[0] == ParsedMetadata(title="One two", author="A B C")


@pytest.mark.parametrize("nothing", ["", "~", "null", '""', "[]"])
def test_an_empty_value_says_nothing(nothing: str) -> None:
    assert front_matter(f"---\ntitle: T\nauthor: {nothing}\n---\n")[0] == ParsedMetadata(title="T")


@pytest.mark.parametrize(
    "text",
    [
        "No front matter.",
        "--- a dash\ntitle: x\n---\n",
        " ---\ntitle: x\n---\n",
        "---\n\nOnce upon a time\n\n---\n",
        "---\nA rule over prose.",
        "---",
        "",
        "\n---\ntitle: x\n---\n",
    ],
)
def test_text_without_front_matter_is_all_body(text: str) -> None:
    assert front_matter(text) == (ParsedMetadata(), 0)


def test_empty_front_matter_says_nothing() -> None:
    assert front_matter("---\n---\nText.") == (ParsedMetadata(), 7)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("title: a\nauthor: [x\n", "broken front matter on line 4"),
        ("title: a\nb: c: d\n", "broken front matter on line 3"),
        ("title: 'a\n", "broken front matter on line"),
        ("title: a\n\tauthor: b\n", "broken front matter on line 3"),
        ("title: [a, b]\n", "title is a list, wanted one line of text"),
        ("publisher: {a: b}\n", "publisher is a mapping"),
        ("author: [{name: x}]\n", "author is a mapping"),
        ("published: 2024-13-45\n", "published is '2024-13-45', and there is no such day"),
        ("url: javascript:alert(1)\n", "url is 'javascript:alert(1)', wanted an http"),
        ("url: ftp://example.org\n", "url is 'ftp://example.org', wanted an http"),
        ("url: https://\n", "url is 'https://', wanted an http"),
        ("url: 'http://[::1'\n", "wanted an http"),
        ("language: English, mostly\n", "language is 'English, mostly', wanted a code"),
        ("title: " + "x" * 600 + "\n", "title has 600 characters, wanted 500 at most"),
        ("a: &a [x]\nb: *a\n", "an alias (*a) on line 3"),
        ("a: " + "[" * 30 + "]" * 30 + "\n", "nested over 8 deep on line 2"),
    ],
)
def test_broken_front_matter_names_what_and_where(source: str, found: str) -> None:
    with pytest.raises(ReadError) as refused:
        front_matter(f"---\n{source}---\nText.\n")
    assert found in str(refused.value)
    assert "\n" not in str(refused.value)


def test_front_matter_that_never_ends_is_refused() -> None:
    with pytest.raises(ReadError, match="opens on line 1 and is never closed"):
        front_matter("---\ntitle: x\n\nText.\n")
    with pytest.raises(ReadError, match="opens on line 1 and is never closed"):
        front_matter("---\ntitle: x\n" + "more: y\n" * 5_000 + "---\n")


def test_a_thousand_laughs_are_refused_at_the_first() -> None:
    laughs = "a: &a [ha, ha]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(100))
    with pytest.raises(ReadError, match="alias"):
        front_matter(f"---\n{laughs}---\n")


YAML = st.text(alphabet=st.sampled_from("abt:itle url-[]{}&*!|>'\"#%@`\n\t 09.\x00é\u2028"))


@given(st.one_of(YAML, st.text()))
def test_any_front_matter_is_read_or_refused(source: str) -> None:
    text = f"---\ntitle: x\n{source}\n---\nText."
    with contextlib.suppress(ReadError):
        found, body = front_matter(text)
        assert 0 <= body <= len(text)
        assert found.title is None or "\n" not in found.title
