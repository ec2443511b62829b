from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.parsing.passages import MAX_GROUP_CHARS
from index.ingest.readers.markdown.reader import read_markdown
from index.types import ContextKind
from tests.support.format_files import block_texts

PVP = "To turn off PvP, set this:\n\n```ini\npvp=false\n```"
SENTENCE = "This sentence explains one step of the setup in some detail. "


def texts(markdown: str) -> list[str]:
    return block_texts(read_markdown(markdown))


def test_an_introduction_keeps_its_code() -> None:
    assert texts(f"# PvP\n\n{PVP}\n\n## More\n\nText.") == [PVP, "Text."]


def test_code_alone_is_quoted_without_its_fences() -> None:
    assert texts("# T\n\n```sh\nmake\n```\n") == ["make"]


def test_a_short_paragraph_stays_with_the_code_above_it() -> None:
    setup = "```sh\nmake bridge\n```\n\nThis takes a minute."
    assert texts(f"# T\n\n{SENTENCE * 12}\n\n{setup}") == [f"{SENTENCE * 12}\n\n{setup}"]


def test_an_introduction_keeps_its_list() -> None:
    tiers = "Tier 2 platforms:\n\n- 3.6\n- 3.7"
    assert texts(f"# T\n\n{tiers}") == [tiers]


def test_a_bold_question_keeps_its_answer() -> None:
    faq = "**Can I be banned?**\n\nYes, for cheating."
    assert texts(f"# FAQ\n\n{faq}") == [faq]


def test_a_question_keeps_only_one_answer() -> None:
    answers = [f"**Is it {n}?**\n\n{SENTENCE * 2}".strip() for n in (1, 2)]
    assert texts("# FAQ\n\n" + "\n\n".join(answers)) == answers


def test_prose_without_code_stays_apart() -> None:
    assert texts("# T\n\nFirst paragraph.\n\nSecond paragraph.") == [
        "First paragraph.",
        "Second paragraph.",
    ]


def test_tabs_stay_with_their_introduction() -> None:
    tabs = (
        'Install it:\n\n=== "Windows"\n\n    ```console\n    winget install uv\n    ```\n\n'
        '=== "Linux"\n\n    ```console\n    apt install uv\n    ```'
    )
    assert texts(f"# T\n\n{tabs}") == [tabs]


@pytest.mark.parametrize(
    "admonition",
    [
        '!!! note "Title"\n\n    {}',
        "!!! note\n    {}",
        "??? tip\n\n    {}",
        '??? "Title"\n\n    {}',
        '??? tip "A `"quoted"` title"\n\n    {}',
        "/// note | Title\n\n{}\n\n///",
        "::: info Title\n{}\n:::",
        ":::tip\n\n{}\n\n:::",
        "> [!TIP]\n> {}",
    ],
)
def test_admonitions_are_quoted_without_their_marks(admonition: str) -> None:
    content = SENTENCE * 10
    assert texts(f"# T\n\n{admonition.format(content)}")[0].removeprefix("> ") == content.strip()


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- internal: ask Jane -->",
        "{* ../../docs_src/tutorial001.py hl[1] *}",
        "{{< include secret.md >}}",
        "%% ask Jane %%",
    ],
)
def test_comments_and_includes_part_nothing(hidden: str) -> None:
    markdown = "# T\n\nSet this:\n\n{}\n\n```ini\na=1\n```"
    assert texts(markdown.format(hidden)) == [
        markdown.format(" " * len(hidden)).removeprefix("# T\n\n")
    ]


@pytest.mark.parametrize(
    "between",
    ["![Picture](a.png)", "[ref]: https://example.org", "<br>", '<a id="daily"></a>'],
)
def test_pictures_and_link_targets_part_nothing(between: str) -> None:
    body = f"Set this:\n\n{between}\n\n```ini\na=1\n```"
    assert texts(f"# T\n\n{body}") == [body]


