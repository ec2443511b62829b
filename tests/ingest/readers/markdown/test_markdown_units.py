"""Passages of documentation that can stand alone: tabs, questions, rules, MyST directives."""

import pytest

from index.ingest.parsing.passages import MAX_GROUP_CHARS
from index.ingest.readers.markdown.reader import read_markdown
from index.types import Context, ContextKind
from tests.support.format_files import block_texts

SENTENCE = "This sentence explains one step of the setup in some detail. "
LONG = (SENTENCE * 14).strip()
CODE = "make " + "all " * 200


def texts(markdown: str) -> list[str]:
    return block_texts(read_markdown(markdown))


def contexts(markdown: str) -> list[list[str]]:
    document = read_markdown(markdown)
    return [[_text(document.text, each) for each in block.context] for block in document.blocks]


def _text(text: str, context: Context) -> str:
    return text[context.start : context.end]


@pytest.mark.parametrize("answer", ["\nYes. {}", " Yes. {}"])
def test_questions_with_their_answers_stay_apart(answer: str) -> None:
    answers = [f"**Is it {n}?**{answer.format(SENTENCE)}".strip() for n in (1, 2)]
    assert texts("# FAQ\n\n" + "\n\n".join(answers)) == answers


@pytest.mark.parametrize("mark", ["", "*", "_", "__"])
def test_questions_in_any_emphasis_stay_with_their_answers(mark: str) -> None:
    answers = [f"{mark}Is it {n}?{mark}\n\nYes." for n in (1, 2)]
    assert texts("# FAQ\n\n" + "\n\n".join(answers)) == answers


@pytest.mark.parametrize(("question", "answer"), [("Q", "A"), ("F", "A"), ("P", "R")])
def test_letters_for_question_and_answer_stay_apart(question: str, answer: str) -> None:
    answers = [f"{question}: Is it {n}?\n{answer}: Yes." for n in (1, 2)]
    assert texts("# FAQ\n\n" + "\n\n".join(answers)) == answers


@pytest.mark.parametrize(
    "question", ["That sounds good.\nHow did it go on?", f"**Ada:** {SENTENCE * 4}\nAnd you?"]
)
def test_questions_of_several_lines_stay_with_answers(question: str) -> None:
    pairs = [f"{question}\n\n{SENTENCE * 6}".strip()] * 2
    assert texts("# T\n\n" + "\n\n".join(pairs)) == pairs


def test_a_paragraph_that_ends_in_a_question_stays_apart() -> None:
    paragraphs = [f"{SENTENCE * 4}\nAnd you?", (SENTENCE * 6).strip()]
    assert texts("# T\n\n" + "\n\n".join(paragraphs)) == paragraphs


def test_more_of_an_answer_stays_with_its_question() -> None:
    answer = "**Is it free?** Yes.\n\nIt always was."
    assert texts(f"# FAQ\n\n{answer}\n\n**Is it new?** No.") == [answer, "**Is it new?** No."]


def test_the_end_of_a_tab_is_not_joined_to_the_next() -> None:
    tabs = (
        f'=== "Indoor"\n\n    {LONG}\n\n    Last of indoor. {LONG}\n\n'
        '=== "Outdoor"\n\n    Rain is no problem.'
    )
    assert texts(tabs)[1:] == [f"Last of indoor. {LONG}", "Rain is no problem."]
    assert contexts(tabs) == [["Indoor"], ["Indoor"], ["Outdoor"]]


def test_whole_tabs_stay_together() -> None:
    tabs = '=== "Indoor"\n\n    Plug it in.\n\n=== "Outdoor"\n\n    Rain is no problem.'
    assert len(texts(f"# T\n\nPlaces:\n\n{tabs}")) == 1


@pytest.mark.parametrize(
    ("group", "tab", "end", "end_group"),
    [
        ('{{< tabs "uniqueid" >}}', '{{% tab "Indoor" %}}', "{{% /tab %}}", "{{< /tabs >}}"),
        ('<Tabs name="uniqueid">', '<TabItem label="Indoor">', "</TabItem>", "</Tabs>"),
    ],
)
def test_a_group_of_tabs_has_no_title(group: str, tab: str, end: str, end_group: str) -> None:
    markdown = f"{LONG}\n\n{group}\n{tab}\n\n{LONG}\n\n{end}\n{end_group}"
    assert contexts(markdown) == [[], ["Indoor"]]


