from index.ingest.parsing.document import ParsedDocument
from index.ingest.readers.myst.reader import read_myst
from index.types import ContextKind
from tests.support.format_files import block_texts, sections


def _titles(document: ParsedDocument) -> list[list[str]]:
    return [
        [
            document.text[each.start : each.end]
            for each in block.context
            if each.kind is ContextKind.TITLE
        ]
        for block in document.blocks
    ]


def test_labels_are_not_quoted() -> None:
    text = "(boats)=\n\n# Boats\n\nA boat floats.\n\n(rules)=\n(The rules)=\n## Rules\n\n"
    document = read_myst(f"{text}No (loud)= noise.\n", {})
    assert block_texts(document) == ["A boat floats.", "No (loud)= noise."]
    assert sections(document) == [None, "Rules"]


def test_comments_are_not_quoted() -> None:
    text = "# Boats\n\n% TODO: count them\n% again\nBoats float.\n\nOften, or in 50\n% of cases.\n"
    assert block_texts(read_myst(text, {})) == ["Boats float.", "Often, or in 50\n% of cases."]


def test_tabs_of_sphinx_tabs_are_text() -> None:
    text = """# Boats

Open the gate:

`````{tabs}
````{group-tab} By hand
Turn the wheel:

    turn --left

```{tip}
Use both hands.
```
````
````{tab} By motor
Press {guilabel}`Open`.
````
`````
"""
    (block,) = block_texts(read_myst(text, {}))
    assert block.startswith("Open the gate:\n\n`````{tabs}\n````{group-tab} By hand\nTurn the")
    assert "Press Open." in block


def test_an_argument_that_is_no_text_is_no_title() -> None:
    text = (
        "Rope is strong.\n\n:::{{{name}}} html and 1 2\n{content}\n:::\n\n" + "It is long. " * 200
    )
    for name in ("only", "grid", "figure", "container"):
        document = read_myst(text.format(name=name, content="Boats float. " * 200), {})
        assert not any(_titles(document))


def test_names_of_directives_have_any_case() -> None:
    text = "# Boats\n\n```{Caution}\nThe steps are slippery, see `here`.\n```\n"
    assert block_texts(read_myst(text, {})) == ["The steps are slippery, see `here`."]


def test_a_paragraph_that_only_a_generator_knows_is_left_out() -> None:
    assert block_texts(read_myst("# Boats\n\nThey float.\n\n{{boats_how}}\n{{ more }}\n", {})) == [
        "They float."
    ]


def test_restructured_text_in_markdown_is_read_as_such() -> None:
    text = """# Boats

1. Read this:

   ```{eval-rst}
   .. module:: boats

   See :ref:`rules` and :class:`~boats.Boat`:

   .. code-block:: sh

      turn --left
   ```

```{eval-rst}
.. autoclass:: Boat
   :members:
```

Ready.
"""
    (block,) = block_texts(read_myst(text, {"ref:rules": "The rules"}))
    introduction = "1. Read this:\n\n   See The rules and `Boat`:"
    code = "   ```sh\n   turn --left\n   ```"
    assert block.split("\n\n\n")[0] == f"{introduction}\n\n{code}"
    assert block.split()[-2:] == ["```", "Ready."]


def test_restructured_text_on_the_line_of_a_mark_stays() -> None:
    source = "- ```{eval-rst}\n  Boats.\n  ```"
    assert read_myst(f"{source}\n", {}).text == f"{source}\n"


def test_restructured_text_that_cannot_be_read_stays_code() -> None:
    source = "```{eval-rst}\n" + "*a " * 6_000 + "\n```"
    assert "eval-rst" in read_myst(f"Words.\n\n{source}\n", {}).text


def test_code_is_shown_without_options_below_its_caption() -> None:
    text = """# Boats

::::{note}
```{code-block} toml
:caption: lamp.toml
:emphasize-lines: 2

[lamp]
colour = "amber"
```

```{terminal}
:input: harbour open
:user: root

Opened.
```
::::

```{youtube} https://www.youtube.com/watch?v=boats
:title: Boats
```

```python
:name: a
```
"""
    (block,) = block_texts(read_myst(text, {}))
    code = 'lamp.toml:\n\n```toml\n[lamp]\ncolour = "amber"\n```'
    assert block.startswith(f"{code}\n\n```\n$ harbour open\n\nOpened.\n```\n::::")
    assert block.endswith("```python\n:name: a\n```")
    assert "youtube" not in block
