import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.convert import to_markdown
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.html.reader import read_html
from index.ingest.readers.html.source import decode_html
from index.ingest.readers.markdown.reader import read_markdown
from tests.support.format_files import assert_valid, block_texts, sections, title_text
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

PAGE = """<!doctype html>
<html lang="en-GB"><head><meta charset="utf-8">
<title>The old bridge reopens | The Daily Post</title>
<meta property="og:site_name" content="The Daily Post"><meta name="author" content="Jane Doe">
<meta property="article:published_time" content="2024-03-03T10:00:00Z">
<link rel="canonical" href="https://example.org/bridge"></head><body>
<nav><ul><li><a href="/">Home</a></li><li><a href="/news">News</a></li></ul></nav>
<div class="cookie-consent"><p>We use cookies to make this site better. Accept all?</p></div>
<main><article><h1>The old bridge reopens</h1><p class="byline">By Jane Doe</p>
<p>The bridge was opened again on <b>Sunday</b> after three
years of work,<br>said the mayor.<sup><a href="#n1">1</a></sup></p>
<div class="ad advertisement"><p>Buy now: the best shoes in town at half the price!</p></div>
<h2>Opening hours</h2>
<p>It is open from nine to five on all days but Monday &amp; Tuesday, when it is cleaned.</p>
<table><tr><th>Day</th><th>Hours</th></tr><tr><td>Sunday</td><td>9 to 5</td></tr></table>
<h2>How to get there</h2><ul><li>Take the bus.</li><li>Walk along the river.</li></ul>
<ol><li>First</li><li>Second</li></ol>
<blockquote><p>It was a long wait, said a woman who had come with her children.</p></blockquote>
<pre><code>make bridge
    make toll
</code></pre>
<p>Use <code>quoth</code> to ask.</p></article></main>
<aside><h3>Related</h3><ul><li><a href="/a">Another story about bridges</a></li></ul></aside>
<footer><p>Copyright 2024 The Daily Post. All rights reserved.</p></footer></body></html>"""


def page(body: str) -> bytes:
    return f"<html><head><title>T</title></head><body>{body}</body></html>".encode()


def test_boilerplate_around_the_article_is_left_out() -> None:
    assert block_texts(read_html(PAGE.encode(), joins_parts=False)) == [
        "The bridge was opened again on Sunday after three years of work,\nsaid the mayor.",
        "It is open from nine to five on all days but Monday & Tuesday, when it is cleaned.",
        "| Day | Hours |\n| Sunday | 9 to 5 |",
        "- Take the bus.\n- Walk along the river.",
        "1. First\n2. Second",
        "It was a long wait, said a woman who had come with her children.",
        "```\nmake bridge\n    make toll\n```",
        "Use `quoth` to ask.",
    ]


def test_bare_article_keeps_headings_and_lists() -> None:
    prose = "<p>" + "Night trains were declared dead a decade ago, and they are full. " * 6 + "</p>"
    lists = "<ul><li>Belgium waives the charge;</li><li>Austria reduces it.</li></ul>"
    body = f"{prose}<h2 id='who'>Who pays</h2>{prose}{lists}<h2>Outlook</h2>{prose}"
    for around in ("{}", "<div class=WordSection1>{}</div>"):
        data = page(around.format(f"<h1>T</h1><p>5 November 2024</p>{body}"))
        document = read_html(data, joins_parts=False)
        assert sections(document) == [None, "Who pays", "Who pays", "Outlook"]
        assert block_texts(document)[2] == "- Belgium waives the charge;\n- Austria reduces it."
        assert (document.blocks[1].anchor, document.metadata.published) == ("who", "2024-11-05")


