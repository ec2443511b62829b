"""Pages of DokuWiki, which are text files with the syntax of the wiki."""

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.formats import parse
from index.ingest.parsing.document import ParsedDocument
from index.ingest.readers.dokuwiki import looks_like_dokuwiki, read_dokuwiki
from tests.support.format_files import assert_valid, block_texts, sections, title_text
from tests.support.fuzz import few_examples

BOATS = """~~NOTOC~~
====== Boats ======
{{:harbour.png?200|}}

A **boat** costs //four// coins ((or a fish)), see [[rules:start|the rules]] and [[prices#old]].
{{tag>boats harbour}}

===== Opening the gate =====

To open it, run this:

<code bash gate.sh>
harbour open --gate 9
</code>

Then:
  - Turn the ''wheel''.
    * Left first.
  - Pull.

----

==== Prices ====

^ Who       ^ Price ^
| Adults    | 7.50  |
| [[kids|Children]] | ::: |

<WRAP center important>
Prices include the key.\\\\ Ask for it.
</WRAP>
"""


def read(text: str) -> ParsedDocument:
    return parse("boats.txt", text.encode())


def test_pages_are_quoted_like_documentation() -> None:
    document = read(BOATS)
    assert document.metadata.title == title_text(document) == "Boats"
    assert sections(document) == [None, "Opening the gate", "Prices"]
    assert block_texts(document) == [
        "A boat costs four coins (or a fish), see the rules and prices.",
        "To open it, run this:\n\n```bash\nharbour open --gate 9\n```\n\n"
        "Then:\n\n1. Turn the `wheel`.\n    - Left first.\n2. Pull.",
        "| Who | Price |\n| --- | --- |\n| Adults | 7.50 |\n| Children |  |\n\n"
        "Prices include the key.\nAsk for it.",
    ]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("It is %%**not bold**%% here.", "It is **not bold** here."),
        ("It costs <del>30</del> 20 coins.", "It costs 20 coins."),
        ("See [[https://boats.example/a]] or [[doc>Some_page]].",
         "See https://boats.example/a or Some page."),
        ("Read http://boats.example//x//y now.", "Read http://boats.example//x//y now."),
        ("It is '''old''' and H<sub>2</sub>O.", "It is old and H₂O."),
        ("> It is a boat.\n> It is red.", "It is a boat.\nIt is red."),
        ("Set:\n\n  port = 1\n  host = 2", "Set:\n\n```\nport = 1\nhost = 2\n```"),
        ("<html><b>no</b></html>\nYes, a boat.", "Yes, a boat."),
        ("Mind <code>the gap", "Mind the gap"),
    ],
)  # fmt: skip
def test_markup_is_shown_as_text(source: str, shown: str) -> None:
    assert block_texts(read_dokuwiki(f"====== Boats ======\n\n{source}\n")) == [shown]


@pytest.mark.parametrize("text", [BOATS, "== Boats ==\n  * red", "==== Boats ====\nRed."])
def test_pages_are_recognized(text: str) -> None:
    assert looks_like_dokuwiki(text)


@pytest.mark.parametrize(
    "text",
    ["Boats\n=====\n\n  * red", "if a == b and b == c:\n  * x", "== Boats ==\n* red", "== a"],
)
def test_other_texts_are_not_taken_for_pages(text: str) -> None:
    assert not looks_like_dokuwiki(text)


def test_very_deep_items_are_read() -> None:
    items = "".join(f"{'  ' * depth}* item {depth}\n" for depth in range(1, 1_500))
    started = time.process_time()
    text = read_dokuwiki(f"====== Boats ======\n\n{items}").text
    assert (text.count("- item"), time.process_time() - started < 5) == (1_499, True)


def test_tags_that_nothing_closes_are_text() -> None:
    text = "====== Boats ======\n\n<WRAP info>\nRun ''ssh <user>@<host>'' as <b>Ada</b>.\n</WRAP>"
    assert block_texts(read_dokuwiki(text)) == ["Run `ssh <user>@<host>` as Ada."]


@pytest.mark.parametrize("name", ["sidebar.txt", "_template.txt", "__template.txt"])
def test_parts_of_a_wiki_are_passed_over(name: str) -> None:
    with pytest.raises(ReadError, match="part of a site"):
        parse(name, b"====== Boats ======\n\nA boat.")


@pytest.mark.parametrize(
    "unit",
    [
        "<code>\n",
        "[[a|",
        "((a",
        "{{a|",
        "''a",
        "%%a",
        "= a ",
        "<del>a",
        "  * a\n",
        "| a |\n",
        "<nowiki>",
    ],
)
def test_much_markup_takes_seconds(unit: str) -> None:
    started = time.process_time()
    with contextlib.suppress(ReadError):
        read_dokuwiki("====== T ======\n" + unit * (100_000 // len(unit)))
    assert time.process_time() - started < 5


@given(st.text(st.sampled_from("=*-_/'[]{}()|^<>%~\\ \n\tab:")))
@few_examples
def test_any_page_is_read(text: str) -> None:
    assert_valid(read_dokuwiki(text))
