import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.formats import parse
from index.ingest.readers.markdown.mdx import read_mdx, to_markdown
from index.types import ContextKind
from tests.support.format_files import assert_valid, block_texts, sections
from tests.support.fuzz import few_examples

BOATS = """---
title: Boats
---
import Card from "@/card"
import {
  Tabs,
  TabItem,
} from '@theme/tabs';
export const speed = 4
export const meta = {
  layout: "wide",

  tags: ["a"],
};

<Card title="Rules">
  Boats must be back by **six**.
</Card>

A boat costs {speed} coins an hour.{/* ask Tom */}

## How to book {#book}

Call <Icon name="phone" onClick={() => go(1 > 0)} /> the <Link to="/o">office</Link>{" "}or write.

<Tabs>
  <TabItem value="cli" label="Command line">
    ```sh
    boat book <name>
    ```
  </TabItem>
</Tabs>

Use `<Boat />` and `{speed}` in code.

{boats.map((boat) => (
  <Row key={boat} />
))}
"""


def test_components_and_modules_are_passed_over() -> None:
    document = read_mdx(BOATS)
    assert document.metadata.title == "Boats"
    assert block_texts(document)[:2] == [
        "Boats must be back by **six**.",
        "A boat costs 4 coins an hour.",
    ]
    assert "Call  the office or write." in block_texts(document)[2]
    assert "boat book <name>" in block_texts(document)[2]
    assert block_texts(document)[-1].endswith("Use `<Boat />` and `{speed}` in code.")
    assert sections(document)[2] == "How to book"
    for code in ("import", "export", "boats.map", "ask Tom", "TabItem", "<Card"):
        assert code not in document.text


def test_articles_without_code_keep_their_paragraphs_apart() -> None:
    text = '<Card title="Rules">\n  Boats must be back by six.\n</Card>\n\nA boat costs four coins.'
    assert block_texts(read_mdx(text)) == ["Boats must be back by six.", "A boat costs four coins."]


def test_title_of_a_component_is_context_of_its_content() -> None:
    document = read_mdx(BOATS)
    (context,) = document.blocks[0].context
    assert (context.kind, document.text[context.start : context.end]) == (
        ContextKind.TITLE,
        "Rules",
    )


def test_content_of_a_component_is_not_code_for_its_indentation() -> None:
    text = "<Steps>\n    1. Open it.\n\n       <A>\n         Mind the step.\n       </A>\n</Steps>"
    assert to_markdown(text).split() == "1. Open it. Mind the step.".split()
    assert "\n1. Open it.\n\n   Mind" in to_markdown(text).replace("\n\n\n", "\n\n")


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("Important words stand here.", "Important words stand here."),
        ("Export taxes rise. {1, 2}", "Export taxes rise. {1, 2}"),
        ("If a < b and c > d, wait.", "If a < b and c > d, wait."),
        ("It costs ${price} today.", "It costs ${price} today."),
        ("<>One</> and <b>two</b>.", "One and <b>two</b>."),
        ('<p className="x">Three.</p>', "Three."),
    ],
)
def test_prose_stays_as_it_is(line: str, shown: str) -> None:
    assert block_texts(read_mdx(f"First.\n\n{line}\n\nLast.")) == ["First.", shown, "Last."]


@few_examples
@given(st.text(alphabet=st.sampled_from("<>/{}`\"' \n=Aab.:#*-import"), max_size=300))
def test_any_mdx_is_read_or_rejected(text: str) -> None:
    try:
        assert_valid(read_mdx(text))
    except ReadError:
        return


def test_unclosed_braces_and_tags_are_read_in_linear_time() -> None:
    for piece in (
        "a: `",
        "a: [{",
        'a: "b"\\',
        "{",
        "<A {",
        '<A b="',
        "`",
        "{/*",
        "<A b={{{",
        "export const a = {\n",
    ):
        read_mdx(piece * 10_000 + "\n\nWords.")


def test_expressions_alone_on_their_line_are_not_quoted() -> None:
    text = "# Boats\n\nThe rate is {props.rate} coins.\n\n{props.children}\n\n{a.map(i => b(i))}\n"
    assert block_texts(read_mdx(text)) == ["The rate is … coins."]


@pytest.mark.parametrize(
    "expression", ["{props.x}", "{later}", '{a ? "b" : "c"}', "{rates[0]}", "{n + 1}", "{f(1)}"]
)
def test_values_that_only_a_page_knows_leave_a_mark(expression: str) -> None:
    text = f"Costs {expression} coins.\n\n{expression}\n\nUse `{expression}` in code."
    document = block_texts(read_mdx(text))
    assert "\n\n".join(document).split() == f"Costs … coins. Use `{expression}` in code.".split()


@pytest.mark.parametrize("tag", ['<Key mod="cmd" k="z" />', "<KeyboardShortcut keys='cmd z' />"])
def test_components_for_keys_are_the_names_of_the_keys(tag: str) -> None:
    assert block_texts(read_mdx(f"# T\n\nPress {tag}.\n\n- {tag} Undo.")) == [
        "Press `cmd z`.\n\n- `cmd z` Undo."
    ]


