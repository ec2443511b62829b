import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.parsing.document import ParsedDocument
from index.ingest.readers.markdown.masking import mask_markup
from index.ingest.readers.markdown.mdx import read_mdx
from index.ingest.readers.markdown.reader import read_markdown
from index.text.markdown.code_tags import write_code_tags
from index.types import ContextKind
from tests.support.format_files import assert_valid, block_texts

SENTENCE = "This sentence explains one step of the setup in some detail. "


def texts(markdown: str) -> list[str]:
    return block_texts(read_markdown(f"# T\n\n{markdown}"))


def titles(markdown: str) -> list[list[str]]:
    document = read_markdown(f"# T\n\n{markdown}")
    return [
        [
            document.text[each.start : each.end]
            for each in block.context
            if each.kind is ContextKind.TITLE
        ]
        for block in document.blocks
    ]


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- ask Tom\n\nabout the pump -->",
        "%% ask Tom about the pump %%",
        "%%\nask Tom\n\nabout it\n%%",
        "{/* ask Tom */}",
        "{% comment %}ask Tom{% endcomment %}",
        "{{</* ask Tom */>}}",
        "```dataview\nTABLE age FROM #fish\n```",
        "```mermaid\ngraph LR\n  pump --> Tom\n```",
        "```sh\n\n```",
        "~~~\n~~~",
        "```{include} ../pump.md\n:start-line: 2\n```",
        "``` {.dot}\ndigraph { pump -> Tom }\n```",
        "[![Tom](https://img/tom.svg)](https://tom)\n" * 200,
        "<script>\nask(Tom)\n</script>",
        '--8<-- "pump.md"',
        "--8<--\npump.md\n--8<--",
        "<<< @/snippets/pump.js{1,2}",
        "![[Pump notes]]",
        "{! ../pump.md !}",
        '{{% include "/_common/pump.md" %}}',
        '{% include "../.gitbook/includes/pump.md" %}',
        "import Pump from '../pump';",
        "[TOC]",
        "[Home](a.md) | [Pump](b.md) · [Tom](c.md)",
        "[![build](b.svg)](https://ci) ![license](l.svg)",
    ],
)
def test_text_that_is_not_for_readers_is_not_quoted(hidden: str) -> None:
    quoted = texts(f"Before it.\n\n{hidden}\n\nAfter it.")
    assert " ".join(" ".join(quoted).split()) == "Before it. After it."


def test_a_comment_inside_a_paragraph_is_blank() -> None:
    (quoted,) = texts("The pump runs %% ask Tom %% on Mondays.")
    assert quoted == f"The pump runs {' ' * 13} on Mondays."


@pytest.mark.parametrize("comment", ["<!-- Tom -->", "{/* Tom */}"])
def test_a_mark_behind_a_comment_ends_the_clause(comment: str) -> None:
    (quoted,) = texts(f"Turn it off (see [oil]{comment}), then wait{comment}. It stops.")
    assert " ".join(quoted.split()) == "Turn it off (see [oil]), then wait. It stops."


@pytest.mark.parametrize(
    "shown",
    [
        "Use `<!-- more -->` to cut.",
        "100%% of it, 50%%i and 20%%",
        "```html\n<!-- more -->\n```",
        "Set `{#id}` and {braces}.",
        "for %%i in (*) do it",
    ],
)
def test_code_and_signs_that_only_look_like_markup_stay(shown: str) -> None:
    (quoted,) = texts(shown)
    assert quoted == shown.removeprefix("```html\n").removesuffix("\n```")


@pytest.mark.parametrize(
    "attributes", ["{ .annotate }", "{: #winter .wide }", '{ data-toc="no" }', "^pond"]
)
def test_attributes_at_the_end_are_not_quoted(attributes: str) -> None:
    assert texts(f"They sleep. {attributes}") == ["They sleep."]


