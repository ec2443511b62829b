import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.metadata.front_matter import FrontMatter, parse_front_matter

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
    return text[parse_front_matter(text).body :]


def test_reads_known_keys_and_ignores_others() -> None:
    assert parse_front_matter(ALL_KEYS).metadata == ParsedMetadata(
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
        ("1709251200", "2024-03-01"),
        ("1709251200000", "2024-03-01"),
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("Spring 2024", "Spring 2024"),
        ("03/04/2024", "03/04/2024"),
    ],
)
def test_unambiguous_dates_become_iso(text: str, published: str) -> None:
    assert parse_front_matter(f"---\npublished: {text}\n---\n").metadata.published == published


@pytest.mark.parametrize("title", ["1984", "No", "1:20", "0x10", "2024-03-01", "1e3"])
def test_titles_stay_text(title: str) -> None:
    assert parse_front_matter(f"---\ntitle: {title}\n---\n").metadata.title == title


def test_reads_keys_of_site_generators() -> None:
    text = (
        "---\ndate: 2024-03-01\nlink: https://a.example\nlang: de-AT\nurl: https://b.example\n---\n"
    )
    expected = ParsedMetadata(published="2024-03-01", url="https://b.example", language="de")
    assert parse_front_matter(text).metadata == expected


def test_values_are_joined_into_one_line() -> None:
    text = '---\ntitle: >\n  One\n  two\nauthor: "A\\nB\\tC"\n---\n'
    assert parse_front_matter(text).metadata == ParsedMetadata(title="One two", author="A B C")


@pytest.mark.parametrize("empty", ["", "~", "null", '""', "[]"])
def test_empty_values_are_not_set(empty: str) -> None:
    assert parse_front_matter(f"---\ntitle: T\nauthor: {empty}\n---\n").metadata == ParsedMetadata(
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
        "A line.\n---\ntitle: x\n---\n",
    ],
)
def test_text_without_front_matter_is_all_body(text: str) -> None:
    assert parse_front_matter(text) == FrontMatter()


def test_empty_front_matter_has_no_metadata() -> None:
    assert parse_front_matter("---\n---\nText.") == FrontMatter(body=7)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("title: T\nauthor: [x\n", "not valid YAML on line 4"),
        ("title: T\nb: c: d\n", "not valid YAML on line 3"),
        ("title: T\nb: 'a\n", "not valid YAML on line"),
        ("title: T\n\tauthor: b\n", "not valid YAML on line 3"),
        ("title: T\nb: *bold\n", "undefined alias 'bold'"),
        ("title: T\na: &a [*a]\nb: *a\n", "recursive"),
        ("title: T\na: " + "[" * 500 + "]" * 500 + "\n", "recursion depth"),
        ("title: T\npublished: 2024-13-45\n", "published is '2024-13-45', which is not a calend"),
        ("title: T\nurl: javascript:alert(1)\n", "url is 'javascript:alert(1)'; expected an http"),
        ("title: T\nurl: ftp://example.org\n", "url is 'ftp://example.org'; expected an http"),
        ("title: T\nurl: https://\n", "url is 'https://'; expected an http"),
        ("title: T\nurl: 'http://[::1'\n", "expected an http"),
        ("title: T\ndate: soon\n", "date is 'soon', which is not a calendar date"),
        ("title: T\nurl: /visit/garden/\n", "url is '/visit/garden/'; expected an http"),
        ("title: T\nlanguage: English, mostly\n", "language is 'English, mostly'; expected a code"),
        ("title: T\npublisher: " + "x" * 600 + "\n", "publisher has 600 characters; the limit"),
        ("title: T\ndraft: true\n", "marked as a draft"),
    ],
)
def test_unusable_value_is_passed_over_with_a_note(source: str, note: str) -> None:
    front_matter = parse_front_matter(f"---\n{source}---\nText.\n")
    assert front_matter.metadata == ParsedMetadata(title="T")
    assert note in front_matter.notes[0]
    assert "\n" not in front_matter.notes[0]
    assert body_of(f"---\n{source}---\nText.\n") == "\nText.\n"


@pytest.mark.parametrize("title", ["[a, b]", "{a: b}", "{{ page.title }}"])
def test_title_that_is_not_a_text_is_passed_over(title: str) -> None:
    front_matter = parse_front_matter(f"---\ntitle: {title}\nlang: en\n---\n")
    assert front_matter.metadata == ParsedMetadata(language="en")
    assert "front matter: " in front_matter.notes[0]


