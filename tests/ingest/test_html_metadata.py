import pytest

from index.ingest.parsing.dates import local_date
from index.ingest.readers.html import read_html

PROSE = "<p>The bridge was closed in the year of the flood, when two of its piers gave way.</p>" * 4
TITLE = "<h1>The bridge reopens</h1>"


def published(head: str, body: str, language: str = "de") -> str | None:
    page = f"<html lang={language}><head>{head}</head><body>{body}{PROSE}</body></html>"
    return read_html(page.encode()).metadata.published


def author(head: str, body: str) -> str | None:
    page = f"<html><head>{head}</head><body><nav>Home</nav>{body}{PROSE}</body></html>"
    return read_html(page.encode()).metadata.author


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("3.4.2024", "de", "2024-04-03"),
        ("Stand: 03. 04. 2024, 9 Uhr", "de", "2024-04-03"),
        ("3/4/2024", "es", "2024-04-03"),
        ("3/4/2024", "en", None),
        ("13/4/2024", "en", "2024-04-13"),
        ("3. März 2024", "de", "2024-03-03"),
        ("3 de abril de 2024", "es", "2024-04-03"),
        ("1er avril 2024", "fr", "2024-04-01"),
        ("31.2.2024", "de", None),
        ("April 3, 2024", "de", "2024-04-03"),
        ("3 April 2024", "xx", "2024-04-03"),
        ("no date", "de", None),
    ],
)
def test_dates_are_read_as_a_language_writes_them(
    text: str, language: str, day: str | None
) -> None:
    assert local_date(text, language) == day


META = '<meta property="article:published_time" content="2024-03-03T23:30:00-04:00">'


@pytest.mark.parametrize(
    ("head", "body", "day"),
    [
        (META, TITLE, "2024-03-03"),
        ("", f"{TITLE}<span>Bonn, 5. März 2024</span>", "2024-03-05"),
        ("", f"<div>5.3.2024 | Ada Reed</div>{TITLE}", "2024-03-05"),
        (META, f"{TITLE}<span>4. März 2024</span>", "2024-03-04"),
        (META, f"{TITLE}<span>7. Mai 2019</span>", "2024-03-03"),
        (META, f"{TITLE}<span>1.3.2024</span><span>3.3.2024</span>", "2024-03-03"),
        ('<script type="application/ld+json">{"datePublished": "2024-03-06"}</script>', "", None),
        ("", f"{TITLE}<time datetime='2024-03-07T10:00'>today</time>", "2024-03-07"),
        ("", f"{TITLE}<p>On 5 March 2024 the mayor walked over the bridge first.</p>", None),
    ],
)
def test_date_of_a_page_is_shown_at_its_title(head: str, body: str, day: str | None) -> None:
    assert published(head, body) == (day or ("2024-03-06" if "datePub" in head else None))


PERSON = '<script type="application/ld+json">{"author": {"@type": "Person", "name": "%s"}}</script>'


@pytest.mark.parametrize(
    ("head", "body", "names"),
    [
        (
            "",
            f"{TITLE}<p class=byline>By Jane Doe and Ada Reed | 3 March 2024</p>",
            "Jane Doe, Ada Reed",
        ),
        ("", f"{TITLE}<div>Von Jane Doe</div>", "Jane Doe"),
        ("", f"{TITLE}<div>Von <a href=/j>Jane Doe</a></div>", "Jane Doe"),
        ("", f"{TITLE}<div>3. März 2024 | Jane van Doe</div>", "Jane van Doe"),
        ("", f"{TITLE}<div>Posted by jane1984 in News</div>", "jane1984"),
        (PERSON % "Jane Doe", f"{TITLE}<div>Jane Doe, reporter</div>", "Jane Doe"),
        ('<meta name=author content="Jane Doe">', f"{TITLE}<i>Jane Doe</i>", "Jane Doe"),
        ('<meta name=author content="Web Builders Ltd">', TITLE, None),
        ('<meta name=author content="admin">', f"{TITLE}<i class=author>admin</i>", None),
        (
            '<meta property="og:site_name" content="The Daily Post">',
            f"{TITLE}<i class=author>The Daily Post</i>",
            None,
        ),
        ("", f"{TITLE}<div class=comment><b class=author>Jane Doe</b></div>", None),
        ("", f"{TITLE}<div>By the river, in winter</div>", None),
    ],
)
def test_author_of_a_page_is_named_in_a_byline(head: str, body: str, names: str | None) -> None:
    assert author(head, body) == names


def test_metadata_name_the_author_of_a_converted_document() -> None:
    data = f"<html><head><meta name=author content='Jane Doe'></head><body><h1>T</h1>{PROSE}</body>"
    assert read_html(data.encode()).metadata.author == "Jane Doe"
