import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.markdown.reader import MAX_MARKS, read_markdown
from tests.support.format_files import block_texts, sections, title_text

PAGE = """# The *old* [bridge](https://example.org)

It was built in 1969.
It is long.

## Opening hours

| Day | Hours |
|---|---|
| Monday | 9 to 5 |

Closed on Sundays.

### How to get there

1. Take the bus.
2. Walk.

[ref]: https://example.org "Title"
<!-- not for readers -->

```sh
make bridge

make toll
```
"""


def test_source_lines_are_quoted_block_by_block() -> None:
    assert block_texts(read_markdown(PAGE)) == [
        "It was built in 1969.\nIt is long.",
        "| Day | Hours |\n|---|---|\n| Monday | 9 to 5 |\n\nClosed on Sundays.",
        PAGE[PAGE.index("1. Take") :].strip().replace("<!-- not for readers -->", " " * 24),
    ]


def test_headings_start_sections() -> None:
    assert [block.section for block in read_markdown(PAGE).blocks] == [
        None,
        "Opening hours",
        "How to get there",
    ]


def test_first_h1_without_markup_is_the_title() -> None:
    document = read_markdown(PAGE)
    assert document.metadata == ParsedMetadata(title="The old bridge")
    assert title_text(document) == "The *old* [bridge](https://example.org)"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_endings_give_the_same_blocks(end: str) -> None:
    document = read_markdown(PAGE.replace("\n", end))
    assert [text.replace(end, "\n") for text in block_texts(document)] == block_texts(
        read_markdown(PAGE)
    )
    assert document.text == PAGE.replace("\n", end).replace("<!-- not for readers -->", " " * 24)


def test_underlined_headings_are_recognized() -> None:
    document = read_markdown("The bridge\n===\n\nText.\n\nHours\n---\n\nNine.\n")
    assert (document.metadata.title, title_text(document)) == ("The bridge", "The bridge")
    assert [block.section for block in document.blocks] == [None, "Hours"]


def test_front_matter_title_makes_another_h1_a_section() -> None:
    document = read_markdown("---\ntitle: Mine\n---\n\n# Another\n\nText.\n")
    assert document.metadata == ParsedMetadata(title="Mine")
    assert document.heading is None
    assert [
        (block.section, document.text[block.start : block.end]) for block in document.blocks
    ] == [("Another", "Text.")]


def test_h1_equal_to_the_front_matter_title_is_the_title() -> None:
    document = read_markdown("---\ntitle: Mine\n---\n# Mine\n\nText.\n")
    assert title_text(document) == "Mine"
    assert document.blocks[0].section is None


def test_no_title_without_h1_and_front_matter() -> None:
    assert read_markdown("Text.\n\n## Hours\n\nNine.").metadata == ParsedMetadata()


def test_heading_without_text_below_is_quoted() -> None:
    document = read_markdown("# FAQ\n\n## Is it open? Yes.\n\n## And on Sundays? No.\n")
    assert block_texts(document) == ["Is it open? Yes.", "And on Sundays? No."]


def test_heading_above_smaller_headings_is_not_quoted() -> None:
    assert block_texts(read_markdown("# T\n\n## Hours\n\n### Monday\n\nNine.")) == ["Nine."]


def test_title_without_text_below_is_quoted() -> None:
    document = read_markdown("# The alarm is at 5")
    assert block_texts(document) == ["The alarm is at 5"]


def test_long_items_get_blocks_and_short_ones_share_one() -> None:
    long = "A very long item indeed. " * 48
    document = read_markdown(f"- one\n- two\n- {long}\n- three\n- four\n")
    assert block_texts(document) == ["- one\n- two", long.strip(), "- three\n- four"]


def test_short_items_share_blocks_up_to_a_thousand_chars() -> None:
    document = read_markdown(
        "".join(f"- item number {number} of the list\n" for number in range(100))
    )
    texts = block_texts(document)
    assert len(texts) == 3
    assert all(text.startswith("- item") and len(text) <= 1000 for text in texts)


def test_very_long_items_are_split_into_their_parts() -> None:
    long = "This part is long. " * 40
    document = read_markdown(f"- {long}\n\n  {long}\n\n  - nested\n")
    assert block_texts(document) == [long.strip(), f"{long.strip()} \n\n  - nested"]


def test_one_line_blockquote_is_quoted_without_its_marker() -> None:
    assert block_texts(read_markdown("> Said once.\n\n> Said\n> twice.\n")) == [
        "Said once.",
        "> Said\n> twice.",
    ]


def test_indented_code_and_tilde_fences_are_code() -> None:
    document = read_markdown(
        "    make bridge\n\n# A\n~~~\nmake toll\n~~~\n\n# B\n```\nnever closed"
    )
    assert block_texts(document) == ["make bridge", "make toll", "never closed"]


def test_html_blocks_are_quoted_only_if_they_have_text() -> None:
    text = "<div>\n<b>Open</b> daily\n</div>\n\n<p><img src='x'></p>\n\n<!-- a --> Words.\n"
    assert block_texts(read_markdown(text)) == ["<b>Open</b> daily", "Words."]


def test_paragraphs_of_images_are_not_quoted() -> None:
    text = "[![build](https://x/b.svg)](https://x) ![a](b.png)\n\n![Photo](c.png) of it.\n"
    assert block_texts(read_markdown(text)) == ["![Photo](c.png) of it."]


