import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build.pipeline import build
from index.ingest.check import check_folder
from index.ingest.includes import IncludableFiles, expand_includes
from index.ingest.includes.expand import MAX_DEPTH, MAX_INCLUDED_CHARS
from tests.support.articles import LoadedFolder, read_file, read_folder

CODE = "import pump\n\npump.open()\npump.close()\n"
NOTES = """---
title: Pump notes
---

It is red.

# Care

Oil it weekly.

# Past

It was blue.
"""
PARTS = """# --8<-- [start:open]
    pump.open()
# --8<-- [end:open]
# #region close
pump.close()
# #endregion close
def drain(pump):
    pump.drain()

last()
"""


def write(folder: Path, **files: str) -> Path:
    """Write files; two underscores in a name stand for a slash, and the last one for the dot."""
    for name, content in files.items():
        stem, _, suffix = name.replace("__", "/").rpartition("_")
        path = folder / f"{stem}.{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")
    return folder


def seeds(folder: Path, article: str, suffix: str = "md") -> Path:
    files = {f"docs__guide__page_{suffix}": article}
    return write(folder, **files, src__pump_py=CODE, docs__notes_md=NOTES, src__parts_py=PARTS)


def page(loaded: LoadedFolder) -> list[str]:
    (article,) = [each for each in loaded.articles if each.path.startswith("docs/guide/page")]
    return [article.text[block.start : block.end] for block in article.blocks]


@pytest.mark.parametrize(
    ("directive", "content"),
    [
        ("{* ../../src/pump.py hl[3] *}", f"```python\n{CODE}```"),
        ("{* ../../src/pump.py ln[3:4] hl[1] *}", "```python\npump.open()\npump.close()\n```"),
        ("{* ../../src/pump.py ln[1,4] *}", "```python\nimport pump\npump.close()\n```"),
        ("```python\n{!../../../src/pump.py!}\n```", f"```python\n{CODE}```"),
        ("```python\n{!> ../src/pump.py [ln:1-1] !}\n```", "```python\nimport pump\n```"),
        ('```py\n--8<-- "src/pump.py:3:3"\n```', "```py\npump.open()\n```"),
        ('```py\n--8<-- "src/pump.py::1"\n```', "```py\nimport pump\n```"),
        ('```py\n--8<-- "src/parts.py:open"\n```', "```py\n    pump.open()\n```"),
        ("<<< @/src/pump.py{1}", f"```python\n{CODE}```"),
        ("<<< ../../src/parts.py#close [Close]", "```python\npump.close()\n```"),
        ('{{< readfile file="/src/pump.py" code="true" >}}', f"```python\n{CODE}```"),
        ('{{% code_sample file="pump.py" %}}', f"```python\n{CODE}```"),
        ("```python\n{{#include ../src/pump.py:3:}}\n```",
         "```python\npump.open()\npump.close()\n```"),
        ("```py\n{{#rustdoc_include ../src/parts.py:open}}\n```", "```py\n    pump.open()\n```"),
        ("```{literalinclude} /src/pump.py\n:lines: 3-4\n```",
         "```python\npump.open()\npump.close()\n```"),
        ("```{literalinclude} /src/parts.py\n:pyobject: drain\n```",
         "```python\ndef drain(pump):\n    pump.drain()\n```"),
    ],
)  # fmt: skip
def test_included_code_is_quoted_with_its_text(
    directive: str, content: str, tmp_path: Path
) -> None:
    folder = seeds(tmp_path, f"# The pump\n\nSet it up:\n\n{directive}\n\nIt hums.\n")
    assert page(read_folder(folder)) == [f"Set it up:\n\n{content.strip()}\n\nIt hums."]


@pytest.mark.parametrize(
    ("directive", "content"),
    [
        ('--8<-- "docs/notes.md"', "It is red."),
        ("--8<--\ndocs/notes.md\n--8<--", "It is red."),
        ('{{< include "../notes.md" >}}', "It is red."),
        ('{{% include file="docs/notes.md" %}}', "It is red."),
        ('{% include "../notes.md" %}', "It is red."),
        ('{%\n  include-markdown "../notes.md"\n  start="# Past"\n%}', "It was blue."),
        ("{{#include ../notes.md}}", "It is red."),
        ("![[Notes]]", "It is red."),
        ("![[Notes#Care]]", "Oil it weekly."),
        ("![[docs/notes|the notes]]", "It is red."),
        ("<!-- @include: ../notes.md{12,20} -->", "It was blue."),
        ("<!--@include: ../notes.md#care-->", "Oil it weekly."),
        ("```{include} ../notes.md\n```", "It is red."),
        ("import Notes from '../notes.md';\n\n<Notes />", "It is red."),
    ],
)
def test_included_text_is_quoted_in_the_page(directive: str, content: str, tmp_path: Path) -> None:
    texts = page(read_folder(seeds(tmp_path, f"# The pump\n\nFirst.\n\n{directive}\n\nLast.\n")))
    assert content in "\n\n".join(texts)
    assert "Pump notes" not in "\n\n".join(texts)
    others = {"It is red.", "Oil it weekly.", "It was blue."} - {content}
    if "are" in directive or "Past" in directive:
        assert not any(other in text for other in others for text in texts)


