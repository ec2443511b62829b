import pytest

from index.ingest.readers.markdown.reader import read_markdown
from index.types import ContextKind, context_slices

SENTENCE = "This sentence explains one step of the setup in some detail. "


def contexts(markdown: str) -> list[list[tuple[str, str]]]:
    """Return the kinds and texts of the context of each block."""
    document = read_markdown(markdown)
    return [
        [(each.kind.value, each.text) for each in context_slices(document.text, block.context)]
        for block in document.blocks
    ]


def test_all_headings_above_a_passage_are_its_context() -> None:
    article = "# T\n\nA.\n\n## Setup\n\n### On `Linux`\n\nB.\n\n#### Deep\n\nC.\n\n## Use\n\nD."
    setup, linux = ("heading", "Setup"), ("heading", "On `Linux`")
    assert contexts(article) == [
        [],
        [setup, linux],
        [setup, linux, ("heading", "Deep")],
        [("heading", "Use")],
    ]


def test_a_heading_without_content_has_those_above_it() -> None:
    assert contexts("# T\n\n## Platforms\n\n### Windows\n\n### Linux\n\nYes.")[0] == [
        ("heading", "Platforms")
    ]


@pytest.mark.parametrize(
    "opening",
    [
        '!!! note "In a container"',
        "/// note | In a container",
        "/// tab | In a container",
        "::: info In a container",
        ":::tip[In a container]",
        '=== "In a container"',
    ],
)
def test_the_title_around_a_passage_is_its_context(opening: str) -> None:
    indent, close = ("", f"\n\n{opening[:3]}\n") if opening[0] in "/:" else ("    ", "")
    content = f"{indent}{SENTENCE * 12}"
    assert contexts(f"# T\n\n{SENTENCE * 12}\n\n{opening}\n\n{content}{close}")[1] == [
        ("title", "In a container")
    ]


def test_an_untitled_admonition_has_no_title() -> None:
    assert contexts(f"# T\n\n{SENTENCE * 12}\n\n!!! note\n\n    {SENTENCE * 12}") == [[], []]


def test_a_list_cut_from_its_introduction_names_it() -> None:
    items = "\n".join(f"- {SENTENCE}{number}" for number in range(40))
    first, *others = contexts(f"# T\n\nFollow these steps:\n\n{items}")
    assert first == []
    assert others == [[("introduction", "Follow these steps:")]] * len(others) != []


def test_rows_cut_from_a_table_have_its_header() -> None:
    rows = "\n".join(f"| setting-{number} | {SENTENCE} |" for number in range(40))
    first, *others = contexts(f"# T\n\n| Setting | Meaning |\n|---|---|\n{rows}")
    assert first == []
    assert others == [[("table header", "| Setting | Meaning |")]] * len(others) != []


def test_code_without_its_fence_has_it_as_context() -> None:
    assert contexts("# T\n\n```sh\nmake\n```\n") == [[("code fence", "```sh")]]


def test_long_code_is_cut_between_lines() -> None:
    lines = [f"option_{number} = {SENTENCE.strip()}" for number in range(40)]
    document = read_markdown("# T\n\nSet:\n\n```ini\n" + "\n".join(lines) + "\n```\n")
    quoted = [document.text[block.start : block.end] for block in document.blocks]
    assert quoted[0].startswith("Set:\n\n```ini\noption_0")
    assert [line for text in quoted for line in text.split("\n") if line[:3] == "opt"] == lines
    assert {each.kind for block in document.blocks[1:] for each in block.context} == {
        ContextKind.INTRODUCTION,
        ContextKind.CODE_FENCE,
    }


@pytest.mark.parametrize(
    ("option", "description", "end"),
    [
        ("#timeout_{}: 600", "#   How long to wait, in seconds.", ""),
        ("timeout_{}:", "  seconds: 600", ""),
        ("def wait_{}():", "    sleep(600)", ""),
        ("timeout_{} {{", "  seconds = 600", "}"),
    ],
)
def test_long_code_is_cut_before_what_is_indented_least(
    option: str, description: str, end: str
) -> None:
    code = "\n".join(
        "\n".join([option.format(number), *[description] * 7, *filter(None, [end])])
        for number in range(20)
    )
    document = read_markdown(f"# T\n\nSet:\n\n```\n{code}\n```\n")
    quoted = [document.text[block.start : block.end] for block in document.blocks]
    starts = tuple(option.format(number) for number in range(20))
    assert len(quoted) > 2
    assert all(text.startswith(starts) for text in quoted[1:])


def test_code_of_many_long_lines_is_cut_in_linear_time() -> None:
    for line in ("a", "  " * 50 + "a" * 500, "}"):
        read_markdown("```\n" + f"{line}\n" * 5_000 + "```")


def test_fences_and_tab_labels_are_markup() -> None:
    tabs = '=== "Windows"\n\n    ```sh\n    winget install uv\n    ```'
    document = read_markdown(f"# T\n\nInstall it:\n\n{tabs}")
    (block,) = document.blocks
    between, closing = [document.text[start:end] for start, end in block.markup]
    assert (between.strip(), closing.strip()) == ('=== "Windows"\n\n    ```sh', "```")