@pytest.mark.parametrize("block", ["They sleep.", "- They\n- sleep.", "> They sleep."])
def test_the_id_of_a_block_in_a_line_of_its_own_is_not_quoted(block: str) -> None:
    (quoted,) = texts(f"{block}\n\n^pond")
    assert quoted == block.removeprefix("> ")


def test_attribute_lists_give_anchors_but_no_titles() -> None:
    document = read_markdown("# Fish { #fish }\n\nA.\n\n## In winter {: #winter .wide }\n\nB.")
    block = document.blocks[1]
    assert (document.metadata.title, block.section, block.anchor) == ("Fish", "In winter", "winter")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ('<TabItem label="Windows">', "</TabItem>"),
        ('{% tab title="Windows" %}', "{% endtab %}"),
        ('{{< tab "Windows" >}}', "{{< /tab >}}"),
        ('<Aside type="tip" title="Windows">', "</Aside>"),
        ("<details><summary>Windows</summary>", "</details>"),
        ("<details>\n<summary>Windows</summary>", "</details>"),
        ('<Card\n  title="Windows"\n  icon="star"\n>', "</Card>"),
        ("> [!warning]- Windows\n>", ""),
        ("::: details Windows", ":::"),
        (":::tip[Windows]", ":::"),
    ],
)
def test_titles_of_components_are_context(opening: str, closing: str) -> None:
    mark = "> " if opening.startswith(">") else ""
    content = f"{mark}{SENTENCE * 12}".strip()
    markdown = f"{SENTENCE * 12}\n\n{opening}\n{content}\n{closing}"
    assert texts(markdown)[1] == (SENTENCE * 12).strip()
    assert titles(markdown) == [[], ["Windows"]]


def test_tabs_of_components_stay_with_their_introduction() -> None:
    tabs = (
        "Install it:\n\n<Tabs>\n  <TabItem label='npm'>\n\n    ```sh\n    npm i\n    ```\n"
        "  </TabItem>\n  <TabItem label='yarn'>\n\n    ```sh\n    yarn\n    ```\n"
        "  </TabItem>\n</Tabs>"
    )
    (quoted,) = texts(tabs)
    assert quoted.startswith("Install it:")
    assert quoted.endswith("yarn\n    ```")


def test_lists_of_neighbouring_components_are_apart() -> None:
    details = "<details>\n<summary>{0}</summary>\n\n{1}\n\n</details>\n"
    first, second = (f"- {name} 1.\n- {name} 2." for name in ("Leak", "Hum"))
    markdown = details.format("It leaks", f"Look here:\n\n{first}") + details.format("Hum", second)
    assert texts(markdown) == [f"Look here:\n\n{first}", second]
    assert titles(markdown) == [["It leaks"], ["Hum"]]


def test_a_list_around_neighbouring_components_goes_on() -> None:
    tab = "   <Tab title='{0}'>\n\n   - For {0}.\n\n   </Tab>\n"
    markdown = f"1. Do it:\n\n{tab.format('npm')}\n{tab.format('yarn')}\n2. Go."
    assert texts(markdown) == [markdown]


def test_one_line_of_code_in_a_tab_is_code() -> None:
    markdown = 'See:\n\n{{< tab "Go" lang="go" >}}\nx := 1\n{{< /tab >}}\n\nThen go.'
    (quoted,) = texts(markdown)
    assert quoted == markdown
    contexts = read_markdown('{{< tab "Go" lang="go" >}}\nx := 1\n{{< /tab >}}').blocks
    assert [each.context[-1].kind for each in contexts] == [ContextKind.CODE_FENCE]


def test_each_collapsed_question_is_a_passage() -> None:
    faq = "\n\n".join(
        f"<details>\n<summary>Is it {n}?</summary>\n\nYes, {n}.\n\n</details>" for n in (1, 2)
    )
    assert texts(faq) == ["Yes, 1.", "Yes, 2."]
    assert titles(faq) == [["Is it 1?"], ["Is it 2?"]]


def test_a_callout_without_content_is_its_title() -> None:
    assert texts("> [!todo] Clean the filter") == ["Clean the filter"]


