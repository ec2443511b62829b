import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.formats import parse
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.rst.reader import looks_like_rst, read_rst
from index.types import ContextKind
from tests.support.format_files import assert_valid, block_texts, sections, title_text
from tests.support.fuzz import few_examples

BOATS = """.. _boats:

=====
Boats
=====

:Author: Ada Reed
:Date: 2024-05-02

A boat costs :class:`~harbour.Coin` four, see :ref:`the rules <rules>` and |logo|. [1]_

.. |logo| image:: logo.png

Opening the gate
================

.. index:: gate

To open the gate, run this::

    harbour open --gate 9

.. versionchanged:: 5.0
    Opens at ``dawn``.

.. code-block:: toml
   :caption: ``lamp.toml``
   :emphasize-lines: 2

   [lamp]
   colour = "amber"

.. warning::

   The steps are slippery.

.. setting:: FERRY_BELL

The bell
--------

.. function:: ring(times, *, loud=False)

   Rings the bell, up to 10\\ :sup:`3` times.

   :param times: how often

Rope
    A line that is used.

1. Turn the wheel.
2. Pull.

====== =====
Who    Price
====== =====
Adults 7.50
====== =====

.. toctree::
   :maxdepth: 2

   rules

.. raw:: html

   <b>raw</b>

.. [1] Prices include the key.
"""


def test_document_is_quoted_like_markdown_documentation() -> None:
    document = read_rst(BOATS)
    assert document.metadata == ParsedMetadata(
        title="Boats", author="Ada Reed", published="2024-05-02"
    )
    assert title_text(document) == "Boats"
    first, gate, *_, last = block_texts(document)
    assert first == "A boat costs `Coin` four, see the rules and logo."
    assert gate == (
        "To open the gate, run this:\n\n```\nharbour open --gate 9\n```\n\n"
        "Changed in version 5.0: Opens at `dawn`.\n\n"
        '`lamp.toml`:\n\n```toml\n[lamp]\ncolour = "amber"\n```\n\n'
        "!!! warning\n\n    The steps are slippery."
    )
    assert last.endswith("Prices include the key.")
    assert "Opening the gate" in sections(document)
    for unwanted in ("toctree", "maxdepth", "rules\n", "raw", "index::"):
        assert unwanted not in document.text


def test_signature_is_context_of_a_description() -> None:
    document = read_rst(BOATS)
    (block,) = (b for b in document.blocks if "10³ times" in document.text[b.start : b.end])
    titles = [document.text[each.start : each.end] for each in block.context]
    assert (block.section, titles[-1]) == ("The bell", "ring(times, *, loud=False)")
    assert block.context[-1].kind is ContextKind.TITLE


def test_terms_lists_and_tables_keep_their_form() -> None:
    text = "\n\n".join(block_texts(read_rst(BOATS)))
    for part in (
        "- Rope: A line that is used.",
        "1. Turn the wheel.\n2. Pull.",
        "| Who | Price |\n| --- | --- |\n| Adults | 7.50 |",
        "param times: how often",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("* Pump:\n    * by hand\n    * by motor\n* Sail.",
         "- Pump:\n\n  - by hand\n  - by motor\n\n- Sail."),
        ("1. Oil it:\n     Use little.\n2. Start it.", "1. Oil it: Use little.\n2. Start it."),
        ("* Pump:\n    - by hand\n\n  It is red.", "- Pump:\n\n  - by hand\n\n  It is red."),
        ("* a\n    One.\n  b\n    Two.", "- - a: One.\n  - b: Two."),
    ],
)  # fmt: skip
def test_lines_indented_below_an_item_belong_to_it(source: str, written: str) -> None:
    assert block_texts(read_rst(f"Title\n=====\n\n{source}\n")) == [written]


def test_files_and_the_network_are_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret key", "utf-8")
    directives = (
        f".. include:: {secret}",
        f".. raw:: html\n   :file: {secret}",
        f".. csv-table::\n   :file: {secret}",
        f".. literalinclude:: {secret}",
        ".. raw:: html\n   :url: https://example.org/",
        ".. csv-table::\n   :url: https://example.org/",
    )
    for directive in directives:
        document = read_rst(f"Words.\n\n{directive}\n\nMore words.")
        assert "the secret key" not in document.text
        assert block_texts(document)[0] == "Words."