def test_slots_of_components_are_not_text() -> None:
    markdown = "<Message>\n<template #content>\n\nThe guide is new.\n\n</template>\n</Message>"
    assert texts(markdown) == ["The guide is new."]


@pytest.mark.parametrize(
    ("block", "separator"),
    [("```sh\n{}\n```", "\n\n"), ("{}", "\n"), ("| Name |\n| --- |\n{}", "\n")],
)
def test_a_long_block_begins_behind_its_introduction(block: str, separator: str) -> None:
    mark = {"```sh\n{}\n```": "", "{}": "- ", "| Name |\n| --- |\n{}": "| "}[block]
    lines = separator.join(f"{mark}{number} {SENTENCE}" for number in range(40))
    first, *_ = quoted = texts(
        f"# T\n\nThis is all of it, {SENTENCE * 6}:\n\n{block.format(lines)}"
    )
    assert first.startswith("This is all of it")
    assert "0 This sentence" in first
    assert max(map(len, quoted)) <= MAX_GROUP_CHARS


def test_rules_that_are_only_headings_are_one_passage() -> None:
    rules = "# Server\n\n## Rules\n\n### Be kind\n\n### No spam\n\n## Roles\n\nAsk a mod."
    document = read_markdown(rules)
    assert block_texts(document) == ["### Be kind\n\n### No spam", "Ask a mod."]
    assert [block.section for block in document.blocks] == ["Rules", "Roles"]


MYST = """# T

````{tab-set}
```{tab-item} Linux
:sync: linux

Install it:

```sh
apt install uv
```
```
````

```{note} Read this
It takes a while.
```
"""


def test_directives_of_myst_are_containers() -> None:
    assert texts(MYST) == [
        "Install it:\n\n```sh\napt install uv\n```",
        "It takes a while.",
    ]
    assert contexts(MYST) == [["Linux"], ["Read this"]]


def test_a_tab_that_begins_where_another_ends_has_its_title() -> None:
    markdown = f":::: group\n::: tab-item A\n{LONG}\n:::\n::: tab-item B\n{LONG}\n:::\n::::"
    assert contexts(markdown) == [["A"], ["B"]]


def test_the_text_with_directives_stays_that_of_the_file() -> None:
    assert read_markdown(MYST).text == MYST


def test_code_in_a_directive_stays_code() -> None:
    assert texts("```{code-block} python\n:linenos:\nx = {1}\n```") == [":linenos:\nx = {1}"]


def test_a_table_header_stays_with_its_first_row() -> None:
    head = f"| Name | {'Where it stands ' * 30} |\n| --- | --- |"
    row = f"| gate | {'at the river ' * 30} |"
    first, *_ = texts(f"# T\n\n{SENTENCE * 5}:\n\n{head}\n{row}\n{row}")
    assert first.endswith("|") == ("| gate |" in first)


def test_hugo_comments_are_not_text() -> None:
    assert texts("Copy it.\n\n{{% comment %}} cspell:disable {{% /comment %}}") == ["Copy it."]


def test_a_bold_heading_of_one_item_begins_a_passage() -> None:
    markdown = f"We plan more.\n\n- **Economy**\n\n{LONG}\n\n- **World sim**\n\n{LONG}"
    assert texts(markdown)[1:] == [f"- **Economy**\n\n{LONG}", f"- **World sim**\n\n{LONG}"]


def test_each_bold_rule_stays_with_its_list() -> None:
    rules = [f"**1.{number}. Do not {'cheat ' * 40}.**\n- Nor spy." for number in (1, 2)]
    one_item = [f"**2.{number}. Be fair.**\n- Do this." for number in (1, 2)]
    quoted = [*rules, *one_item]
    assert texts("\n\n".join(["Short rules.", *quoted])) == ["Short rules.", *quoted]


def test_an_introduction_goes_with_the_first_section_below() -> None:
    markdown = "# T\n\nIt has two modes:\n\n## Quick\n\nPress A.\n\n## Slow\n\nPress B."
    document = read_markdown(markdown)
    assert block_texts(document) == ["It has two modes:\n\n## Quick\n\nPress A.", "Press B."]
    assert [block.section for block in document.blocks] == ["Quick", "Slow"]


