import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import NotAnArticle, ReadError
from index.ingest.formats import parse
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.feed import parse_feed, read_feed
from index.types import Metadata
from tests.support.format_files import block_texts, sections
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

RSS = b"""<?xml version="1.0"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>The Daily Post</title>
<link>https://example.org/</link><language>en-gb</language>
<item><title>Bridge &amp;amp; tunnel</title><link>https://example.org/1</link>
<pubDate>Sun, 03 Mar 2024 10:00:00 GMT</pubDate><dc:creator>Jane Doe</dc:creator>
<description>Short.</description><content:encoded><![CDATA[<p>The bridge is open.</p>
<p>It is long.</p><script>x</script>
<p>The post <a href="/1">Bridge</a> appeared first on <a href="/">The Daily Post</a>.</p>
]]></content:encoded></item>
<item><title>Plain</title><guid>https://example.org/2</guid>
<description>Only words here &amp;lt;3.</description></item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Blatt</title>
<link rel="self" href="https://e.org/feed"/><link href="https://e.org/"/>
<entry><title type="html">Eins &lt;b&gt;zwei&lt;/b&gt;</title><link href="https://e.org/1"/>
<published>2024-03-03T01:00:00Z</published><author><name>Max</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Die Brücke ist offen.</p></div>
</content></entry></feed>""".encode()
RDF = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><channel><title>Old</title>
</channel><item><title>One</title><link>http://e.org/1</link><description>Words.</description></item>
</rdf:RDF>"""


def test_saved_feed_cites_each_part_with_its_entry() -> None:
    document = read_feed(RSS)
    assert block_texts(document) == ["The bridge is open.", "It is long.", "Only words here <3."]
    bridge = Metadata(
        title="Bridge & tunnel",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url="https://example.org/1",
        language="en",
    )
    plain = Metadata(
        "Plain", publisher="The Daily Post", url="https://example.org/2", language="en"
    )
    assert [block.origin for block in document.blocks] == [bridge, bridge, plain]
    assert "Bridge & tunnel" in document.text
    assert document.metadata == ParsedMetadata(
        title="The Daily Post", published="2024-03-03", url="https://example.org/", language="en"
    )


def test_entries_have_their_own_metadata() -> None:
    _, (first, second) = parse_feed(RSS)
    assert first.metadata == ParsedMetadata(
        title="Bridge & tunnel",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url="https://example.org/1",
        language="en",
    )
    assert (first.has_full_text, second.has_full_text) == (True, False)
    assert second.metadata.url == "https://example.org/2"


def test_atom_is_read_like_rss() -> None:
    found, (entry,) = parse_feed(ATOM)
    assert found == ParsedMetadata(title="Blatt", url="https://e.org/", language="de")
    assert entry.metadata == ParsedMetadata(
        title="Eins zwei",
        publisher="Blatt",
        author="Max",
        published="2024-03-03",
        url="https://e.org/1",
        language="de",
    )
    assert block_texts(read_feed(ATOM)) == ["Die Brücke ist offen."]


def test_rss_1_items_outside_the_channel_are_read() -> None:
    assert block_texts(read_feed(RDF)) == ["Words."]
    assert read_feed(RDF).blocks[0].origin == Metadata("One", "Old", url="http://e.org/1")


def test_headings_in_an_entry_are_sections_of_that_entry() -> None:
    item = b"<item><title>%s</title><description>&lt;p&gt;Words.&lt;/p&gt;&lt;h2&gt;Who drives it"
    item += b"&lt;/h2&gt;&lt;p&gt;Two sisters drive it.&lt;/p&gt;</description></item>"
    document = read_feed(b"<rss><channel>%s%s</channel></rss>" % (item % b"One", item % b"Two"))
    assert sections(document) == [None, "Who drives it"] * 2
    titles = [block.origin.title for block in document.blocks if block.origin]
    assert titles == ["One", "One", "Two", "Two"]


@pytest.mark.parametrize(
    "creator",
    ["anonymous", "ARRAY(0x55d1c8a)", "W:CAR:MP:FP", "admin", "admin@e.org", "[object Object]"],
)
def test_authors_put_there_by_machines_are_left_out(creator: str) -> None:
    _, (entry, _) = parse_feed(RSS.replace(b"Jane Doe", creator.encode()))
    assert entry.metadata.author is None


def test_truncated_feed_is_read_up_to_the_break() -> None:
    assert block_texts(read_feed(RSS[: RSS.index(b"<item><title>Plain")])) == [
        "The bridge is open.",
        "It is long.",
    ]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "cannot be read|not well-formed XML"),
        (b"hello", "not well-formed XML|no element|cannot be read"),
        (b"<html><body/></html>", "the XML root is <html>; expected an RSS or Atom feed"),
        (b"<rss><channel>" + b"<item/>" * 3_000 + b"</channel></rss>", "more than 2,000 entries"),
        (b'<!DOCTYPE r [<!ENTITY a "ha">]><rss>&a;</rss>', "declares entities"),
        ('<!DOCTYPE r [<!ENTITY a "ha">]><rss/>'.encode("utf-16"), "declares entities"),
        (b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss>&a;</rss>', "declares"),
    ],
)
def test_invalid_feeds_are_rejected(data: bytes, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        read_feed(data)


@pytest.mark.parametrize(
    "data",
    [
        b"<rss>" + b"<item>" * 100_000,
        b"<rss><channel>" + b"<item><description>" * 200 + b"x",
        b"<rss><channel><item><description>" + b"word " * 400_000 + b"</description></item>",
        b"<rss><channel><item><description><![CDATA[" + b"<b>" * 400 + b"x]]></description></item>",
    ],
)
def test_hostile_feeds_are_parsed_within_seconds(data: bytes) -> None:
    started = time.process_time()
    assert_parses_or_rejects(read_feed, data)
    assert time.process_time() - started < 5


@few_examples
@given(st.binary(max_size=300))
def test_any_bytes_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_feed, data)


@few_examples
@given(st.sampled_from([RSS, ATOM, RDF]).flatmap(mutations))
def test_mutated_feeds_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_feed, data)


def entry_origin(inside: str) -> Metadata:
    item = f"<item><title>New crane</title><description>It is red.</description>{inside}</item>"
    feed = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
        f"<title>Harbour</title><language>fr</language>{item}</channel></rss>"
    )
    origin = read_feed(feed.encode()).blocks[0].origin
    assert origin is not None
    return origin


@pytest.mark.parametrize(
    ("inside", "author"),
    [
        ("<author>noreply@blogger.com (Jane Doe)</author>", "Jane Doe"),
        ("<author>jane@harbour.example</author>", None),
        ("<author>Jane Doe, jane@harbour.example</author>", "Jane Doe"),
        ("<dc:creator>By Jane Doe</dc:creator>", "Jane Doe"),
        (
            "<dc:creator>Jane Doe</dc:creator><dc:creator>Ada Reed</dc:creator>",
            "Jane Doe, Ada Reed",
        ),
        ("<dc:creator>W:CAR:MP:FP</dc:creator>", None),
    ],
)
def test_authors_of_entries_are_names_without_addresses(inside: str, author: str | None) -> None:
    assert entry_origin(inside).author == author


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Tue, 19 Nov 2024 23:30:00 -0500", "2024-11-19"),
        ("mardi 19 novembre 2024", "2024-11-19"),
        ("19.11.2024", "2024-11-19"),
        ("Thu, 01 Jan 1970 00:00:00 +0000", None),
        ("0001-01-01T00:00:00Z", None),
        ("Tue, 31 Feb 2024 10:00:00 GMT", None),
    ],
)
def test_dates_of_entries_are_read_as_feeds_write_them(text: str, day: str | None) -> None:
    assert entry_origin(f"<pubDate>{text}</pubDate>").published == day


def test_entries_of_atom_are_by_the_author_of_their_feed() -> None:
    feed = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Harbour</title><author><name>Jane Doe'
        "</name></author><entry><title>A</title><summary>It is red.</summary></entry></feed>"
    )
    origin = read_feed(feed.encode()).blocks[0].origin
    assert origin is not None
    assert origin.author == "Jane Doe"


def test_longer_description_of_a_podcast_counts() -> None:
    feed = b"""<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel>