@pytest.mark.parametrize("file", ["a.txt", "a.rst"])
def test_text_files_of_sphinx_projects_are_recognized(file: str) -> None:
    document = parse(file, BOATS.encode())
    assert document.metadata.title == "Boats"


@pytest.mark.parametrize(
    "text",
    ["Title\n=====\n\nProse, and so on.", "He said ... note:: no.", "A list:\n\n- ``one``\n- two"],
)
def test_plain_text_is_not_taken_for_rst(text: str) -> None:
    assert not looks_like_rst(text)


def test_label_of_a_section_is_shown_as_its_title() -> None:
    text = "Title\n=====\n\nSee :ref:`gate`, :ref:`x`.\n\n.. _gate:\n\nGates\n-----\n\nOpen."
    assert block_texts(read_rst(text))[0] == "See Gates, x."


def test_source_that_cannot_be_parsed_is_kept_as_it_is() -> None:
    text = "Words.\n\n=== ===\nWho Price\n=== ==\nAda 7\n=== ===\n\nMore."
    assert "Ada 7" in "".join(block_texts(read_rst(text)))


def test_text_that_looks_like_markdown_stays_a_paragraph() -> None:
    text = "\\# of boats is nine.\n\nWords.\n\n<name> is the name.\n\nLast."
    shown = [part.removeprefix("\\") for part in block_texts(read_rst(text))]
    assert shown == ["# of boats is nine.", "Words.", "<name> is the name.", "Last."]


@pytest.mark.parametrize(
    "text",
    [
        "*a " * 60_000,
        "|a" * 30_000,
        "".join(f".. |a{n}| replace:: {f'|a{n + 1}| ' * 9}\n" for n in range(12)) + "\n\n|a0|",
        "  \n\n".join("  " * n + "* a" for n in range(900)),
        "x" * 60_000,
    ],
)
def test_hostile_markup_is_read_or_rejected_within_seconds(text: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ReadError):
        assert_valid(read_rst(text))
    assert time.process_time() - started < 20


@few_examples
@given(st.text(alphabet=st.sampled_from(".:`*_|[]= \n-+#abc>1"), max_size=200))
def test_any_rst_is_read_or_rejected(text: str) -> None:
    try:
        document = read_rst(text)
    except ReadError:
        return
    assert_valid(document)


def test_a_list_below_a_term_stays_a_list() -> None:
    document = read_rst("Cog\n===\n\n**Arguments:**\n    - ``<user>`` - Whom to add.\n")
    assert block_texts(document) == ["- Arguments:\n\n  - `<user>` - Whom to add."]


def test_what_is_defined_elsewhere_keeps_its_name() -> None:
    source = "Cog\n===\n\nThe |Library| is a `singleton() <lib.singleton>` here.\n"
    assert block_texts(read_rst(source)) == ["The Library is a singleton() here."]


def test_substitutions_for_html_are_no_text() -> None:
    document = read_rst(
        "Pump\n====\n\nIt hums |br| in |unit| rain.\n\n.. |br| raw:: html\n\n   <br>\n"
    )
    assert block_texts(document) == ["It hums in unit rain."]


def test_names_of_icons_are_no_text() -> None:
    text = "Gate\n====\n\nPress :fa:`play` the button :octicon:`key;1em` :guilabel:`Open`.\n"
    assert block_texts(read_rst(text)) == ["Press the button Open."]


def test_glossary_keeps_terms_with_their_definitions() -> None:
    text = (
        "Locks\n=====\n\n.. glossary::\n   :sorted:\n\n   bar\n\n     It holds the *gate*.\n\n"
        "     It is heavy.\n   wheel\n   winch : machine\n       Both turn.\n\nText.\n"
    )
    (block,) = block_texts(read_rst(text))
    assert block == (
        "- bar: It holds the gate.\n\n  It is heavy.\n\n- wheel, winch: Both turn.\n\nText."
    )