@pytest.mark.parametrize("markup", ["![The window](a.png)", "<Dependency />", "{* src/a.py *}"])
def test_an_introduction_of_markup_stays_where_it_is(markup: str) -> None:
    markdown = f"# T\n\nIt looks like this:\n\n{markup}\n\n## Usage\n\nPress A."
    assert texts(markdown) == ["It looks like this:", "Press A."]


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    quoted = texts(f"# T\n\n{SENTENCE * 60}")
    assert " ".join(quoted) == (SENTENCE * 60).strip()
    assert all(500 < len(each) <= MAX_GROUP_CHARS for each in quoted)


@pytest.mark.parametrize(
    ("opening", "title"),
    [
        ("```admonish", []),
        ("~~~admonish warning", []),
        ('```admonish info title="Read this"', ["Read this"]),
        ('````admonish tip "Read this", collapsible=true', ["Read this"]),
        ("```ad-note", []),
    ],
)
def test_admonitions_of_mdbook_and_obsidian_are_text(opening: str, title: list[str]) -> None:
    fence = opening[: len(opening) - len(opening.lstrip("`~"))]
    markdown = f"# T\n\n{opening}\nIt takes **long**.\n\n- One\n{fence}"
    assert texts(markdown) == ["It takes **long**.\n\n- One"]
    assert contexts(markdown) == [title]


def test_other_code_is_no_admonition() -> None:
    assert texts("```admonish.toml\nkey = 1\n```") == ["key = 1"]


def test_a_question_with_its_mark_outside_bold_begins_a_passage() -> None:
    answers = [f"**Is it {n}**? <br />\nYes." for n in (1, 2)]
    assert texts("# FAQ\n\n" + "\n\n".join(answers)) == answers


def sections(markdown: str) -> list[str | None]:
    return [block.section for block in read_markdown(markdown).blocks]


def test_repeated_sections_are_named_with_the_heading_above() -> None:
    changes = (
        "# Changes\n\n## 2.1 (May)\n\n### Added\n\n- Rain\n\n### Fixed\n\n- Leaks\n\n"
        "## 2.0\n\n### Fixed\n\n- Noise\n\n## 1.0\n\nFirst."
    )
    assert sections(changes) == ["2.1 (May) › Added", "2.1 (May) › Fixed", "2.0 › Fixed", "1.0"]


def test_sections_of_one_heading_keep_their_names() -> None:
    assert sections("# T\n\n## Pump\n\n### Example\n\nA.\n\n### Example\n\nB.") == ["Example"] * 2


def test_a_section_named_like_the_one_above_is_named_once() -> None:
    text = "# T\n\n## Speed\n\n### Speed\n\nA.\n\n## Rain\n\n### Speed\n\nB."
    assert sections(text) == ["Speed", "Rain › Speed"]


@pytest.mark.parametrize("code", ["```sh\n{}\n```", "| a | b |\n|---|---|\n| c | {} |"])
def test_the_last_item_stays_with_the_code_that_it_announces(code: str) -> None:
    items = "\n".join(f"- {SENTENCE * 3}".strip() for _ in range(5))
    code = code.format("make " * 60 + "now")
    assert texts(f"# T\n\n{items}\n- Then run:\n\n{code}") == [items, f"- Then run:\n\n{code}"]


def test_code_cut_in_parts_is_below_the_item_that_announces_it() -> None:
    code = "\n\n".join(["make\n" * 100] * 4)
    quoted = contexts(f"# T\n\n- Stop it\n- Then run:\n\n```sh\n{code}\n```")
    assert quoted[1] == ["- Then run:", "```sh"]


def test_a_heading_above_an_include_alone_is_no_passage() -> None:
    rules = "## Be kind\n\n## No spam"
    page = f"# T\n\nA.\n\n## Example\n\n{{{{< img a.png >}}}}\n\n{rules}\n\n<!-- always -->"
    assert texts(page) == ["A.", rules]


def test_labels_of_empty_tabs_are_no_text() -> None:
    assert texts('# T\n\nA.\n\n=== "Example"\n\n    Rain.\n\n=== "Schema"\n') == [
        'A.\n\n=== "Example"\n\n    Rain.'
    ]