def test_broken_yaml_is_read_line_by_line() -> None:
    front_matter = parse_front_matter(
        "---\ntitle: The garden: a guide\nauthor: [Ada Reed, 'Tom Low']\ntags: [park\n---\nText."
    )
    assert front_matter.metadata == ParsedMetadata(
        title="The garden: a guide", author="Ada Reed, Tom Low"
    )
    assert front_matter.notes == (
        "front matter: not valid YAML on line 2 (mapping values are not allowed here); "
        "it was read line by line",
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("date: {created: 2024-05-02, updated: 2024-06}", ParsedMetadata(published="2024-05-02")),
        ("date: [[2024-05-02]]", ParsedMetadata(published="2024-05-02")),
        ("created: 2024-05-02T10:00", ParsedMetadata(published="2024-05-02")),
        ("pubDate: 'Jul 08 2022'\nupdatedDate: 2024-01-01", ParsedMetadata(published="2022-07-08")),
        ("lastmod: 2024-06-01\ndate: 2024-05-02", ParsedMetadata(published="2024-05-02")),
        ("last_update: {date: 5/6/2024, author: Jo}", ParsedMetadata(published="5/6/2024")),
        ("date created: 2024-05-02", ParsedMetadata(published="2024-05-02")),
        ("authors:\n- name: Ada Reed\n  url: https://a.example", ParsedMetadata(author="Ada Reed")),
        ("authors: {ada: {name: Ada Reed}, tom: {name: Tom Low}}",
         ParsedMetadata(author="Ada Reed, Tom Low")),
        ("author: {name: Ada Reed}", ParsedMetadata(author="Ada Reed")),
        ("by: Ada Reed", ParsedMetadata(author="Ada Reed")),
        ("author: '[[Ada Reed]]'", ParsedMetadata(author="Ada Reed")),
        ("author: admin\nauthors: [Ada Reed]", ParsedMetadata(author="Ada Reed")),
        ("language: English", ParsedMetadata(language="en")),
        ("language: Deutsch", ParsedMetadata(language="de")),
        ("lang: en-us", ParsedMetadata(language="en")),
        ("canonical: https://a.example/x", ParsedMetadata(url="https://a.example/x")),
        ("source: '[Page](https://a.example/x)'", ParsedMetadata(url="https://a.example/x")),
        ("permalink: /x/\nslug: x", ParsedMetadata()),
        ("params: {author: Ada Reed}", ParsedMetadata(author="Ada Reed")),
    ],
)  # fmt: skip
def test_conventions_of_site_generators(source: str, expected: ParsedMetadata) -> None:
    assert parse_front_matter(f"---\n{source}\n---\nText.") == FrontMatter(
        expected, len(source) + 8
    )


TOML = """+++
title = "The garden"
date = 2024-05-02T09:30:00Z
authors = ["Ada Reed"]
draft = false
[params]
canonical = "https://a.example/garden"
+++

It opens at eight.
"""


def test_toml_front_matter_of_hugo() -> None:
    front_matter = parse_front_matter(TOML)
    assert front_matter.metadata == ParsedMetadata(
        title="The garden",
        author="Ada Reed",
        published="2024-05-02",
        url="https://a.example/garden",
    )
    assert front_matter.notes == ()
    assert body_of(TOML) == "\n\nIt opens at eight.\n"
    assert parse_front_matter(TOML.replace("\n", "\r\n")).metadata == front_matter.metadata


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "% The garden\n  in winter\n% Ada Reed; Ben Roe\n% 2024-05-02\n\nIt opens.\n",
            ParsedMetadata(
                title="The garden in winter", author="Ada Reed, Ben Roe", published="2024-05-02"
            ),
        ),
        (
            "% The garden\n% Ada Reed\n  Ben Roe\n\nIt opens.\n",
            ParsedMetadata(title="The garden", author="Ada Reed, Ben Roe"),
        ),
        ("% The garden\n%\n% 2024-05-02\n\nIt opens.\n",
         ParsedMetadata(title="The garden", published="2024-05-02")),
    ],
)  # fmt: skip
def test_title_block_of_pandoc(text: str, expected: ParsedMetadata) -> None:
    assert parse_front_matter(text).metadata == expected
    assert body_of(text).strip() == "It opens."