def test_glossary_without_entries_is_empty() -> None:
    assert block_texts(read_rst("Locks\n=====\n\n.. glossary::\n\nText.\n")) == ["Text."]


def test_metadata_in_several_languages_are_no_text() -> None:
    meta = ".. meta::\n   :description lang=en:\n      All about the gate.\n\n"
    assert block_texts(read_rst(f"Gate\n====\n\n{meta}It is green.\n")) == ["It is green."]


def test_a_rubric_is_a_heading_or_an_introduction() -> None:
    text = "Gate\n====\n\nIt is old.\n\n.. rubric:: Rust on *it*\n\nOil it.\n\n"
    document = read_rst(f"{text}- Look:\n\n  .. rubric:: Red\n\n  Rust.\n")
    assert sections(document) == [None, "Rust on it"]
    assert block_texts(document) == ["It is old.", "Oil it.\n\n- Look:\n\n  Red:\n\n  Rust."]


@pytest.mark.parametrize(
    ("formats", "is_kept"),
    [("html", True), ("html or latex", True), ("builder_html", True), ("latex", False),
     ("latex or man", False), ("not html", False)],
)  # fmt: skip
def test_text_for_other_formats_than_pages_is_left_out(formats: str, *, is_kept: bool) -> None:
    text = f"Gate\n====\n\nIt is old.\n\n.. only:: {formats}\n\n   Oil it.\n"
    assert block_texts(read_rst(text)) == ["It is old.", *["Oil it."] * is_kept]


def test_numbers_of_issues_have_a_sign() -> None:
    text = "Gate\n====\n\nSee :issue:`7`, :pr:`8` and :ticket:`the plan <9>`.\n"
    assert block_texts(read_rst(text)) == ["See #7, #8 and the plan."]


def test_pictures_in_a_text_or_a_table_are_their_descriptions() -> None:
    text = (
        "Gate\n====\n\n|badge|\n\nPress |plus|.\n\n"
        "=======  =====\n|lock|   Shut.\n=======  =====\n\n"
        ".. |badge| image:: badge.svg\n.. |plus| image:: plus.svg\n   :alt: the plus button\n"
        ".. |lock| image:: lock.svg\n"
    )
    assert block_texts(read_rst(text)) == [
        "Press the plus button.\n\n| lock | Shut. |\n| --- | --- |"
    ]


def test_captions_are_text_if_they_are_sentences() -> None:
    figure = ".. figure:: gate.png\n\n   {}\n\n"
    captions = ("The old gate", "The gate opens at noon.")
    text = "Gate\n====\n\n" + "".join(map(figure.format, captions))
    assert block_texts(read_rst(text)) == ["The gate opens at noon."]


def test_label_of_a_figure_is_shown_as_its_caption() -> None:
    figure = ".. _old:\n\n.. figure:: gate.png\n\n   The old gate\n"
    text = f"Gate\n====\n\nIt is open (see :ref:`old`).\n\n{figure}"
    assert block_texts(read_rst(text)) == ["It is open (see The old gate)."]


def test_only_section_of_a_file_is_a_section() -> None:
    document = read_rst("Gate\n====\n\nOpening\n-------\n\nAt noon.\n\nIn May\n~~~~~~\n\nAt six.\n")
    assert [(block.section, block.anchor) for block in document.blocks] == [
        ("Opening", "opening"),
        ("In May", "in-may"),
    ]
    assert [len(block.context) for block in document.blocks] == [1, 2]


@pytest.mark.parametrize(
    ("below", "quoted"),
    [
        (".. autoclass:: pump.Pump", []),
        (".. pump_class:: pump.Pump\n   :no-commands:", []),
        (".. toctree::\n\n   a\n   b", []),
        (".. pump_class:: Pump(size)", ["`Pump(size)`"]),
        ("", ["Never run it dry"]),
    ],
)
def test_a_heading_above_generated_text_is_not_quoted(below: str, quoted: list[str]) -> None:
    text = f"Pump\n====\n\nIt hums.\n\nNever run it dry\n----------------\n\n{below}\n"
    assert block_texts(read_rst(text)) == ["It hums.", *quoted]