def test_lists_of_many_levels_do_not_swallow_what_follows() -> None:
    levels = "\n".join("  " * depth + f"- Level {depth}" for depth in range(20))
    assert texts(f"# T\n\n{levels}\n\n## Rain\n\nIt rains.")[-1] == "It rains."


def test_an_emoji_at_the_end_announces_nothing() -> None:
    document = read_markdown(f"# T\n\n## S\n\nIt is `on` :grin:\n\n- {LONG}")
    assert all(each.kind is ContextKind.HEADING for each in document.blocks[-1].context)


def test_tags_of_notes_are_no_text() -> None:
    assert texts("# T\n\nTags: #pump #rain/heavy\n\nIt hums.\n\n^Tags: #pump") == ["It hums."]
    assert texts("# T\n\nAsk in: #help") == ["Ask in: #help"]


def test_dashes_below_a_picture_do_not_make_it_a_heading() -> None:
    markdown = f"# T\n\n## S\n\n{SENTENCE}\n\n![The menu](menu.gif)\n-----\n\n{SENTENCE}"
    document = read_markdown(markdown)
    assert [block.section for block in document.blocks] == ["S", "S"]
    assert [document.text[block.start : block.end] for block in document.blocks] == [
        SENTENCE.strip()
    ] * 2


def test_dashes_below_an_admonition_do_not_make_it_a_heading() -> None:
    document = read_markdown('# T\n\n## S\n\n!!! note "Mind it"\n\tIt rains.\n---\n\n## U\n\nA.')
    assert [block.section for block in document.blocks] == ["S", "U"]
    assert block_texts(document)[0] == "It rains."


def test_a_name_with_colons_before_the_last_one_announces() -> None:
    assert texts("# T\n\n## S\n\nCall std::sort:\n\n- " + LONG)[0].startswith(
        "Call std::sort:\n\n-"
    )


@pytest.mark.parametrize("mark", ['!!! note "Wind"', '??? note "Wind"', '=== "Wind"'])
@pytest.mark.parametrize("above", ["- Hoist the sail.", "Hoist the sail."])
def test_a_mark_right_below_a_line_opens_a_container(above: str, mark: str) -> None:
    markdown = f"# T\n\n{above}\n{mark}\n\n    {LONG}\n\n    {LONG}"
    assert texts(markdown)[-1] == LONG
    assert contexts(markdown)[-1] == ["Wind"]


@pytest.mark.parametrize("mark", ["##", "###"])
def test_questions_right_above_each_other_share_an_answer(mark: str) -> None:
    questions = f"{mark} How do I join?\n\n{mark} Can I join from a phone?"
    answered = f"{questions}\n\nAsk an officer."
    assert texts(f"# FAQ\n\nHello.\n\n{answered}\n\n{mark} Why?\n\nSo.")[1:] == [answered, "So."]


def test_questions_without_an_answer_stand_alone() -> None:
    assert texts("# FAQ\n\n## Who pays?\n\n## Who steers?\n\n# Crew\n\nTom.") == [
        "Who pays?",
        "Who steers?",
        "Tom.",
    ]


def test_a_long_row_is_cut_between_its_cells() -> None:
    cell = (SENTENCE * 7).strip()
    table = f"| Rank | Duty | Pay |\n| --- | --- | --- |\n| **Mate** | {cell} | {cell}{cell} |"
    rows = f"{table}\n| Cook | Cooks. | Little. |"
    pieces = [f"| {cell} |", f"| {cell}{cell} |", "| Cook | Cooks. | Little. |"]
    assert texts(f"# Crew\n\n{rows}") == pieces
    assert contexts(f"# Crew\n\n{rows}") == [
        ["**Mate**", "| Duty |"],
        ["**Mate**", "| Pay |"],
        ["| Rank | Duty | Pay |"],
    ]


def test_a_cell_that_is_too_long_is_cut_between_its_sentences() -> None:
    table = f"| | Duty |\n| --- | --- |\n| Mate | {LONG} {LONG} |"
    assert {text[-1] for text in texts(table)} == {"."}
    assert max(map(len, texts(table))) <= MAX_GROUP_CHARS
    assert contexts(table) == [["Duty", "Mate"], ["Duty", "Mate"]]