def test_code_in_components_keeps_its_tabs() -> None:
    text = '# T\n\n<Tab label="Go">\n  ```go\n  if a {\n  \tb()\n  }\n  ```\n</Tab>\n'
    assert "    if a {\n    \tb()\n    }\n" in read_mdx(text).text


def test_components_that_describe_an_endpoint_are_named_by_it() -> None:
    text = '# T\n\n<Api path="/pumps/<id>" method="get">\nReturns it.\n</Api>\n\n' * 2
    document = read_mdx(text)
    assert block_texts(document) == ["Returns it.", "Returns it."]
    (title,) = document.blocks[0].context
    assert document.text[title.start : title.end] == "`GET /pumps/<id>`"


@pytest.mark.parametrize(
    ("opening", "quoted"),
    [
        ("import Api from '@site/api.jsx'", ["It costs … coins."]),
        ('import {\n  Api,\n  Tab\n} from "@site/api";', ["It costs … coins."]),
        ("import time from x", ["import time from x", "It costs {props.size} coins."]),
    ],
)
def test_markdown_that_imports_components_is_mdx(opening: str, quoted: list[str]) -> None:
    text = f"---\ntitle: T\n---\n\n{opening}\n\n## Price\n\nIt costs {{props.size}} coins.\n"
    assert block_texts(parse("a.md", text.encode())) == quoted


@pytest.mark.parametrize("tag", ['<Card title="A">\n', '<Tab label="A">\n'])
def test_many_components_in_each_other_take_seconds(tag: str) -> None:
    started = time.process_time()
    assert block_texts(read_mdx(tag * 3_000 + "\nBoats float.\n"))[-1].endswith("Boats float.")
    assert time.process_time() - started < 5


FAQ = """---
title: Boats
---
export const faq = {
  rules: [
    { id: 1, question: "How long may I sail :)?", answer: "Six hours, you can't stay." },
    {
      title: 'What must I take along?',
      content: `
        - A vest.
        - ${count} oars, \\`tied\\`.

        ### Children
        A smaller vest.`,
    },
  ],
  prices: [{ q: "What is it?", a: "Four\\ncoins." }],
};
export const metadata = { title: "Boats of the lake", description: "All about boats." };

<Structured data={faq} />

## Rules

<Faq rows={faq.rules} />

## Prices

%s
"""


@pytest.mark.parametrize(
    "use", ["<Faq rows={faq.prices} />", "{faq.prices.map((row) => (\n  <Row {...row} />\n))}", ""]
)
def test_questions_kept_as_data_are_sections_at_their_component(use: str) -> None:
    sections = (
        "## Rules ### How long may I sail :)? Six hours, you can't stay. "
        "### What must I take along? - A vest. - … oars, `tied`. "
        "###### Children A smaller vest. "
        f"## Prices {'###' if use else '##'} What is it? Four coins."
    )
    assert to_markdown(FAQ % use).split("---\n")[-1].split() == sections.split()


def test_texts_in_a_property_are_shown_at_their_component() -> None:
    rows = '{ title: "Red", text: "For two." }, { title: "Blue", href: "/b", text: "For four." }'
    text = f"## Boats\n\n<Cards items={{[{rows}]}} />\n\nAsk <Link to={{[1]}}>us</Link>."
    shown = "## Boats ### Red For two. ### Blue For four. Ask us."
    assert to_markdown(text).split() == shown.split()


@pytest.mark.parametrize(
    "data",
    [
        'export const metadata = { title: "Boats", description: "All about boats." };',
        'export const tabs = [{ label: "Linux", value: "linux" }, { label: "Mac", value: "mac" }];',
        'export const nav = [{ title: "Boats", description: "" + x }, { title: "Rules" }];',
        '<Tabs values={[{ label: "Linux", value: "linux" }, { label: "Mac", value: "mac" }]} />',
    ],
)
def test_other_data_is_passed_over(data: str) -> None:
    assert block_texts(read_mdx(f"# T\n\n{data}\n\nMind it.")) == ["Mind it."]


TABS = """## Start

<Tabs values={[{ label: "Red boat", value: "red" }, { value: 'blue', label: 'Blue boat' }]}>
<TabItem value="red">

%sPull the cord.

</TabItem>
<TabItem value="blue">

%sTurn the key.

</TabItem>
<TabItem value="green">

%sPush the button.

</TabItem>
</Tabs>
"""


def test_tabs_without_labels_have_those_of_their_group() -> None:
    markdown = to_markdown(TABS % ("", "", ""))
    assert [line.strip() for line in markdown.split("\n") if line.strip()] == [
        *("## Start", '=== "Red boat"', "Pull the cord."),
        *('=== "Blue boat"', "Turn the key.", '=== "green"', "Push the button."),
    ]


def test_headings_in_tabs_without_labels_say_the_tab() -> None:
    markdown = to_markdown(TABS % ("### Engine\n\n", "### The blue boat\n\n", ""))
    assert [line.strip() for line in markdown.split("\n") if line.strip()] == [
        *("## Start", "### Red boat: Engine", "Pull the cord."),
        *("### The blue boat", "Turn the key.", '=== "green"', "Push the button."),
    ]
