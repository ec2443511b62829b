import pytest

from index.ingest.readers.html.metadata.head import read_head
from index.ingest.readers.html.metadata.title import page_title
from index.ingest.readers.html.source import parse_html

SITE = '<meta property="og:site_name" content="The Daily Post">'


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>The bridge reopens | The Daily Post</title>", "", "The bridge reopens"),
        (f"<title>The bridge – The Daily Post</title>{SITE}", "", "The bridge"),
        (f"<title>The Daily Post: The bridge</title>{SITE}", "", "The bridge"),
        ("<title>Arches - the long and the short</title>", "", "Arches - the long and the short"),
        ("<title>Bridge | Post</title>", "<h1>The bridge reopens</h1>", "The bridge reopens"),
        ("<title>About | Post</title>", "<h1>Who built the bridge?</h1>", "Who built the bridge?"),
        (
            "<title>Why we build bridges | Ann's blog</title>",
            "<h1>Ann's blog</h1><h2>Why we build bridges</h2><h2>Archive</h2>",
            "Why we build bridges",
        ),
        (
            f"<title>The bridge reopens</title>{SITE}",
            "<h1>The Daily Post</h1><h2>The bridge reopens</h2>",
            "The bridge reopens",
        ),
        (
            '<meta property="og:title" content="The bridge reopens">'
            "<title>Built Long Ago: The bridge reopens</title>",
            "<h1>Built Long Ago</h1><h3>The bridge reopens</h3>",
            "The bridge reopens",
        ),
        (
            '<meta property="og:title" content="The bridge reopens">'
            '<meta name="application-name" content="The bridge reopens">',
            "<h1>Home and news</h1><h1>The bridge reopens</h1>",
            "The bridge reopens",
        ),
        (
            "<title>The bridge reopens @ Ann's corner | Blogs</title>",
            "<h1>Blogs</h1><h2>The bridge reopens</h2>",
            "The bridge reopens",
        ),
        (
            "<title>Why we build bridges - The Post</title>",
            "<h1><span>Open Progress</span>Why we build bridges</h1>",
            "Why we build bridges",
        ),
        (
            "<title>Town: the bridge reopens</title>",
            "<h1><span class=kicker>Town</span><span>The bridge reopens</span></h1>",
            "The bridge reopens",
        ),
        (
            '<meta property="og:title" content="The bridge reopens"><title>Post</title>',
            "<h1>News | The bridge reopens</h1>",
            "The bridge reopens",
        ),
        (
            '<script type="application/ld+json">{"headline": "The \\"old\\" bridge"}</script>',
            "<p>Text</p>",
            'The "old" bridge',
        ),
        ("<title>橋</title>", "<h1><ruby>橋<rt>はし</rt></ruby>が開く</h1>", "橋が開く"),
        ("<title>News: the bridge</title>", "<h1>News<br>The bridge</h1>", "News The bridge"),
        ("", "<h1></h1>", None),
    ],
)
def test_title_of_a_page_is_that_of_its_article(head: str, body: str, title: str | None) -> None:
    page = f"<html><head>{head}</head><body>{body}<p>Words.</p></body></html>"
    tree = parse_html(page)
    assert page_title(tree, read_head(tree)) == title