@pytest.mark.parametrize(
    "line", ["**[---- Back to the contents](#contents)**", "[&laquo; Previous](a.md)", "[← Up](..)"]
)
def test_links_that_only_lead_around_are_no_text(line: str) -> None:
    assert texts(f"# T\n\nSailing.\n\n{line}") == ["Sailing."]


@pytest.mark.parametrize("mark", ["- ", "1. ", "* **"])
def test_a_table_of_contents_is_no_text(mark: str) -> None:
    end = "**" if mark.endswith("**") else ""
    contents = "\n".join(f"{mark}[Part {n} (new)](#part-{n}-new){end}" for n in range(4))
    assert texts(f"# T\n\n{contents}\n\nSailing.") == ["Sailing."]
    assert texts(f"# T\n\nThe rules are:\n\n{contents}") == [f"The rules are:\n\n{contents}"]


@pytest.mark.parametrize("other", ["- [Fees](fees)", "- [FAQ](faq.md)", "- **Parts**"])
def test_a_table_of_contents_may_have_other_items(other: str) -> None:
    items = "\n".join(f"  - [Part {n}](#part-{n})" for n in range(4))
    assert texts(f"# T\n\n{other}\n{items}\n\nSailing.") == ["Sailing."]
    many = f"{other}\n{other}\n{items}"
    assert texts(f"# T\n\n{many}") == [many]


def test_a_list_with_a_rule_in_it_is_no_table_of_contents() -> None:
    items = "\n".join(f"- [Part {n}](#part-{n})" for n in range(8))
    rules = f"{items}\n- Boats are to be back by six, or a fee of four coins is due to the club."
    assert texts(f"# T\n\n{rules}") == [rules]


def test_pictures_on_several_lines_are_no_text() -> None:
    pictures = '<img\n  src="red.png"\n  alt="A red boat"\n/>\n\n<img\n  src="b.png"\n/>'
    assert texts(f"# T\n\n{pictures}\n\nSailing.") == ["Sailing."]


def test_links_to_a_few_sections_are_text() -> None:
    assert texts("# T\n\n- [Oars](#oars)\n- [Sails](#sails)") == [
        "- [Oars](#oars)\n- [Sails](#sails)"
    ]


def test_long_html_is_cut_between_its_elements() -> None:
    card = f"<div>\n<b>A card</b> {SENTENCE * 4}\n</div>"
    pieces = texts("# T\n\n<div>\n" + "\n".join([card] * 9) + "\n</div>")
    assert len(pieces) > 1
    assert max(map(len, pieces)) <= MAX_GROUP_CHARS
    assert {piece.count("<b>") == piece.count("</b>") for piece in pieces} == {True}


@pytest.mark.parametrize("opening", [":::tabs", "::: tabs", ":::tabs key:place"])
def test_labels_between_lines_open_tabs(opening: str) -> None:
    markdown = f"# T\n\n{opening}\n== In a port\n{LONG}\n== At sea\n{LONG}\n:::\n\n{LONG}"
    assert texts(markdown) == [LONG] * 3
    assert contexts(markdown) == [["In a port"], ["At sea"], []]


@pytest.mark.parametrize("line", ["== Sails ==", "== Sails"])
def test_a_label_outside_of_tabs_is_text(line: str) -> None:
    assert texts(f"# T\n\n{line}\n\n{LONG}")[0] == line


@pytest.mark.parametrize(
    ("summary", "title"),
    [
        ("\n  <h3>\n    <b>Fees</b>\n  </h3>\n", "Fees"),
        ("<strong>Fees</strong> of <em>ports</em>", "<strong>Fees</strong> of <em>ports</em>"),
        ("<b>Fees</b> and <b>tolls</b>", "<b>Fees</b> and <b>tolls</b>"),
    ],
)
def test_titles_of_details_are_without_tags_around_them(summary: str, title: str) -> None:
    markdown = f"<details>\n<summary>{summary}</summary>\n\n{LONG}\n\n{LONG}\n\n</details>"
    assert contexts(markdown) == [[title], [title]]


def test_a_long_item_keeps_its_mark_beside_other_items() -> None:
    long = f"- {SENTENCE * 6}\n  - Inner"
    assert texts(f"# T\n\n{long}\n- Last") == [f"{long}\n- Last"]
    assert texts(f"# T\n\n{long}") == [long.removeprefix("- ")]


