import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.readers.markdown import MAX_MARKS, read_markdown

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


def quoted(draft: ParsedDocument) -> list[str]:
    return [draft.text[block.start : block.end] for block in draft.blocks]


def heading(draft: ParsedDocument) -> str | None:
    span = draft.heading
    return None if span is None else draft.text[span.start : span.end]


def test_a_page_is_quoted_block_by_block() -> None:
    assert quoted(read_markdown(PAGE)) == [
        "It was built in 1969.\nIt is long.",
        "| Day | Hours |\n|---|---|\n| Monday | 9 to 5 |",
        "Closed on Sundays.",
        "1. Take the bus.\n2. Walk.",
        "make bridge\n\nmake toll",
    ]


def test_headings_are_sections() -> None:
    assert [block.section for block in read_markdown(PAGE).blocks] == [
        None,
        "Opening hours",
        "Opening hours",
        "How to get there",
        "How to get there",
    ]


def test_the_first_h1_is_the_title_without_its_markup() -> None:
    draft = read_markdown(PAGE)
    assert draft.found == ParsedMetadata(title="The old bridge")
    assert heading(draft) == "The *old* [bridge](https://example.org)"


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_line_ends_give_the_same_blocks(end: str) -> None:
    draft = read_markdown(PAGE.replace("\n", end))
    assert [text.replace(end, "\n") for text in quoted(draft)] == quoted(read_markdown(PAGE))
    assert draft.text == PAGE.replace("\n", end)


def test_an_underlined_heading_is_one_too() -> None:
    draft = read_markdown("The bridge\n===\n\nText.\n\nHours\n---\n\nNine.\n")
    assert (draft.found.title, heading(draft)) == ("The bridge", "The bridge")
    assert [block.section for block in draft.blocks] == [None, "Hours"]


def test_front_matter_names_the_article_and_another_h1_is_a_section() -> None:
    draft = read_markdown("---\ntitle: Mine\n---\n\n# Another\n\nText.\n")
    assert draft.found == ParsedMetadata(title="Mine")
    assert draft.heading is None
    assert [(block.section, draft.text[block.start : block.end]) for block in draft.blocks] == [
        ("Another", "Text.")
    ]


def test_front_matter_that_repeats_the_h1_leaves_it_the_heading() -> None:
    draft = read_markdown("---\ntitle: Mine\n---\n# Mine\n\nText.\n")
    assert heading(draft) == "Mine"
    assert draft.blocks[0].section is None


def test_without_h1_and_front_matter_nothing_is_said_of_a_title() -> None:
    assert read_markdown("Text.\n\n## Hours\n\nNine.").found == ParsedMetadata()


def test_a_heading_over_nothing_is_quoted_itself() -> None:
    draft = read_markdown("# FAQ\n\n## Is it open? Yes.\n\n## And on Sundays? No.\n")
    assert quoted(draft) == ["Is it open? Yes.", "And on Sundays? No."]


def test_a_heading_over_smaller_headings_is_not_quoted() -> None:
    assert quoted(read_markdown("# T\n\n## Hours\n\n### Monday\n\nNine.")) == ["Nine."]


def test_a_title_over_nothing_is_the_passage() -> None:
    draft = read_markdown("# The alarm is at 5")
    assert quoted(draft) == ["The alarm is at 5"]


def test_long_items_are_blocks_of_their_own_and_short_ones_go_together() -> None:
    long = "A very long item indeed. " * 15
    draft = read_markdown(f"- one\n- two\n- {long}\n- three\n- four\n")
    assert quoted(draft) == ["- one\n- two", long.strip(), "- three\n- four"]


def test_many_short_items_are_quoted_a_thousand_characters_at_a_time() -> None:
    draft = read_markdown("".join(f"- item number {number} of the list\n" for number in range(100)))
    texts = quoted(draft)
    assert len(texts) == 3
    assert all(text.startswith("- item") and len(text) <= 1000 for text in texts)


def test_a_very_long_item_is_quoted_part_by_part() -> None:
    long = "This part is long. " * 40
    draft = read_markdown(f"- {long}\n\n  {long}\n\n  - nested\n")
    assert quoted(draft) == [long.strip(), long.strip(), "- nested"]


def test_a_quotation_of_one_line_is_quoted_without_its_mark() -> None:
    assert quoted(read_markdown("> Said once.\n\n> Said\n> twice.\n")) == [
        "Said once.",
        "> Said\n> twice.",
    ]


def test_indented_code_and_tilde_fences_are_code() -> None:
    draft = read_markdown("    make bridge\n\n~~~\nmake toll\n~~~\n\n```\nnever closed")
    assert quoted(draft) == ["make bridge", "make toll", "never closed"]


def test_html_with_words_is_quoted_and_without_them_is_not() -> None:
    text = "<div>\n<b>Open</b> daily\n</div>\n\n<p><img src='x'></p>\n\n<!-- a --> Words.\n"
    assert quoted(read_markdown(text)) == ["<b>Open</b> daily", "Words."]


def test_pictures_alone_are_not_quoted() -> None:
    text = "[![build](https://x/b.svg)](https://x) ![a](b.png)\n\n![Photo](c.png) of it.\n"
    assert quoted(read_markdown(text)) == ["![Photo](c.png) of it."]


def test_rules_and_marks_are_not_quoted() -> None:
    assert quoted(read_markdown("---\n\n***\n\n&\n\nText.\n")) == ["Text."]


def test_what_is_nested_too_deep_for_the_parser_is_quoted_all_the_same() -> None:
    deep = "> " * 30 + "deep"
    assert "deep" in quoted(read_markdown(deep + "\n"))[0]


def test_a_page_of_more_marks_than_can_be_parsed_is_refused() -> None:
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
def test_blocks_of_any_page_are_ordered_disjoint_trimmed_slices(text: str) -> None:
    draft = read_markdown("x\n\n" + text)
    assert draft.text == "x\n\n" + text
    end = 0
    for block in draft.blocks:
        assert end <= block.start < block.end <= len(draft.text)
        part = draft.text[block.start : block.end]
        assert part == part.strip()
        end = block.end


def test_sections_are_linked_as_pages_made_of_markdown_name_them() -> None:
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
        ("See [above](#top).", ["See [above](#top)."]),
    ],
)
def test_boxes_and_the_machinery_of_sites_are_not_quoted(block: str, shown: list[str]) -> None:
    assert quoted(read_markdown(f"Some words.\n\n{block}\n\nMore words."))[1:-1] == shown