def test_an_import_is_removed_outside_of_code() -> None:
    files = IncludableFiles(lambda: ["notes.md"], lambda _path: b"It is red.")
    code = "```js\nimport Notes from './notes.md'\n```"
    text = f"First.\n\nimport Notes from './notes.md';\n\n<Notes />\n\n{code}\n"
    expanded = expand_includes(text, "page.md", files).text
    assert expanded == f"First.\n\n\n\nIt is red.\n\n{code}\n"


@pytest.mark.parametrize(
    ("directive", "content"),
    [
        (".. literalinclude:: ../../src/pump.py\n   :lines: 1", "```python\nimport pump\n```"),
        (".. literalinclude:: /src/parts.py\n   :start-after: [end:open]\n   :end-before: def",
         "```python\npump.close()\n```"),
        (".. include:: ../part.rst", "```\noil(pump)\n```"),
    ],
)  # fmt: skip
def test_rst_includes_are_resolved(directive: str, content: str, tmp_path: Path) -> None:
    write(tmp_path, docs__part_rst="::\n\n    oil(pump)\n")
    folder = seeds(tmp_path, f"The pump\n========\n\nSet it up:\n\n{directive}\n", "rst")
    assert page(read_folder(folder)) == [f"Set it up:\n\n{content}"]


@pytest.mark.parametrize("suffix", ["subst", "inc", "def"])
def test_rst_files_with_any_suffix_are_included_as_text(suffix: str, tmp_path: Path) -> None:
    write(tmp_path, **{f"docs__names_{suffix}": ".. |mark| unicode:: U+00AE\n   :ltrim:\n"})
    article = f".. include:: /names.{suffix}\n\nThe pump\n========\n\nBuy Pumpo |mark| oil.\n"
    assert page(read_folder(seeds(tmp_path, article, "rst"))) == ["Buy Pumpo® oil."]


@pytest.mark.parametrize(
    ("directive", "content"),
    [
        ("[source,python]\n----\ninclude::example$pump.py[tag=close,indent=0]\n----",
         "```python\npump.close()\n```"),
        ("[source]\n----\ninclude::{examples}/pump.py[lines=1;4..5,indent=0]\n----",
         "```\nimport pump\npump.close()\n```"),
        ("[source]\n----\ninclude::{examples}/pump.py[lines=7..-1]\n----",
         "```\npump.open()\n```"),
        ("----\ninclude::example$pump.py[tags=\"close,open\"]\n----",
         "```\npump.close()\npump.open()\n```"),
        ("include::boats:partial$oil.adoc[]", "- Oil it."),
    ],
)  # fmt: skip
def test_asciidoc_includes_are_resolved(directive: str, content: str, tmp_path: Path) -> None:
    for name, text in {
        "pages/boat.adoc": f"= Boat\n\nSet it up:\n\n{directive}\n",
        "partials/oil.adoc": "// tag::all[]\n* Oil it.\n",
        "examples/pump.py": "import pump\n\n# tag::close[]\npump.close()\n# end::close[]\n"
        "# tag::open[]\npump.open()\n# end::open[]\n",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    article = read_folder(tmp_path).articles[0]
    texts = [article.text[block.start : block.end] for block in article.blocks]
    assert texts == [f"Set it up:\n\n{content}"]


def test_included_files_may_include_others(tmp_path: Path) -> None:
    write(tmp_path, a_md='One.\n\n--8<-- "b.md"', b_md="{* c.py *}", c_py="c()")
    (article, _) = read_folder(tmp_path).articles
    assert article.text == "One.\n\n```python\nc()\n```"


def test_files_that_include_each_other_end_somewhere(tmp_path: Path) -> None:
    write(tmp_path, a_md='A.\n\n--8<-- "b.md"', b_md='B.\n\n--8<-- "a.md"')
    loaded = read_folder(tmp_path)
    assert loaded.articles[0].text.split() == ["A.", "B."]
    assert loaded.files[0].missing_includes == ("a.md",)


def test_includes_end_at_a_depth(tmp_path: Path) -> None:
    write(tmp_path, **{f"n{i}_md": f'Note {i}.\n\n--8<-- "n{i + 1}.md"' for i in range(9)})
    text = read_folder(tmp_path).articles[0].text
    assert [i for i in range(9) if f"Note {i}." in text] == [*range(MAX_DEPTH + 1)]


@pytest.mark.parametrize(
    "target", ["../outside.md", ".hidden.md", "link.md", "/etc/passwd", "big.md"]
)
def test_files_outside_or_hidden_are_not_included(target: str, tmp_path: Path) -> None:
    write(tmp_path, outside_md="Secret.", seeds__big_md="Secret. " * 100_000)
    folder = write(tmp_path / "seeds", page_md=f'Page.\n\n--8<-- "{target}"')
    (folder / ".hidden.md").write_text("Secret.")
    (folder / "link.md").symlink_to(tmp_path / "outside.md")
    article = read_file(folder / "page.md", folder)
    assert article.text.strip() == "Page."


def test_examples_of_directives_in_code_stay(tmp_path: Path) -> None:
    body = "Write this:\n\n```\n![[notes]]\n<<< @/src/pump.py\n```"
    assert page(read_folder(seeds(tmp_path, f"# The pump\n\n{body}\n"))) == [body]


def test_a_part_of_pages_is_no_article_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, a_md='A.\n\n--8<-- "_part.md"', _part_md="Part.", _other_md="Other.")
    write(tmp_path, b_md='B.\n\n--8<-- "snippets/tip.md"\n--8<-- "c.md"')
    write(tmp_path, snippets__tip_md="Tip.", c_md="C.")
    assert [each.path for each in read_folder(tmp_path).articles] == [
        "_other.md",
        "a.md",
        "b.md",
        "c.md",
    ]