<title>Lock talk</title><item><title>Gates</title><description>&lt;p&gt;Bo talks with the keeper
about gates of oak and steel.&lt;/p&gt;</description>
<itunes:summary>Bo talks.</itunes:summary></item>
</channel></rss>"""
    assert block_texts(read_feed(feed)) == [
        "Bo talks with the keeper about gates of oak and steel."
    ]


JSON_FEED = """{"version": "https://jsonfeed.org/version/1.1", "title": "The Daily Post",
"home_page_url": "https://e.org/", "language": "en-GB", "authors": [{"name": "Ada Reed"}],
"items": [
{"id": "2", "url": "https://e.org/2", "title": "Bridge & tunnel", "summary": "Short.",
 "content_html": "<p>The bridge is open.</p><p>It is <b>long</b>.</p>",
 "date_published": "2024-03-03T01:00:00+02:00", "authors": [{"name": "Jane Doe"}, {"url": "x"}]},
{"id": "1", "external_url": "https://e.org/1", "content_text": "Two < three.\\n\\nIt is so.",
 "date_modified": "2024-02-01"}]}"""


def test_json_feed_is_read_like_atom() -> None:
    document = read_feed(JSON_FEED.encode())
    expected = ["The bridge is open.", "It is long.", "Two < three.", "It is so."]
    assert block_texts(document) == expected
    bridge = Metadata(
        title="Bridge & tunnel",
        publisher="The Daily Post",
        author="Jane Doe",
        published="2024-03-03",
        url="https://e.org/2",
        language="en",
    )
    untitled = Metadata(
        "The Daily Post", "The Daily Post", "Ada Reed", "2024-02-01", "https://e.org/1", "en"
    )
    assert [block.origin for block in document.blocks] == [bridge, bridge, untitled, untitled]
    assert document.metadata.url == "https://e.org/"


def test_author_in_json_feed_1() -> None:
    feed = '{"version": "https://jsonfeed.org/version/1", "items": [{"content_text": "Words.",'
    _, (entry,) = parse_feed(f'{feed} "author": {{"name": "Jane Doe"}}}}]}}'.encode())
    assert entry.metadata.author == "Jane Doe"


@pytest.mark.parametrize("data", ['{"a": 1}', '{"version": 2}', '{"version": "1.1", "items": []}'])
def test_other_json_is_passed_over(data: str) -> None:
    with pytest.raises(NotAnArticle, match="not a JSON Feed"):
        parse("data/feed.json", data.encode())


@pytest.mark.parametrize("items", ["null", "{}", '["a", null]', '[{"authors": 3, "title": []}]'])
def test_odd_values_in_json_feed_are_passed_over(items: str) -> None:
    data = f'{{"version": "https://jsonfeed.org/version/1.1", "items": {items}}}'
    assert read_feed(data.encode()).blocks == ()


def test_damaged_json_feed_is_refused() -> None:
    with pytest.raises(ReadError, match="not valid JSON"):
        read_feed(JSON_FEED[:200].encode())


def test_feed_has_the_date_of_its_newest_entry() -> None:
    assert read_feed(RSS).metadata.published == "2024-03-03"
    assert read_feed(JSON_FEED.encode()).metadata.published == "2024-03-03"


@few_examples
@given(mutations(JSON_FEED.encode()))
def test_mutated_json_feeds_parse_or_are_rejected(data: bytes) -> None:
    assert_parses_or_rejects(read_feed, data)
