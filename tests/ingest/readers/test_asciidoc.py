import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.formats import parse
from index.ingest.readers.asciidoc.reader import read_asciidoc
from tests.support.format_files import assert_valid, block_texts, sections, title_text
from tests.support.fuzz import few_examples

BOATS = """// A comment
////
A licence
////
:a: b
= Boats
Ada Reed <ada@boats.example>
v1.0, 2024-05-02
:toc:
:version: 2.1

A *boat* costs _four_ coins in {version}, see xref:rules.adoc#x[the rules].

include::gone.adoc[]
[[gate]]
== Opening the gate

To open it, run this:

[source,bash]
.gate.sh
----
harbour open --gate 9 # now <1>
// not a comment
----
<1> Nine is the gate.

WARNING: The steps are slippery.

=== Steps

. Turn the `wheel`,
slowly.
+
[source,yaml]
----
speed: 1
----
** Left first.
. Pull.

ifdef::old[]
[TIP]
.Mind it
====
It creaks.
====
endif::[]

== Prices

[cols="1,2",options="header"]
|===
|Who |Price

|Adults
|7.50
|Children|*3*
|===

Rope:: A line that is used.
Wheel::
  It turns.
"""


def shown(source: str) -> str:
    (text,) = block_texts(read_asciidoc(f"= Boats\n\n{source}\n"))
    return text


def test_document_is_quoted_like_markdown_documentation() -> None:
    document = parse("boats.adoc", BOATS.encode())
    assert document.metadata.title == title_text(document) == "Boats"
    assert sections(document) == [None, "Opening the gate", "Steps", "Prices"]
    assert block_texts(document) == [
        "A boat costs four coins in 2.1, see the rules.",
        "To open it, run this:\n\ngate.sh:\n\n"
        "```bash\nharbour open --gate 9 # now <1>\n// not a comment\n```\n\n"
        "1. Nine is the gate.\n\n!!! warning\n\n    The steps are slippery.",
        "1. Turn the `wheel`, slowly.\n\n   ```yaml\n   speed: 1\n   ```\n\n    - Left first.\n\n"
        '2. Pull.\n\n!!! tip "Mind it"\n\n    It creaks.',
        "| Who | Price |\n| --- | --- |\n| Adults | 7.50 |\n| Children | 3 |\n\n"
        "- Rope: A line that is used.\n- Wheel: It turns.",
    ]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("See https://a.example[it], https://b.example or <<gate,the gate>>.",
         "See it, https://b.example or the gate."),
        ("See xref:sea:big-boats.adoc[] and link:a.html[it,window=_blank].",
         "See big-boats and it."),
        ("Press kbd:[Ctrl+C] or menu:File[Save > As].", "Press Ctrl+C or File > Save > As."),
        ("It is **fa**st, #red# and H~2~O.footnote:[Or not.]",
         "It is fast, red and H₂O. (Or not.)"),
        ("Use `+*args+` and snake_case_names &mdash; not `a*b*c`.",
         "Use `*args` and snake_case_names — not `a*b*c`."),
        ("One +\ntwo ((boat))(((index, boats))).", "One\ntwo boat."),
        ("Set {unknown}, \\{raw} and +++<b>+++.", "Set {unknown}, {raw} and <b>."),
        ("NOTE: Mind it.\n\nimage::a.png[A boat]", "Mind it."),
        ("* One\n+\nMore of it.\n* Two\n// no\n* Three",
         "- One\n\n  More of it.\n\n- Two\n\n- Three"),
        (" literal\n  code", "literal\n code"),
        ("////\nhidden\n////\nA.\n\n++++\n<b>\n++++", "A."),
        ("|===\n2+|Both |c\na|\n* x\n|y|z\n2*|w\n|===",
         "| Both |  | c |\n| --- | --- | --- |\n| x | y | z |\n| w | w |  |"),
        ("Write `i++`, `C+` or `+x`.", "Write `i++`, `C+` or `+x`."),
        ("It is a << b, c >> d.", "It is a << b, c >> d."),
        ("[quote,Ada]\n____\nIt floats.\n____", "It floats."),
    ],
)  # fmt: skip
def test_markup_is_shown_as_text(source: str, text: str) -> None:
    assert shown(source) == text


def test_section_marks_without_a_title_are_read() -> None:
    document = read_asciidoc("== Boats\n\nRed.\n\n== Gates\n\nGreen.")
    assert sections(document) == ["Boats", "Gates"]