@pytest.mark.parametrize(
    "beside",
    [
        "<p><strong>Read more: </strong><a href=/x>Why the sleeper to Nice was cancelled</a></p>",
        "<p>See also <a href=/x>Why the sleeper to Nice was cancelled</a>.</p>",
        "<div class='mpu'><p>Subscribe now and save half of the price of a year.</p></div>",
        "<ol class='references'><li>Smith, John (2001). Trains at Night. Rail Press.</li></ol>",
    ],
)
def test_links_to_related_pages_are_left_out(beside: str) -> None:
    prose = "<p>Night trains were declared dead a decade ago, and they are full in summer.</p>"
    body = (
        f"<article><h1>T</h1>{prose * 2}{beside}<p>Read more about it in the library.</p></article>"
    )
    assert block_texts(read_html(page(body)))[1:] == [
        "Night trains were declared dead a decade ago, and they are full in summer.",
        "Read more about it in the library.",
    ]


def test_layout_tables_are_read_column_by_column() -> None:
    prose = "Night trains were declared dead a decade ago, and they are full in summer. " * 4
    links = "<tr><td colspan=2><!-- --><a href=/n>News</a> | <a href=/s>Sport</a></td></tr>"
    story = f"<tr><td><a href=/a>Archive</a></td><td><p>{prose}<p>More: {prose}</td></tr>"
    numbers = "<table><tr><td><p>North</p><p>open</p></td><td>South</td></tr></table>"
    body = f"<table>{links}{story}</table><p>Last: {prose}</p>{numbers}"
    assert block_texts(read_html(page(body), joins_parts=False)) == [
        prose.strip(),
        f"More: {prose}".strip(),
        f"Last: {prose}".strip(),
        "| North open | South |",
    ]


def test_page_that_only_asks_for_javascript_has_no_blocks() -> None:
    data = page("<div id=root></div><noscript>You need to enable JavaScript.</noscript>")
    assert read_html(data).blocks == ()


def test_language_of_the_body_element_counts() -> None:
    data = (
        b"<html><title>T</title><body lang=DE-AT><p>Die Br\xc3\xbccke ist offen.</p></body></html>"
    )
    assert read_html(data).metadata.language == "de"


def test_site_name_is_not_the_title_of_its_posts() -> None:
    prose = "<p>Night trains were declared dead a decade ago, and they are full in summer.</p>"
    post = f"<div id=content><div class=post><h2>Night trains</h2>{prose * 4}</div></div>"
    data = f"<title>Night trains</title><h1><a href=/>Ann's blog</a></h1><ul><li>About</ul>{post}"
    document = read_html(data.encode())
    assert document.metadata.title == "Night trains"
    assert "Ann's blog" not in document.text


def test_headings_start_sections_but_the_title_does_not() -> None:
    document = read_html(PAGE.encode(), joins_parts=False)
    assert sections(document) == [None, *["Opening hours"] * 2, *["How to get there"] * 5]
    assert title_text(document) == "The old bridge reopens"


def test_metadata_is_read_from_the_page() -> None:
    assert read_html(PAGE.encode()).metadata == ParsedMetadata(
        title="The old bridge reopens",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url="https://example.org/bridge",
        language="en",
    )


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ('<meta charset="iso-8859-1">', "cp1252"),
        ('<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">', "koi8-r"),
        ("", "utf-8"),
        ('<meta charset="iso-8859-1">', "utf-8"),
        ('<meta charset="no-such-thing">', "utf-8"),
        ('<meta charset="utf-8">', "utf-8-sig"),
        ('<meta charset="utf-8">', "utf-16"),
    ],
)
def test_actual_encoding_beats_the_declared_one(head: str, encoding: str) -> None:
    word = "мост" if encoding == "koi8-r" else "Brücke"
    text = f"<html><head>{head}</head><body><p>{word}</p></body></html>"
    assert word in decode_html(text.encode(encoding))


def test_page_of_one_short_paragraph_is_read() -> None:
    assert block_texts(read_html(page("<p>Closed on Sundays.</p>"))) == ["Closed on Sundays."]


def test_page_without_text_has_no_blocks() -> None:
    assert block_texts(read_html(page("<img src='a.png'><script>var x;</script>"))) == []


