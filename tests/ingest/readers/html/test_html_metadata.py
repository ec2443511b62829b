import pytest

from index.ingest.parsing.dates import local_date
from index.ingest.readers.html.reader import read_html

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
        (
            "",
            f"{TITLE}<time itemprop=dateModified datetime=2024-05-09></time>"
            "<time itemprop=datePublished datetime=2024-03-08></time>",
            "2024-03-08",
        ),
        ("", f"<time class=entry-date datetime=2024-03-08>x</time>{TITLE}", "2024-03-08"),
        ("", f"{TITLE}{'<p>word</p>' * 40}<b>Erschienen am:</b> 8.3.2024", "2024-03-08"),
        (
            "",
            f"{TITLE}<p>8.3.2024 - Am Freitag ging der Bürgermeister als Erster.</p>",
            "2024-03-08",
        ),
        (
            '<meta name=date content="2024-03-07T23:00:00.000Z">',
            TITLE,
            "2024-03-08",  # midnight in central Europe
        ),
        ("", f"{TITLE}<p>On 5 March 2024 the mayor walked over the bridge first.</p>", None),
    ],
)
def test_date_of_a_page_is_shown_at_its_title(head: str, body: str, day: str | None) -> None:
    assert published(head, body) == (day or ("2024-03-06" if "datePub" in head else None))


