import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.page_text import page_text
from index.types import TextFormat

GREEN = 'Green *tea* comes in `tins` from [the shop](https://tea.example/a(b) "x").'


@pytest.mark.parametrize(
    ("text_format", "text", "shown"),
    [
        (TextFormat.MARKDOWN, GREEN, "Green tea comes in tins from the shop."),
        (TextFormat.MARKDOWN, "Mind\nthe **gap**.", "Mind the gap."),
        (TextFormat.MARKDOWN, "1. Open it.\n2. Go in.", "Open it.\nGo in."),
        (TextFormat.MARKDOWN, "| Tea | 3 min |", "Tea\n3 min"),
        (TextFormat.MARKDOWN, "```sh\nmake tea\n```", "make tea"),
        (TextFormat.CONVERTED, "A *star* and `code`.", "A *star* and code."),
        (TextFormat.DOCUMENT, "Run `make` *now*.", "Run make *now*."),
        (TextFormat.DOCUMENT, "- Tea\n- Milk\n\n| A | `b` |\n| one | 1 |\n\n```sh\nmake\n```",
         "Tea\nMilk\nA\nb\none\n1\nmake"),
        (TextFormat.PLAIN, "Two `lines`\nof a *paragraph*.", "Two `lines` of a *paragraph*."),
        (TextFormat.MARKDOWN, "", ""),
    ],
)  # fmt: skip
def test_markup_is_not_on_the_page(text_format: TextFormat, text: str, shown: str) -> None:
    assert page_text(text_format, text) == shown


@given(st.sampled_from(TextFormat), st.text(max_size=200))
def test_every_text_has_lines_without_spaces_around(text_format: TextFormat, text: str) -> None:
    assert all(line == " ".join(line.split()) for line in page_text(text_format, text).split("\n"))
