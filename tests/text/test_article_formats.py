from pathlib import Path

import pytest

from bot.text.marked_excerpt import MarkedExcerpt
from bot.text.quotes import renderer_of
from index.build.pipeline import build
from index.searcher import Searcher
from index.text.article_formats import format_of
from index.types import Metadata, TextFormat


@pytest.mark.parametrize(
    ("path", "text_format"),
    [
        ("a.txt", TextFormat.PLAIN),
        ("docs/B.MD", TextFormat.MARKDOWN),
        ("a.mdx", TextFormat.MARKDOWN),
        ("guide.rst", TextFormat.CONVERTED),
        ("guide.adoc", TextFormat.CONVERTED),
        *((f"a{suffix}", TextFormat.DOCUMENT) for suffix in (".html", ".docx", ".pdf", ".epub")),
    ],
)
def test_suffixes_have_a_usual_format(path: str, text_format: TextFormat) -> None:
    assert format_of(path, Metadata("A")) is text_format


def test_what_a_file_is_counts_more_than_its_suffix() -> None:
    assert format_of("a.txt", Metadata("A", text_format=TextFormat.CONVERTED)) is (
        TextFormat.CONVERTED
    )


@pytest.mark.parametrize(
    "text",
    [
        "Pump\n====\n\nStart\n-----\n\nTo start the pump, set ``open_key``:\n\n"
        ".. code-block:: sh\n\n    pump *\n\n====  =====\nKey   Value\n====  =====\n"
        "open  7\n====  =====\n",
        "====== Pump ======\n\n===== Start =====\n\nTo start the pump, set ''open_key'':\n\n"
        "<code sh>\npump *\n</code>\n\n^ Key ^ Value ^\n| open | 7 |\n",
    ],
)
def test_text_files_with_markup_are_shown_as_people_read_them(text: str, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "pump.txt").write_text(text, "utf-8")
    build(seeds, tmp_path / "index")
    with Searcher.open(tmp_path / "index") as searcher:
        quote = searcher.ask("How do I start the pump?").quotes[0]
    assert renderer_of(quote)(MarkedExcerpt.whole(quote.passage.text)).split("\n") == [
        "> To start the pump, set `open_key`:",
        "> ```sh",
        "> pump *",
        "> ```",
        "> ",
        "> ```",
        "> Key   Value",
        "> ────  ─────",
        "> open  7",
        "> ```",
    ]