@pytest.mark.parametrize(
    "target", ['<a id="toll-gate"></a>', '<a name="toll-gate" />', '<a id="a"></a> <a id="b"></a>']
)
def test_targets_of_links_are_not_quoted(target: str) -> None:
    text = f"# T\n\n## Bridge\n\nThe bridge is open.\n\n{target}\n\n## Toll\n\nIt is free.\n"
    assert block_texts(read_markdown(text)) == ["The bridge is open.", "It is free."]


def test_links_with_text_are_quoted() -> None:
    text = '<a href="toll.html">Toll</a>\n\n<a id="gate"></a>The gate is open.\n'
    assert block_texts(read_markdown(text)) == text.strip().split("\n\n")


def test_rules_and_empty_markers_are_not_quoted() -> None:
    assert block_texts(read_markdown("---\n\n***\n\n&\n\nText.\n")) == ["Text."]


def test_text_nested_too_deep_for_the_parser_is_quoted() -> None:
    deep = "> " * 120 + "deep"
    assert "deep" in block_texts(read_markdown(deep + "\n"))[0]


def test_page_with_too_many_lines_and_cells_is_rejected() -> None:
    with pytest.raises(ReadError, match="more than 200,000 lines and table cells"):
        read_markdown("|" * (MAX_MARKS + 1))


MARKS = st.sampled_from(
    [
        *(
            "# ",
            "## ",
            "a",
            "Words. ",
            "\n",
            "\n\n",
            "\r\n",
            "\r",
            "- ",
            "1. ",
            "> ",
            "    ",
            "```",
        ),
        *("\n---\n", "|a|b|\n|-|-|\n|c|d|\n", "<!--", "-->", "<div>", "[a]: x", "![x](y)", "\t"),
        *("\x00", "\x0c", "\u2028", "他", "\\", "=", "~~~", "&amp;", "*", "[", "]", "\ud800"),
    ]
)


@given(st.one_of(st.text(), st.lists(MARKS, max_size=60).map("".join)))
def test_blocks_are_ordered_disjoint_trimmed_slices(text: str) -> None:
    document = read_markdown("x\n\n" + text)
    assert len(document.text) == len("x\n\n" + text)
    end = 0
    for block in document.blocks:
        assert end <= block.start < block.end <= len(document.text)
        part = document.text[block.start : block.end]
        assert part == part.strip()
        end = block.end


def test_sections_link_to_the_anchors_github_gives_them() -> None:
    text = """# Winter

Before all.

## Opening hours, & *prices*

One.

## Winter

Two.

## Ueber uns {#about}

Three.

## Öffnung

Four.

## !!!

Five.
"""
    blocks = read_markdown(text).blocks
    assert [(block.section, block.anchor) for block in blocks] == [
        (None, None),
        ("Opening hours, & prices", "opening-hours--prices"),
        ("Winter", "winter-1"),
        ("Ueber uns", "about"),
        ("Öffnung", "öffnung"),
        ("!!!", None),
    ]


@pytest.mark.parametrize(
    ("block", "shown"),
    [
        ('<div class="alert">This is <b>raw</b> HTML.</div>', ["This is <b>raw</b> HTML."]),
        ("<details>\n<summary>What if it leaks?</summary>", ["What if it leaks?"]),
        ("<div><b>Never</b> run it.</div>", ["<b>Never</b> run it."]),
        ("<div>\n</div>", []),
        ('{{< figure src="a.jpg" title="The machine" >}}', []),
        ("{% include toc.html %}", []),
        ("[Back to top](#top)", []),
        ('<span class="wide">![The pump](a.png)</span>', []),
        ("See [above](#top).", ["See [above](#top)."]),
    ],
)
def test_template_tags_and_html_wrappers_are_not_quoted(block: str, shown: list[str]) -> None:
    assert block_texts(read_markdown(f"Some words.\n\n{block}\n\nMore words."))[1:-1] == shown


def test_unique_first_heading_is_the_title_without_an_h1() -> None:
    document = read_markdown("## Feeding the fish\n\nAt noon.\n\n### In winter\n\nNever.")
    assert (document.metadata.title, sections(document)) == (
        "Feeding the fish",
        [None, "In winter"],
    )
    for text in ("## One\n\nA.\n\n## Two\n\nB.", "A.\n\n## One\n\nB.", "### C\n\nB.\n\n## D\n\nE."):
        assert read_markdown(text).metadata.title is None


@pytest.mark.parametrize("below", ["", "\n\n[pump]: https://pump.example/a"])
def test_a_heading_above_what_only_a_page_shows_is_not_quoted(below: str) -> None:
    markdown = f"# T\n\nIt hums.\n\n## Example\n\n{{{{< img\n  src='a.png'\n>}}}}{below}\n"
    assert block_texts(read_markdown(markdown)) == ["It hums."]
    bare = read_markdown(f"# T\n\nIt hums.\n\n## Never run it dry{below}\n")
    assert block_texts(bare) == ["It hums.", "Never run it dry"]


def test_the_first_of_several_titles_below_text_is_a_section() -> None:
    document = read_markdown("The settings are below.\n\n# Index\n\nA.\n\n# Settings\n\nB.\n")
    assert document.metadata.title is None
    assert [block.section for block in document.blocks] == [None, "Index", "Settings"]
    pictured = read_markdown("![Logo](a.png)\n\n# Pump\n\nA.\n\n# Settings\n\nB.\n")
    assert pictured.metadata.title == "Pump"