@pytest.mark.parametrize("between", ["---", "[Home](a.md) | [Next](b.md)", "[Back to top](#top)"])
def test_rules_and_link_bars_part_passages(between: str) -> None:
    markdown = f"# T\n\n## S\n\nThe pump runs `daily`.\n\n{between}\n\nOpen it at noon."
    assert texts(markdown) == ["The pump runs `daily`.", "Open it at noon."]


def test_code_that_is_included_makes_an_article_technical() -> None:
    long = SENTENCE * 6
    body = f"{long}\n\n{{* ../app.py *}}\n\n{long}".strip()
    assert texts(f"# T\n\n{body}") == [body.replace("{* ../app.py *}", " " * 15)]
    assert len(texts(f"# T\n\n{body.replace('app.py', 'notes.md')}")) == 2


def test_a_definition_keeps_the_indented_lines_below_it() -> None:
    body = "`speed`\n\n:   Use this setting to go faster:\n\n    - `slow`\n    - `fast`"
    assert texts(f"# T\n\n{body}") == [body]
    document = read_markdown(f"# T\n\n`speed`\n\n:   It goes:\n\n    - {SENTENCE * 30}")
    assert document.blocks[-1].context[-1].kind is ContextKind.INTRODUCTION


def test_an_item_like_a_heading_stays_with_the_text_below_it() -> None:
    long = (SENTENCE * 16).strip()
    assert texts(f"# T\n\n{long}\n\n- Permits\n\n{long}") == [long, f"- Permits\n\n{long}"]


def test_a_text_after_the_last_tab_stays_with_its_introduction() -> None:
    body = 'Choose:\n\n=== "A"\n\n    Slow.\n\n=== "B"\n\n    Fast.\n\nThe default is slow.'
    assert texts(f"# T\n\n{body}") == [body]


def test_a_comment_before_a_text_does_not_indent_it() -> None:
    assert texts("# T\n\n<!-- a long comment --> Text with **marks**.") == ["Text with **marks**."]
    assert texts("# T\n\n- <!-- a long comment --> One.\n- Two.") == [f"- {' ' * 23} One.\n- Two."]


def test_tags_around_code_do_not_part_it_from_its_text() -> None:
    assert texts('# T\n\nRun:\n\n<div class="termy">\n\n```sh\nmake\n```\n\n</div>') == [
        'Run:\n\n<div class="termy">\n\n```sh\nmake\n```'
    ]


def test_a_long_list_is_cut_between_items() -> None:
    items = [f"- {SENTENCE}{number}" for number in range(60)]
    quoted = texts("# T\n\nSteps:\n\n" + "\n".join(items))
    assert quoted[0].startswith("Steps:\n\n- This")
    assert [line for text in quoted for line in text.split("\n") if line.startswith("-")] == items


PARTS = st.sampled_from(
    [SENTENCE * 3, SENTENCE, "Set this:", "```sh\nmake\n```", "- a\n- b", "> said", "### S", PVP]
)


@given(st.lists(PARTS, max_size=15))
def test_blocks_are_ordered_slices_of_bounded_length(parts: list[str]) -> None:
    document = read_markdown("# T\n\n" + "\n\n".join(parts))
    spans = [(block.start, block.end) for block in document.blocks]
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    assert all(end - start <= MAX_GROUP_CHARS for start, end in spans)


@pytest.mark.parametrize(
    "text",
    [
        "!!! Important: bring your ID card!",
        "??? really what is this about",
        "/// Returns the value.\n/// Never blocks.",
        "=== History ===",
        "::: warning Never share your password",
        '!!! warning "Never share your password"',
    ],
)
def test_text_that_only_looks_like_a_container_is_kept(text: str) -> None:
    assert texts(f"# T\n\nFirst.\n\n{text}") == ["First.", text]


@pytest.mark.parametrize("target", ['{{< ref "dns.md" >}}', '{{< ref "dns.md" >}} "How to"'])
def test_links_of_templates_in_headings_are_their_text(target: str) -> None:
    assert read_markdown(f"# T\n\n## [DNS]({target})\n\nA.").blocks[0].section == "DNS"
