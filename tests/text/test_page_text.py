import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.page_text import page_text

GREEN = 'Green *tea* comes in `tins` from [the shop](https://tea.example/a(b) "x").'


@pytest.mark.parametrize(
    ("article", "text", "shown"),
    [
        ("a.md", GREEN, "Green tea comes in tins from the shop."),
        ("a.md", "Mind\nthe **gap**.", "Mind the gap."),
        ("a.md", "1. Open it.\n2. Go in.", "Open it.\nGo in."),
        ("a.md", "| Tea | 3 min |", "Tea\n3 min"),
        ("a.md", "```sh\nmake tea\n```", "make tea"),
        ("a.rst", "A *star* and `code`.", "A *star* and code."),
        ("a.html", "Run `make` *now*.", "Run make *now*."),
        ("a.html", "- Tea\n- Milk\n\n| A | `b` |\n| one | 1 |\n\n```sh\nmake\n```",
         "Tea\nMilk\nA\nb\none\n1\nmake"),
        ("a.txt", "Two `lines`\nof a *paragraph*.", "Two `lines` of a *paragraph*."),
        ("a.md", "", ""),
    ],
)  # fmt: skip
def test_markup_is_not_on_the_page(article: str, text: str, shown: str) -> None:
    assert page_text(article, text) == shown


@given(st.sampled_from(["a.md", "a.rst", "a.html", "a.txt"]), st.text(max_size=200))
def test_every_text_has_lines_without_spaces_around(article: str, text: str) -> None:
    assert all(line == " ".join(line.split()) for line in page_text(article, text).split("\n"))