PERSON = '<script type="application/ld+json">{"author": {"@type": "Person", "name": "%s"}}</script>'
OTHERS = "<div><b class=author>%s</b></div>"
NAMES = ("Jane Doe", "Ada Reed", "Ben Roe")


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
        ("", f"{TITLE}<div>Ein Artikel von <b>Jane Doe</b> | 3.4.2024</div>", "Jane Doe"),
        ("", f"{TITLE}<h2>News <i>06.11.2023 13:30 von Olga</i></h2>", "Olga"),
        ("", f"{TITLE}<p>Autor/in: Jane Doe</p>", "Jane Doe"),
        ("", f"{TITLE}<p>di Jane Doe</p>", "Jane Doe"),
        ("", f"{TITLE}<h5>Autor: </h5>Jane Doe/XY-Z", "Jane Doe"),
        ("", f"{TITLE}<div>Von <a href=/j>Jan Doe</a></div>", "Jan Doe"),
        ("", f"{TITLE}<a href=/authors/jane-doe>Jane Doe</a>", "Jane Doe"),
        ("", f"{TITLE}<p>{'As words go, ' * 30}<a href=/author/b>Ben Roe</a></p>", None),
        ("", f"{TITLE}<a rel=author>the quiet gardener</a>", "the quiet gardener"),
        ("", f"{TITLE}<p class=byline>By Jane Doe, Daily Post Staff</p>", "Jane Doe"),
        ("", f"{TITLE}<p class=author>© Jane Doe <span>Jane Doe</span></p>", "Jane Doe"),
        ("", f"{TITLE}<p class=byline>By Jane (J.R.) Doe</p>", "Jane (J.R.) Doe"),
        ("", f"{TITLE}<p class=byline>By Jane Doe (text)</p>", "Jane Doe"),
        ("", f"{TITLE}<p class=byline>Written by Jane Doe<br>Edited by Ben Roe</p>", "Jane Doe"),
        ("", f"{TITLE}<p class=byline>dpa</p>", None),
        ("", f"{TITLE}<i>Übersetzt von <span class=author>Ben Roe</span></i>", None),
        ("", f"{TITLE}<i class='author rich-snippet-hidden'>Jane Doe</i>", None),
        ("", f"{TITLE}<p>Olympics 2022 - Long Jump: the rules</p>", None),
        ("", f"{TITLE}<p>© 2010-2021 by Garden98</p>", None),
        ("", "<a>The bridge reopens</a>" + "<p>x</p>" * 40 + TITLE + "By Jane Doe", "Jane Doe"),
        (PERSON % "the gardener", f"{TITLE}<div>the gardener</div>", "the gardener"),
        (
            '<meta name=author content="Jane Doe">',
            f"{TITLE}<footer>© 2024 Jane Doe</footer>",
            "Jane Doe",
        ),
        (
            PERSON % "Jane Doe" + '<link rel=canonical href="https://www.janedoe.example/x">',
            f"{TITLE}<i>Jane Doe</i>",
            "Jane Doe",
        ),
        (
            "<title>The bridge reopens | La Gazette</title>" + PERSON % "La Gazette",
            f"{TITLE}<i class=author>La Gazette</i>",
            None,
        ),
        (
            '<meta property="og:site_name" content="Daily-Post.example">',
            f"{TITLE}<i class=author>Daily Post Kitchens</i>",
            None,
        ),
        ("", f"{TITLE}<p class=author>Jane Doe im Gespräch mit Ada Reed</p>", "Jane Doe, Ada Reed"),
        ("", f"{TITLE}<div class=social-icons><a rel=author>Jane Doe</a></div>", "Jane Doe"),
        ("", f"{TITLE}<div style='display: none'><a rel=author>Jane Doe</a></div>", None),
        ("", f"{TITLE}<blockquote>Yes!<a href=/author/j>Jane Doe</a></blockquote>", None),
        ("", f"{TITLE}<b>Ada Reed</b>, <i>author</i><br><b>Jane Doe</b>", None),
        (
            "",
            f"{TITLE}<div class=author><i>Von</i>: Jane Doe <i>Übersetzt von</i>\n:\n"
            "<span class=author>Ben Roe</span></div>",
            "Jane Doe",
        ),
        (
            "",
            f"{TITLE}<div class=submitted>Gespeichert von <b>rasos</b> am 3.4.2024</div>",
            "rasos",
        ),
        ("", f"{TITLE}<a href=/members/12>gardener98</a>", "gardener98"),
        ("", f"{TITLE}<a href=https://photos.example/users/12>gardener98</a>", None),
        (
            PERSON % "Jane Doe",
            f"{TITLE}{'<p>x</p>' * 40}<aside class=widget><b class=author>Jane Doe</b></aside>",
            "Jane Doe",
        ),
        (
            "<title>Jane Doe's Home | The bridge reopens</title>",
            f"{TITLE}<div>Copyright (c) 2012 Jane Doe. All rights reserved.</div>",
            "Jane Doe",
        ),
        ("", f"{TITLE}<p class=author>e. doe / J. reed</p>", "e. doe, J. reed"),
        ("", f"{TITLE}<div>Autor: <a href=/lawyers>Rechtsanwalt</a> Jan Doe</div>", "Jan Doe"),
        ("", f"{TITLE}{PROSE}<b class=video-credit>By River Guard</b>{PROSE * 2}", None),
        ("", f"{TITLE}<p>{'As the wise say, ' * 9}<a href='/who?author=b'>Ben Roe</a></p>", None),
        (
            '<meta name=copyright content="2024 Jane Doe Bakery, Jane Doe">'
            '<meta name=author content="Jane Doe">',
            f"{TITLE}<i>Jane Doe Bakery Bonn</i>",
            None,
        ),
        (
            "",
            f"{TITLE}<p>By <b>Jane Doe</b>, <b>Ada Reed</b> and <b class=byline>Ben Roe</b></p>",
            "Jane Doe, Ada Reed, Ben Roe",
        ),
        ("", f"{TITLE}<p class=author>Politics · Jane Doe, Ada Reed</p>", "Jane Doe, Ada Reed"),
        ("", f"{TITLE}<p class=author>Jane Doe, MA</p>", "Jane Doe"),
        ("", f"{TITLE}<p class=author>Jane Doe</p><p class=author>Senior Baker</p>", "Jane Doe"),
        ("", f"{TITLE}<a href=/a>著者：後藤大地</a>", "後藤大地"),
        (
            "",
            f"{TITLE}<div class=share-and-comments><a class=byline>Jane Doe</a></div>",
            "Jane Doe",
        ),
        ("", f"{TITLE}<div class='comment odd'><a class=author>Jane Doe</a></div>", None),
        (
            "",
            f"{TITLE}{PROSE}<footer class=post-meta><p class=post-author>Jane Doe</p></footer>",
            "Jane Doe",
        ),
        (
            "<title>The bridge reopens | Jane Doe</title>"
            "<meta property=og:site_name content='Bonn Post'><meta name=author content='Jane Doe'>",
            f"{TITLE}<a rel=author>Jane Doe</a>",
            "Jane Doe",
        ),
        ("", f"{TITLE}<p class=author>Jane Doe, Reuters, Bonn</p>", "Jane Doe"),
        ("", f"{TITLE}<p class=author>Reuters, Bonn</p>", None),
        ("", f"{TITLE}<p>By Jane Doe, Vice President, Bonn Mills</p>", "Jane Doe"),
        ("", f"{TITLE}<p>By Jane Doe, Software Engineer and baker</p>", "Jane Doe"),
        ("", f"<p>by</p>{TITLE}", None),
        (
            "",
            f"{TITLE}<p class=author><b>Jane Doe</b> <a rel=author>About Jane Doe</a></p>",
            "Jane Doe",
        ),
        ("", f"{TITLE}<p class=submitted-by>Submitted on Mon, 2019-01-21</p>", None),
        ("", f"{TITLE}<p class=author><i>Last Updated:</i> 3 April 2024</p>", None),
        ("", f"{TITLE}<a href=/members/17>Predator</a>", "Predator"),
        ("<link rel=prev href=/thread/1>", f"{TITLE}<a href=/members/17>Predator</a>", None),
        ("", f"{TITLE}{'<p>x</p>' * 40}{OTHERS % 'Jane Doe'}", "Jane Doe"),
        ("", f"{TITLE}{'<p>x</p>' * 40}{''.join(OTHERS % name for name in NAMES)}", None),
        (
            PERSON % "Jane Doe",
            f"{TITLE}{'<p>x</p>' * 40}{''.join(OTHERS % name for name in NAMES)}",
            "Jane Doe",
        ),
    ],
)
def test_author_of_a_page_is_named_in_a_byline(head: str, body: str, names: str | None) -> None:
    assert author(head, body) == names