def test_missing_includes_are_counted(tmp_path: Path) -> None:
    body = "# Pump\n\nRun:\n\n{* src/a.py *}\n{* src/b.py *}\n![[pump.png]]\n"
    (check,), _ = check_folder(write(tmp_path, page_md=body))
    assert check.notes == ("2 included files are not in seeds: src/a.py, src/b.py; copy them here",)
    assert read_folder(tmp_path).notes == ()


def test_code_without_its_file_leaves_no_trace(tmp_path: Path) -> None:
    body = "# Pump\n\nOpen it:\n\n```rust\n{{#include gone.rs}}\n```\n\nSee:\n\n```\n$ run\n"
    folder = write(tmp_path, page_md=body + "{{#include gone.txt}}\n```\n")
    text = read_file(folder / "page.md", folder).text
    assert "gone" not in text
    assert text.split() == ["#", "Pump", "Open", "it:", "See:", "```", "$", "run", "```"]


def test_a_changed_include_changes_the_article(tmp_path: Path) -> None:
    folder = seeds(tmp_path / "seeds", "# The pump\n\nSet it up:\n\n{* ../../src/pump.py *}\n")
    build(folder, tmp_path / "index")
    (folder / "src" / "pump.py").write_text("pump.start()")
    assert build(folder, tmp_path / "index").changes.changed == ("docs/guide/page.md",)


PIECES = st.sampled_from(
    ["{* a.py *}", '--8<-- "a.py"', "--8<--\n", "![[a]]", "![[#b]]", "{{< include a >}}", "```\n",
     "<<< a.py#x{1}", "\n", "\n    ", "x", "<!-- @include: a.py{1,} -->", "{! a !}",
     "import A from 'a.md'", "<A />", "```{include} a\n", ":lines: 1\n", "{% include a %}",
     "0", "ln[1:", "]"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=30).map("".join))
def test_any_mix_of_directives_is_expanded(text: str) -> None:
    files = IncludableFiles(lambda: ["a.py", "a.md", "a"], lambda _path: text.encode())
    expanded = expand_includes(text, "page.md", files)
    assert set(expanded.included) <= {"a.py", "a.md", "a"}


@pytest.mark.parametrize("unit", ["{* ", "--8<--\n", "![[", "```\n", "{% include ", "<<< a\n"])
def test_half_a_megabyte_of_directives_takes_seconds(unit: str) -> None:
    started = time.process_time()
    files = IncludableFiles(list, lambda _path: b"")
    expand_includes(unit * (500_000 // len(unit)), "page.md", files)
    assert time.process_time() - started < 10


@pytest.mark.parametrize(
    ("suffix", "directive", "step"),
    [
        ("md", "{{* ../../src/pump.py hl[{}] *}}", "```python\npump.open()\n```"),
        (
            "rst",
            ".. literalinclude:: ../../src/pump.py\n   :emphasize-lines: {}",
            "```python\npump.open()\n```",
        ),
    ],
)
def test_an_example_is_included_once_then_step_by_step(
    suffix: str, directive: str, step: str, tmp_path: Path
) -> None:
    steps = ["Open it:", directive.format(3), "Then again:", directive.format(3), "Done."]
    title = "Pump\n====" if suffix == "rst" else "# Pump"
    loaded = read_folder(seeds(tmp_path, "\n\n".join([title, *steps]), suffix))
    text = "\n\n".join(page(loaded))
    assert text.count("import pump") == 1
    assert f"Then again:\n\n{step}" in text


def test_a_repeated_example_without_highlights_is_left_out(tmp_path: Path) -> None:
    directive = "{* ../../src/pump.py *}"
    article = f"# Pump\n\nOpen it:\n\n{directive}\n\nThen again:\n\n{directive}\n\nDone."
    assert "\n\n".join(page(read_folder(seeds(tmp_path, article)))).count("import pump") == 1


def test_many_includes_of_a_long_file_take_seconds(tmp_path: Path) -> None:
    line = "The pump needs oil.\n"
    write(tmp_path, a_md='--8<-- "_part.md"\n\n' * 2_000, _part_md=line * 5_000)
    started = time.process_time()
    (file,) = read_folder(tmp_path).files
    assert (len(file.article.text) > MAX_INCLUDED_CHARS - 100_000, file.missing_includes) == (
        True,
        ("_part.md",),
    )
    assert time.process_time() - started < 20