@pytest.mark.parametrize(
    "answer",
    ["**Q.** _Is it {}?_\n\n  **A.** Yes.", "Is it {}?\n\n  Yes.", "**Is it {}?** Yes.\n\n  - Oak"],
)
@pytest.mark.parametrize("mark", ["-", "1."])
def test_items_with_questions_and_answers_stay_apart(mark: str, answer: str) -> None:
    indent = " " * len(mark) + " "
    answers = [answer.replace("  ", indent).format(number) for number in (1, 2)]
    items = "\n\n".join(f"{mark} {each}" for each in answers)
    assert texts(f"# FAQ\n\n{items}") == answers


@pytest.mark.parametrize("introduction", ["Check this:\n\n", ""])
def test_questions_in_a_list_without_answers_stay_together(introduction: str) -> None:
    items = "- Is it on?\n- Is it plugged in?"
    assert texts(f"# T\n\n{introduction}{items}") == [introduction + items]


def test_an_announced_list_of_questions_stays_together() -> None:
    checklist = "Check this:\n\n- **Is it on?** Turn it on.\n- **Is it old?** Replace it."
    assert texts(f"# T\n\n{checklist}") == [checklist]


def test_a_marked_question_may_have_several_lines() -> None:
    answers = [f"**Q:** I have {number} bees\nand ask for more.\n\n**A:** No." for number in (1, 2)]
    assert texts("# FAQ\n\n" + "\n\n".join(answers)) == answers


def test_a_quoted_question_stays_with_its_answer() -> None:
    answers = [f"Is it {number}?\n\nYes." for number in (1, 2)]
    quoted = "\n\n".join(f"> {answer}" for answer in answers)
    assert texts(f"# FAQ\n\n{quoted}") == answers


@pytest.mark.parametrize(
    "label", ["**Solution:**", "**Answer**:", "__Fix__", "**Lösung:**", "**Possible causes:**"]
)
def test_a_solution_stays_with_its_problem(label: str) -> None:
    body = f"The boat leaks:\n\n```log\nE 7\n```\n\n{label}\n\n```sh\npump\n```"
    assert texts(f"# T\n\n## It leaks\n\n{body}") == [body]
    assert texts(f"# T\n\n## It leaks\n\n{body.replace(label, '**On Sundays:**')}") != [body]


def test_a_solution_that_does_not_fit_stands_alone() -> None:
    problem, solution = "It leaks. " * 80, "Pump it out. " * 40
    assert texts(f"# T\n\n## It leaks\n\n{problem}\n\n**Solution:**\n\n{solution}") == [
        problem.strip(),
        f"**Solution:**\n\n{solution.strip()}",
    ]


def test_long_html_is_cut_between_its_outer_elements() -> None:
    card = (
        '  <div class="card">\n    <p>\n      {}\n    </p>\n    <p>\n      {}\n    </p>\n  </div>\n'
    )
    boats = [f"Boat {number}" for number in range(8)]
    cards = "".join(card.format(boat, "It is red. " * 30) for boat in boats)
    quoted = texts(f"# T\n\n<div>\n{cards}</div>")
    assert [boat for text in quoted for boat in boats if boat in text] == boats
    assert len(quoted) == 4
    assert all(text.startswith('<div class="card">') for text in quoted[1:])


def test_tabs_that_are_cut_apart_keep_their_introduction() -> None:
    tabs = "\n\n".join(f'=== "{name}"\n\n    ```sh\n    {CODE}\n    ```' for name in "abc")
    markdown = f"# T\n\n## S\n\nRun this in your shell:\n\n{tabs}\n\nThen {SENTENCE}"
    assert contexts(markdown) == [
        ["S"],
        ["S", "b", "Run this in your shell:", "```sh"],
        ["S", "c", "Run this in your shell:", "```sh"],
        ["S"],
    ]


def test_tabs_with_an_introduction_keep_the_one_before_them() -> None:
    tabs = "\n\n".join(
        f'=== "{name}"\n\n    Go on:\n\n    ```sh\n    {CODE}\n    ```' for name in "ab"
    )
    assert contexts(f"# T\n\nRun this:\n\n{tabs}") == [[], ["b", "Run this:"]]
