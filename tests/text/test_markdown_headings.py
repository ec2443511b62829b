import time

import pytest

from index.ingest.readers.markdown.reader import read_markdown
from index.text.markdown.headings import write_headings
from index.text.sentences import split_passages
from index.types import Article, Metadata

FAQ = """# Questions

<h3 name="setup">
How do I set it up?
</h3>

Run the installer.

<h2 align="center">Is it free?</h2>

Yes, for everyone.
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<h1>Name</h1>", "#   Name     "),
        ('<h2 align="center">A <b>name</b></h2>\n', "##                 A <b>name</b>     \n"),
        ("a\n\n<h1>\nName\n</h1>\n\nb", "a\n\n    \nName\n=====\n\nb"),
        ("a\r\n\r\n<h3>\r\nName\r\n</h3>\r\n", "a\r\n\r\n    \r\nName\r\n-----\r\n"),
    ],
)
def test_headings_in_html_are_written_in_markdown(text: str, expected: str) -> None:
    assert write_headings(text) == expected
    assert len(expected) == len(text)


@pytest.mark.parametrize(
    "text",
    [
        "<div>\n<h1>Name</h1>\n</div>",
        "a line <h1>Name</h1>\n",
        "<h1>Name</h2>\n",
        "<h1>\nName</h1>\n",
        "<h1></h1>",
    ],
)
def test_other_html_stays_as_it_is(text: str) -> None:
    assert write_headings(text) == text


def test_each_question_has_its_own_passage() -> None:
    document = read_markdown(FAQ)
    article = Article("faq.md", FAQ, Metadata("Questions"), document.blocks)
    passages = [(p.section, FAQ[p.start : p.end]) for p in split_passages(article)]
    assert passages == [
        ("How do I set it up?", "Run the installer."),
        ("Is it free?", "Yes, for everyone."),
    ]


def test_a_long_line_takes_no_time() -> None:
    started = time.process_time()
    write_headings("\n\n<h1>" + "a" * 1_000_000 + "\n\n</h1>")
    assert time.process_time() - started < 2