def test_broken_markup_is_repaired_like_in_browsers() -> None:
    document = read_html(b"<p>One paragraph that is not closed<p>Another <b>one with <i>tags</p>")
    assert block_texts(document) == ["One paragraph that is not closed", "Another one with tags"]


def test_canonical_link_that_is_not_http_is_ignored() -> None:
    head = '<link rel="canonical" href="javascript:alert(1)">'
    assert read_html(page(f"{head}<p>Words and words.</p>")).metadata.url is None


def test_direction_overrides_are_removed_from_the_title() -> None:
    document = read_html("<title>A\u202eB</title><body><p>Words and words.</p>".encode())
    assert document.metadata.title == "AB"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"%PDF-1.4", "its first bytes are those of a PDF"),
        (page("<div>" * 100_000), "more than 500 deep"),
        (page("<br>" * 60_000), "elements with"),
        (page("<p " + "a='b' " * 100_000 + ">"), "a tag has 100,000 attributes"),
        (page("<p " + " ".join(f"a{n}" for n in range(9_000)) + ">"), "a tag has 9,000 attributes"),
        (b"<p>a\x00b</p>", "a NUL byte at byte 4"),
    ],
)
def test_invalid_pages_are_rejected_within_seconds(data: bytes, reason: str) -> None:
    started = time.process_time()
    with pytest.raises(ReadError, match=reason):
        read_html(data)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    "body",
    [
        "<p>" + "The bridge was opened. " * 200_000,
        "<table><tr><td>" * 120 + "text",
        "<p><b><i>" * 80 + "text",
        '<a "' * 200,
        "<p>" + " \n" * 1_000_000 + "text",
        "<!--" + "-" * 1_000_000,
        '<script type="application/ld+json">' + "[" * 50_000 + "</script><p>Some text.",
        "<p>\u202eturned\u202c and \u200b hidden</p>",
    ],
)
def test_hostile_pages_are_parsed_within_seconds(body: str) -> None:
    started = time.process_time()
    assert_valid(read_html(page(body)))
    assert time.process_time() - started < 8


@few_examples
@given(st.binary(max_size=300))
def test_any_bytes_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_html, data)


@few_examples
@given(mutations(PAGE.encode()))
def test_mutated_pages_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_html, data)


_TAGS = st.sampled_from(
    "p div ul ol li table tr td th pre code br h1 h2 sup a span dl dt dd blockquote head".split()
)


@few_examples
@given(st.lists(st.tuples(_TAGS, st.sampled_from(["<%s>", "</%s>", "<%s>words ", "words </%s>"]))))
def test_any_nesting_of_tags_parses(tags: list[tuple[str, str]]) -> None:
    assert_parses_or_rejects(read_html, page("".join(form % tag for tag, form in tags)))


def test_sections_link_to_the_ids_of_their_headings() -> None:
    prose = "The bridge was built by hand in nineteen years, and two men died of it. " * 3
    page = "".join(
        f"{heading}<p>{number} {prose}</p>"
        for number, heading in enumerate(
            [
                "<h1>The bridge</h1>",
                '<h2 id="piers">Piers<a class="headerlink" href="#piers">¶</a></h2>',
                '<h2><span id="Arches_.28old.29">Arches</span></h2>',
                '<section id="tolls"><h2>Tolls</h2></section>',
                '<h2 id="a">Notes</h2>',
                '<h2 id="b">Notes</h2>',
                "<h2>Nameless</h2>",
                '<h2 id="with space">Spaced</h2>',
            ]
        )
    )
    document = read_html(f"<html><body><article>{page}</article></body></html>".encode())
    assert list(dict.fromkeys((block.section, block.anchor) for block in document.blocks)) == [
        (None, None),
        ("Piers", "piers"),
        ("Arches", "Arches_.28old.29"),
        ("Tolls", "tolls"),
        ("Notes", None),
        ("Nameless", None),
        ("Spaced", None),
    ]
    again = read_markdown(to_markdown(document, document.metadata))
    assert [block.anchor for block in again.blocks if block.anchor in {"piers", "tolls"}] == [
        "piers",
        "tolls",
    ]