@pytest.mark.parametrize(
    ("end", "names"),
    [
        ("<p>Von Jane Doe</p>", "Jane Doe"),
        ("<p>Text: Jane Doe</p><p>Photos: Ben Roe</p>", "Jane Doe"),
        ("<p><em>Posted by Jane Doe, AMP Project Marketing</em></p>", "Jane Doe"),
        ("<p align=right>Jane Doe</p>", "Jane Doe"),
        ("<p>© 2019 Jane Doe</p><p>The old mill</p>", "Jane Doe"),
        ("<p>The mill is still there.<br><em>Jane Doe</em></p><p>Read on there.</p>", "Jane Doe"),
        ("<p>By the river, in winter.</p>", None),
        ("<p>It stands.</p><p>Contacting Us</p><p>Write to us by post.</p>", None),
        ("<p>Old Bridges of Bonn</p><p>They stand.</p>", None),
    ],
)
def test_author_may_sign_at_the_end(end: str, names: str | None) -> None:
    page = f"<html><body><nav>Home</nav>{TITLE}<article>{PROSE}{end}</article></body></html>"
    assert read_html(page.encode()).metadata.author == names


def test_metadata_name_the_author_of_a_converted_document() -> None:
    data = f"<html><head><meta name=author content='Jane Doe'></head><body><h1>T</h1>{PROSE}</body>"
    assert read_html(data.encode()).metadata.author == "Jane Doe"