def test_a_definition_stays_with_its_term() -> None:
    terms = "Term one\n\n:   The first definition.\n\nTerm two\n\n:   The second."
    assert texts(terms) == [
        "Term one\n\n:   The first definition.",
        "Term two\n\n:   The second.",
    ]


def test_q_and_a_stay_together() -> None:
    faq = "Q: May I fish here.\n\nA: Only on Mondays."
    assert texts(faq) == [faq]


def test_paragraphs_below_a_question_are_one_answer() -> None:
    long = (SENTENCE * 6).strip()
    assert texts(f"## May I?\n\n{long}\n\n{long}\n\n## Rules\n\n{long}\n\n{long}") == [
        f"{long}\n\n{long}",
        long,
        long,
    ]


def test_only_short_paragraphs_below_a_heading_are_joined() -> None:
    long = (SENTENCE * 6).strip()
    assert texts(f"One.\n\nTwo.\n\n## Rules\n\nOne.\n\nTwo.\n\n{long}\n\nThree.") == [
        "One.",
        "Two.",
        "One.\n\nTwo.",
        long,
        "Three.",
    ]


def test_a_copyright_line_at_the_end_is_not_quoted() -> None:
    assert texts("Text.\n\n© 2024 The museum. All rights reserved.") == ["Text."]


def test_steps_keep_their_numbers_however_long() -> None:
    steps = "\n".join(f"{n}. {SENTENCE * 6}".strip() for n in (1, 2))
    assert texts(steps) == [steps]


def test_rows_of_an_html_table_stay_whole() -> None:
    rows = [f"<tr><td>Row {n}</td><td>{SENTENCE}</td></tr>" for n in range(30)]
    head = "<tr><th>Name</th><th>Meaning</th></tr>"
    quoted = texts("<table>\n" + "\n".join([head, *rows]) + "\n</table>")
    assert [line for text in quoted for line in text.split("\n")] == [head, *rows]
    assert len(quoted) > 1


PIECES = st.sampled_from(
    ["<!-- a", "-->", "%%", "{#a}", "`", "```\n", "\n", "\n\n", "<A>", "</A>", "{% a %}", "text ",
     "{% enda %}", "<details>", "<summary>Q</summary>", "</details>", "> [!TIP] x\n", "- a\n",
     "| a |\n",     ":::tip\n", ":::\n", '=== "A"\n\n    ', "![[a]]", "{/*", "*/}", "1. b\n"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25).map("".join))
def test_masking_keeps_every_offset(text: str) -> None:
    masked = mask_markup(text, 0)
    assert len(masked.text) == len(text)
    assert all(
        a == b or (b == " " and a not in "\r\n") for a, b in zip(text, masked.text, strict=True)
    )
    assert_valid(read_markdown(text))


@pytest.mark.parametrize(
    "unit", ["%% ", "<!-- ", "{/* ", "`x ", "<A>", "<A a='", "<details>", " ^a"]
)
def test_masking_half_a_megabyte_takes_seconds(unit: str) -> None:
    started = time.process_time()
    mask_markup(unit * (500_000 // len(unit)), 0)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ('{{< tab header="a.toml" lang="toml" >}}', "{{< /tab >}}"),
        ("{{< highlight toml >}}", "{{< /highlight >}}"),
        ('{{< highlight toml "linenos=table" >}}', "{{</ highlight >}}"),
        ("{{< code-toggle file=hugo >}}", "{{< /code-toggle >}}"),
        ("{{<code>}}", "{{</code>}}"),
        ("  {{< codeblock language=toml >}}", "  {{< /codeblock >}}"),
        ("{% highlight toml %}", "{% endhighlight %}"),
    ],
)
def test_code_in_shortcodes_is_code(opening: str, closing: str) -> None:
    code = "# speed\n[pump]\n\n  rate = 1"
    document = read_markdown(f"# T\n\n## S\n\nSet this:\n\n{opening}\n{code}\n{closing}\n\nEnd.")
    assert block_texts(document) == [f"Set this:\n\n{opening}\n{code}\n{closing}\n\nEnd."]
    assert document.blocks[0].section == "S"


