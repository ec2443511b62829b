import time
from pathlib import Path
from typing import Any

import pytest

from index.build.pipeline import build
from index.ingest.includes import IncludableFiles
from index.ingest.includes.asciidoc_references import titles_in_asciidoc
from index.ingest.includes.sphinx_references import titles_in_markdown, titles_in_rst
from tests.support.articles import read_file

_PUMP = """.. _pump-care:
.. _oil:

==============
Caring for it
==============

Oil it weekly.

.. _`Long Label`:


The ``valve`` of :term:`pumps <pump>`
-------------------------------------

It is red.

.. _no-heading:

A paragraph.
"""
_GUIDE = """Guide
=====

First read :doc:`/parts/pump` and :doc:`tools`, then :ref:`oil`, :std:ref:`long
label` and :ref:`the valve <Long Label>`. :ref:`no-heading` and :doc:`missing` stay, and
:ref:`below` is here. Write it so::

    :doc:`tools` and :ref:`oil`

.. _below:

What follows
------------

Words.
"""


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return folder


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    files = {
        "docs/parts/pump.rst": _PUMP.replace("\n", "\r\n"),
        "docs/guide/index.rst": _GUIDE.replace("long\nlabel", "long label"),
        "docs/guide/tools.md": "---\ntitle: x\n---\n\n# Tools *you* need\n\nA wrench.\n",
    }
    return _write(tmp_path / "seeds", files)


def test_references_show_the_titles_of_other_files(docs: Path) -> None:
    text = " ".join(read_file(docs / "docs/guide/index.rst", docs).text.split())
    assert "First read Caring for it and Tools you need, then Caring for it, The valve" in text
    assert "of pumps and the valve. no-heading and missing stay, and What follows is here." in text
    assert ":doc:`tools` and :ref:`oil`" in text


def test_a_changed_title_is_noticed(docs: Path, tmp_path: Path) -> None:
    index = tmp_path / "index"
    build(docs, index)
    assert not build(docs, index).published
    (docs / "docs/parts/pump.rst").write_text(_PUMP.replace("Caring", "Looking"), "utf-8")
    report = build(docs, index)
    assert report.changes.changed == ("docs/guide/index.rst", "docs/parts/pump.rst")


def test_an_article_with_unchanged_includes_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "page.md": "# Page\n\n--8<-- 'part.txt'\n\nAnd a lake.\n",
        "part.txt": "There is a river.\n",
        "other.md": "# Other\n\nThere is a bridge.\n",
    }
    seeds, index = _write(tmp_path / "seeds", files), tmp_path / "index"
    build(seeds, index)
    read: list[str] = []
    monkeypatch.setattr(
        "index.ingest.seed_file.parse",
        lambda path, *_: read.append(path) or pytest.fail(path),  # type: ignore[func-returns-value]
    )
    assert not build(seeds, index).published
    monkeypatch.undo()
    (seeds / "part.txt").write_text("There is a stream.\n", "utf-8")
    assert build(seeds, index).changes.changed == ("page.md", "part.txt")


def test_references_of_asciidoc_show_titles(tmp_path: Path) -> None:
    guide = """= Guide

See xref:parts/pump.adoc[], xref:parts/pump.adoc#oil[], xref:tools:wrench.adoc[],
<<care>>, <<_whats_the_end>>, xref:care[the care], <<missing>> and xref:parts/none.adoc[].

[#care]
== Care for `it`

[[here]]Words.

== What's the end?

So long.
"""
    pump = "= The red pump\n\nIt is.\n\n[[oil]]\n== Oil *it*\n\nWeekly.\n"
    files = {
        "modules/a/pages/index.adoc": guide,
        "modules/a/pages/parts/pump.adoc": pump,
        "modules/a/pages/wrench.adoc": "= A wrong wrench\n\nWords.\n",
        "modules/tools/pages/wrench.adoc": "= The right wrench\n\nWords.\n",
    }
    seeds = _write(tmp_path / "seeds", files)
    text = " ".join(read_file(seeds / "modules/a/pages/index.adoc", seeds).text.split())
    assert "The red pump, Oil it, The right wrench, Care for `it`, What's the end?, the" in text
    assert "the care, missing and none. ## Care for `it` Words. ## What's the end?" in text


def test_references_of_myst_show_titles(tmp_path: Path) -> None:
    page = """(home)=

# Home

See {doc}`parts/pump`, {ref}`oil`, {std:ref}`the valve <Valve>`, [](parts/pump.md),
[](parts/pump.md#oil-it-weekly), [](#oil), [](#home-again), [](oil), [the pump](parts/pump.md),
{ref}`missing`, [](#Pump.open), [](inv:py#*.web.Error) and [](missing.md). In lists:

- {ref}`of rst`

```{note}
Read {doc}`/parts/pump`.
```

```md
{doc}`parts/pump`, [](parts/pump.md)
```

Write `` {doc}`parts/pump` `` or `[](#oil)` or \\[](#oil).

## Home again [](#oil)

So long.
"""
    pump = "---\ntitle: x\n---\n\n# The *red* pump {#pump}\n\n(oil)=\n(Valve)=\n\n"
    files = {
        "docs/index.md": page,
        "docs/parts/pump.md": f"{pump}## Oil {{kbd}}`it` [weekly](a.md)\n\nWords.\n".replace(
            "\n", "\r\n"
        ),
        "docs/old.rst": ".. _of rst:\n\nOld\n===\n\nSee :ref:`oil` and :doc:`parts/pump`.\n",
    }
    seeds = _write(tmp_path / "seeds", files)
    text = " ".join(read_file(seeds / "docs/index.md", seeds).text.split())
    for part in (
        "See The red pump, Oil it weekly, the valve, [The red pump](parts/pump.md), "
        "[Oil it weekly](parts/pump.md#oil-it-weekly), [Oil it weekly](#oil), "
        "[Home again](#home-again), [Oil it weekly](oil), [the pump](parts/pump.md), "
        "missing, `Pump.open`, `web.Error` and `missing.md`. In lists: - Old",
        "Read The red pump.",
        "{doc}`parts/pump`, [](parts/pump.md)",
        "`` {doc}`parts/pump` `` or `[](#oil)` or \\[](#oil).",
        "## Home again [](#oil)",
    ):
        assert part in text
    assert "See Oil it weekly and The red pump." in read_file(seeds / "docs/old.rst", seeds).text


@pytest.mark.parametrize(
    ("find", "text"),
    [
        (titles_in_markdown, "(a)=\n" * 20_000 + "[](#a) {ref}`b` " * 5_000 + "# " * 5_000),
        (titles_in_rst, ".. _a:\n" * 20_000 + ":ref:`a` " * 20_000 + "=" * 20_000),
        (titles_in_asciidoc, "[[a]]\n" * 20_000 + "<<a>> xref:b.adoc[] " * 20_000 + "=" * 20_000),
    ],
)
def test_titles_are_found_in_linear_time(find: Any, text: str) -> None:
    files = IncludableFiles(lambda: ["a.rst", "b.adoc"], lambda _: text[:190_000].encode())
    start = time.perf_counter()
    assert find(text, "c.rst", files) == {}
    assert time.perf_counter() - start < 5