@pytest.mark.parametrize(
    "text", ["% a\n% b\n% c\n% d\n\nText.\n", "%\n% b\n", "% of all\nwere late.\n", "% of all\n"]
)
def test_other_percent_signs_are_text(text: str) -> None:
    assert parse_front_matter(text) == FrontMatter()


def test_json_front_matter_of_hugo() -> None:
    source = '{\n  "title": "The mill",\n  "date": "2024-05-02"\n}\n\nIt turns.\n'
    assert parse_front_matter(source).metadata == ParsedMetadata("The mill", published="2024-05-02")
    assert body_of(source) == "\n\nIt turns.\n"


@pytest.mark.parametrize("text", ['{"a": 1}\n', '{"title": "T"} is an object.\n', "{curly}\n"])
def test_other_braces_are_not_front_matter(text: str) -> None:
    assert parse_front_matter(text) == FrontMatter()


def test_first_and_last_name_are_joined() -> None:
    source = "---\nauthors:\n- {first: Ada, last: Reed}\n- {given: Ben, family: Roe}\n---\n"
    assert parse_front_matter(source).metadata.author == "Ada Reed, Ben Roe"


def test_broken_toml_is_read_line_by_line() -> None:
    front_matter = parse_front_matter('+++\ntitle = "The garden"\ndate = soon\n+++\nText.')
    assert front_matter.metadata == ParsedMetadata(title="The garden")
    assert front_matter.notes[0].startswith("front matter: not valid TOML (")


@pytest.mark.parametrize(
    "text",
    [
        "title: Hello: world\ndate: 2024-05-02\ntags:\n- x\n---\nText.",  # Hexo
        "Title: Hello: world\nDate: 2024-05-02\n\nText.",  # Pelican, MkDocs
        "---\ntitle: Hello: world\ndate: 2024-05-02\n\nText.",  # never closed
    ],
)
def test_front_matter_without_a_fence(text: str) -> None:
    front_matter = parse_front_matter(text)
    assert front_matter.metadata == ParsedMetadata(title="Hello: world", published="2024-05-02")
    assert body_of(text).strip() == "Text."


@pytest.mark.parametrize("text", ["Note: x\n\nText.", "Title: x\nand so on.\n\nText.", "Title: x"])
def test_prose_with_a_colon_is_not_front_matter(text: str) -> None:
    assert parse_front_matter(text) == FrontMatter()


def test_alias_bomb_is_not_expanded() -> None:
    laughs = "a0: &a0 [ha]\n" + "".join(
        f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, 99)
    )
    text = f"---\n{laughs}title: x\nauthor: *a98\n---\n"
    assert parse_front_matter(text).metadata == ParsedMetadata(title="x", author="ha")


YAML = st.text(alphabet=st.sampled_from("abt:itle url-[]{}&*!|>'\"#%@`\n\t 09.\x00é\u2028"))


@given(st.one_of(YAML, st.text()), st.sampled_from(["---", "+++"]))
def test_any_front_matter_is_read(source: str, fence: str) -> None:
    text = f"{fence}\ntitle: x\n{source}\n{fence}\nText."
    front_matter = parse_front_matter(text)
    assert 0 <= front_matter.body <= len(text)
    for value in (front_matter.metadata.title or "", *front_matter.notes):
        assert value.isprintable()


@pytest.mark.parametrize(
    "text",
    [
        '---toml\ntitle = "The garden"\nauthor = "Ada Reed"\n---\nText.',
        '---json\n{"title": "The garden", "author": "Ada Reed"}\n---\nText.',
        ';;;\n"title": "The garden",\n"author": "Ada Reed"\n;;;\nText.',
        "\n\n---\ntitle: The garden\nauthor: Ada Reed\n---\nText.",
        '---\ntitle: "The garden\nauthor: Ada Reed <ada@garden.example>\n---\nText.',
        "---\ntitle: The garden\nauthor: By Ada Reed\nlang: en_US.UTF-8\n---\nText.",
    ],
)
def test_other_fences_and_odd_values_are_understood(text: str) -> None:
    front_matter = parse_front_matter(text)
    metadata = front_matter.metadata
    assert (metadata.title, metadata.author) == ("The garden", "Ada Reed")
    assert text[front_matter.body :].strip() == "Text."