@pytest.mark.parametrize(
    "unit",
    ["*a ", "`a", "<<a", "((a", "{a", "* a\n", "a::\n", "|===\n|a\n", "====\n", "----\na\n",
     "+\n", "[a]\n", "link:a[", "_a", "https://a["],
)  # fmt: skip
def test_much_markup_takes_seconds(unit: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ReadError):
        read_asciidoc(unit * (60_000 // len(unit)))
    assert time.process_time() - started < 5


@pytest.mark.parametrize("line", ["image::" + "[" * 200_000, f"[source,{'a' * 200_000}=]"])
def test_long_line_takes_linear_time(line: str) -> None:
    started = time.process_time()
    assert block_texts(read_asciidoc(f"= Boats\n\n{line}\n\n----\nmake\n----"))
    assert time.process_time() - started < 5


@given(st.text(st.sampled_from("=*-_.+|:[]<>(){}`#/^~ \n\tab1")))
@few_examples
def test_any_document_is_read(text: str) -> None:
    assert_valid(read_asciidoc(text))


@pytest.mark.parametrize(
    ("attributes", "language"),
    [("source,bash", "bash"), (",c++", "c++"), ('source,subs="+quotes,+attributes"', ""),
     ("source%linenums,language=yaml", "yaml"), ("listing", "")],
)  # fmt: skip
def test_code_keeps_its_language(attributes: str, language: str) -> None:
    text = f"= Boats\n\nRun:\n\n[{attributes}]\n----\nmake\n----\n"
    assert block_texts(read_asciidoc(text)) == [f"Run:\n\n```{language}\nmake\n```"]


def test_underlined_titles_are_titles() -> None:
    name = "boat(1)\n=======\n\nNAME\n----\nboat - Floats.\n"
    text = f"{name}\nOPTIONS\n-------\n\nRun:\n\n----\nboat\n----\n"
    document = read_asciidoc(text)
    assert (title_text(document), sections(document)) == ("boat(1)", ["NAME", "OPTIONS"])
    assert block_texts(document) == ["boat - Floats.", "Run:\n\n```\nboat\n```"]


def test_values_of_attributes_may_go_on_below() -> None:
    text = "= Boats\n:owner: Ada \\\n  Reed\n\nIt is of {owner}.\n\n----\n:a: b \\\nc\n----"
    assert block_texts(read_asciidoc(text)) == ["It is of Ada Reed.\n\n```\n:a: b \\\nc\n```"]


@pytest.mark.parametrize(
    "table",
    [",===\nBoat,Port\nAda,Oslo\n,===", "[%header,format=dsv]\n|===\nBoat:Port\nAda:Oslo\n|==="],
)
def test_tables_of_separated_values_are_read(table: str) -> None:
    assert block_texts(read_asciidoc(f"= Boats\n\n{table}\n")) == [
        "| Boat | Port |\n| --- | --- |\n| Ada | Oslo |"
    ]


def test_cell_that_spans_rows_is_repeated_in_each_of_them() -> None:
    text = "= Boats\n\n|===\n|Boat |Port\n\n.2+|Ada |Oslo\n|Rome\n|Eva |Kiel\n|===\n"
    table = "| Boat | Port |\n| --- | --- |\n| Ada | Oslo |\n| Ada | Rome |\n| Eva | Kiel |"
    assert block_texts(read_asciidoc(text)) == [table]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (":a: {b}{b}\n:b: {a}{a}\n" * 40 + "\nA {a}", "attributes that contain others"),
        ("|===\n99*|" + "word " * 3_000 + "\n|===\n", "repeats long cells"),
        ("|===\n|a |b\n\n.999+|" + "word " * 3_000 + "|b\n" * 900, "repeats long cells"),
        ("|===\n" + "99*|x\n" * 3_000 + "|===\n", "table cells"),
    ],
    ids=["attributes", "columns", "rows", "cells"],
)
def test_text_that_would_grow_beyond_bounds_is_refused(text: str, problem: str) -> None:
    with pytest.raises(ReadError, match=problem):
        read_asciidoc(text)


def test_navigation_is_passed_over() -> None:
    with pytest.raises(ReadError, match="part of a site"):
        parse("modules/ROOT/nav.adoc", b"* xref:a.adoc[A]")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("`git log`::\n\n\tShow the whole\n\thistory.", "- `git log`: Show the whole history."),
        ("`-a`::\n`--all`::\n\tAll of them.", "- `-a`, `--all`: All of them."),
        (
            "Sail::\n+\n----\nsail <1>\n----\n+\n<1> Slowly.\n<2> Home.\n\nRow::\n  Fast.",
            "- Sail:\n\n  ```\n  sail <1>\n  ```\n\n  1. Slowly.\n  2. Home.\n\n- Row: Fast.",
        ),
        (
            "Format::\n  One of:\n\n  `a`;; small\n  `b`;; large\n\nSize::\n  Any.",
            "- Format: One of:\n    - `a`: small\n    - `b`: large\n- Size: Any.",
        ),
        (
            ". One\n\n  $ sail\n\n. Two\n\nBehind",
            "1. One\n\n   ```\n   $ sail\n   ```\n\n2. Two\n\nBehind",
        ),
        ("Empty::\n\n== Next\n\nText", "- Empty\n\n## Next\n\nText"),
    ],
)
def test_items_keep_their_meaning_and_their_depth(source: str, text: str) -> None:
    assert read_asciidoc(source).text.strip() == text
