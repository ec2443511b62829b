import pytest

from index.ingest.readers.html.reader import read_html
from tests.support.format_files import block_texts

LEAD = "After nine years of repairs the old bridge is open again, and it costs nothing."
BODY = [
    "The bridge was closed in the year of the flood, when two of its piers gave way.",
    "The town paid for new piers of granite, which were brought by boat from the north.",
    "Carts had to take the ford meanwhile, which was a mile away and under water in spring.",
    "The mayor walked over it first, and the children of the school walked over it after her.",
]
DESCRIPTION = f'<meta name="description" content="{LEAD}">'


def page(head: str, before: str) -> bytes:
    body = "".join(f"<p>{text}</p>" for text in BODY)
    nav = (
        "<nav><p class=teaser>Nine more stories about bridges, ferries and boats for you.</p></nav>"
    )
    return (
        f"<html><head><title>The bridge</title>{head}</head><body>{nav}{before}"
        f"<div class=article-body>{body}</div></body></html>"
    ).encode()


@pytest.mark.parametrize(
    ("head", "before"),
    [
        ("", f"<h1>The bridge</h1><p class=article-lead>{LEAD}</p>"),
        ("", f"<h1>The bridge</h1><div class=teaser-text><p>{LEAD}</p></div>"),
        ("", f"<header><h1>The bridge</h1><h2 class=article__subheadline>{LEAD}</h2></header>"),
        (DESCRIPTION, f"<h2>The bridge</h2><div><p>{LEAD}</p></div>"),
    ],
)
def test_lead_between_title_and_body_is_read(head: str, before: str) -> None:
    assert block_texts(read_html(page(head, before))) == [LEAD, *BODY]


@pytest.mark.parametrize(
    "before",
    [
        f"<h1>The bridge</h1><div class=teaser><a href=/x>{LEAD}</a></div>",
        f"<h1>The bridge</h1><aside><p class=teaser>{LEAD}</p></aside>",
        f"<div class=intro><p>{LEAD}</p></div><h1>The bridge</h1>",
        f"<h1>The bridge</h1><figure><p class=lead>{LEAD}</p></figure>",
    ],
)
def test_teasers_of_other_pages_are_no_lead(before: str) -> None:
    assert block_texts(read_html(page("", before))) == BODY


def test_lead_inside_the_body_is_not_repeated() -> None:
    data = page(DESCRIPTION.replace(LEAD, BODY[0]), "<h1>The bridge</h1>")
    assert block_texts(read_html(data)) == BODY
