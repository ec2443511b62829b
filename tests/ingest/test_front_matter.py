import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.front_matter import parse_front_matter

ALL_KEYS = """---
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
    return text[parse_front_matter(text)[1] :]


def test_reads_known_keys_and_ignores_others() -> None:
    assert parse_front_matter(ALL_KEYS)[0] == ParsedMetadata(
        title="Storm hits: the coast",
        publisher="The Daily Sea",
        author="Jane Doe, John Roe",
        published="2024-03-01",
        url="https://example.org/storm?id=1",
        language="en",
    )


def test_body_starts_after_the_closing_fence() -> None:
    assert body_of(ALL_KEYS) == "\nIt rained.\n"
    assert body_of(ALL_KEYS.replace("\n", "\r\n")) == "\r\nIt rained.\r\n"
    assert body_of(ALL_KEYS.replace("\n", "\r")) == "\rIt rained.\r"


@pytest.mark.parametrize(
    ("text", "published"),
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
def test_unambiguous_dates_become_iso(text: str, published: str) -> None:
    assert parse_front_matter(f"---\npublished: {text}\n---\n")[0].published == published


@pytest.mark.parametrize("title", ["1984", "No", "1:20", "0x10", "2024-03-01", "1e3"])
def test_titles_stay_text(title: str) -> None:
    assert parse_front_matter(f"---\ntitle: {title}\n---\n")[0].title == title


def test_reads_keys_of_site_generators() -> None:
    text = (
        "---\ndate: 2024-03-01\nlink: https://a.example\nlang: de-AT\nurl: https://b.example\n---\n"
    )
    expected = ParsedMetadata(published="2024-03-01", url="https://b.example", language="de")
    assert parse_front_matter(text)[0] == expected


def test_values_are_joined_into_one_line() -> None:
    text = '---\ntitle: >\n  One\n  two\nauthor: "A\\nB\\tC"\n---\n'
    assert parse_front_matter(text)[0] == ParsedMetadata(title="One two", author="A B C")


@pytest.mark.parametrize("empty", ["", "~", "null", '""', "[]"])
def test_empty_values_are_not_set(empty: str) -> None:
    assert parse_front_matter(f"---\ntitle: T\nauthor: {empty}\n---\n")[0] == ParsedMetadata(
        title="T"
    )


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
    assert parse_front_matter(text) == (ParsedMetadata(), 0)


def test_empty_front_matter_has_no_metadata() -> None:
    assert parse_front_matter("---\n---\nText.") == (ParsedMetadata(), 7)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("title: a\nauthor: [x\n", "invalid front matter on line 4"),
        ("title: a\nb: c: d\n", "invalid front matter on line 3"),
        ("title: 'a\n", "invalid front matter on line"),
        ("title: a\n\tauthor: b\n", "invalid front matter on line 3"),
        ("title: [a, b]\n", "title is a list; expected one line of text"),
        ("publisher: {a: b}\n", "publisher is a mapping"),
        ("author: [{name: x}]\n", "author is a mapping"),
        ("published: 2024-13-45\n", "published is '2024-13-45', which is not a calendar date"),
        ("url: javascript:alert(1)\n", "url is 'javascript:alert(1)'; expected an http"),
        ("url: ftp://example.org\n", "url is 'ftp://example.org'; expected an http"),
        ("url: https://\n", "url is 'https://'; expected an http"),
        ("url: 'http://[::1'\n", "expected an http"),
        ("language: English, mostly\n", "language is 'English, mostly'; expected a code"),
        ("title: " + "x" * 600 + "\n", "title has 600 characters; the limit is 500"),
        ("title: *bold\n", "undefined alias 'bold'"),
        ("a: &a [x]\ntitle: *a\n", "title is a list"),
        ("a: &a [*a]\nb: *a\n", "recursive"),
        ("a: " + "[" * 9_000 + "]" * 9_000 + "\n", "recursion depth"),
    ],
)
def test_error_names_problem_and_line(source: str, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        parse_front_matter(f"---\n{source}---\nText.\n")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rejects_unclosed_front_matter() -> None:
    with pytest.raises(ReadError, match="that opens on line 1 is never closed"):
        parse_front_matter("---\ntitle: x\n\nText.\n")
    with pytest.raises(ReadError, match="that opens on line 1 is never closed"):
        parse_front_matter("---\ntitle: x\n" + "more: y\n" * 5_000 + "---\n")


def test_alias_bomb_is_not_expanded() -> None:
    laughs = "a0: &a0 [ha]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 99)
    )
    assert parse_front_matter(f"---\n{laughs}title: x\n---\n")[0] == ParsedMetadata(title="x")
    with pytest.raises(ReadError, match="author is a list"):
        parse_front_matter(f"---\n{laughs}author: *a98\n---\n")


YAML = st.text(alphabet=st.sampled_from("abt:itle url-[]{}&*!|>'\"#%@`\n\t 09.\x00é\u2028"))


@given(st.one_of(YAML, st.text()))
def test_any_front_matter_is_read_or_rejected(source: str) -> None:
    text = f"---\ntitle: x\n{source}\n---\nText."
    with contextlib.suppress(ReadError):
        metadata, body = parse_front_matter(text)
        assert 0 <= body <= len(text)
        assert metadata.title is None or "\n" not in metadata.title