def test_shortcodes_and_ids_with_dots_are_no_part_of_headings() -> None:
    document = read_markdown("# T\n\n## {{% badge NEW %}} Pumps {#pumps.v2}\n\nA.")
    assert (document.blocks[0].section, document.blocks[0].anchor) == ("Pumps", "pumps.v2")


def test_tags_around_a_fence_are_not_code() -> None:
    opening, fence, closing = "{{< code >}}", "```sh\nmake\n```", "{{< /code >}}"
    document = read_markdown(f"# T\n\nRun:\n\n{opening}\n\n{fence}\n\n{closing}")
    assert block_texts(document) == [f"Run:\n\n{opening}\n\n{fence}"]


def test_directives_of_mdbook_are_no_text() -> None:
    document = read_markdown("# T\n\n{{#template ../a.md\n  name=b\n}}\n\nIt hums.")
    assert block_texts(document) == ["It hums."]


def test_attributes_for_data_are_no_part_of_headings() -> None:
    document = read_markdown("# T\n\n## Pumps { data-search-exclude }\n\nA.")
    assert document.blocks[0].section == "Pumps"


def test_code_between_tags_may_have_line_ends_of_windows() -> None:
    text = "Set:\r\n\r\n{{< highlight sh >}}\r\nmake\r\n{{< /highlight >}}\r\n"
    written = write_code_tags(text)
    assert len(written) == len(text)
    assert written.split("\r\n")[2:5] == ["~~~~~~            sh", "make", "~" * 18]


@pytest.mark.parametrize("unit", ["{{< code a >}}\n", "{{< code >}}\n```\n", "{{< /code >}}\n"])
def test_half_a_megabyte_of_code_tags_takes_seconds(unit: str) -> None:
    started = time.process_time()
    write_code_tags(unit * (500_000 // len(unit)), is_excerpt=True)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("read", [read_markdown, read_mdx])
def test_escaped_heading_ids_are_no_text(read: Callable[[str], ParsedDocument]) -> None:
    block = read("# T\n\n## Pumps \\{#pumps-2}\n\nA.").blocks[0]
    assert (block.section, block.anchor) == ("Pumps", "pumps-2")


def test_code_between_three_backticks_in_a_line_opens_no_fence() -> None:
    text = "# T\n\n- ```-1``` is off.\n- ```2``` is on.\n\n## Pumps {#pumps}\n\nA.<!-- gone -->"
    blocks = read_markdown(text).blocks
    assert [block.section for block in blocks] == [None, "Pumps"]
    assert block_texts(read_markdown(text))[1] == "A."


def test_a_component_with_objects_in_its_properties_is_no_text() -> None:
    tag = "<Method name=\"book\" args={[{ name: 'id', type: 'id' }]} returns=\"void\" />"
    assert block_texts(read_markdown(f"# T\n\n## book\n\n{tag}\n\nBook it.")) == ["Book it."]


@pytest.mark.parametrize("unit", ["<Foo a={", "<Foo a={{{", "<Foo a={{x} ", "<Foo a={[{'b'}] "])
def test_many_unclosed_components_take_seconds(unit: str) -> None:
    started = time.process_time()
    read_markdown(unit * 20_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("unit", ["::: tip a\n1. a\n", "::: tip a\n|a|b|\n"])
def test_many_unclosed_admonitions_take_seconds(unit: str) -> None:
    started = time.process_time()
    read_markdown(unit * 2_500)
    assert time.process_time() - started < 5


def test_a_paragraph_of_half_a_megabyte_takes_seconds() -> None:
    started = time.process_time()
    document = read_markdown("now: " * 100_000)
    assert "".join(block_texts(document)).replace(" ", "") == "now:" * 100_000
    assert time.process_time() - started < 5
