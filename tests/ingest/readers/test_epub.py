import time
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.epub.reader import read_epub
from tests.support.format_files import block_texts, make_zip, sections, title_text
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

_CONTAINER = '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
_PACKAGE = """<package xmlns="http://www.idpf.org/2007/opf">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>A Book</dc:title>
<dc:creator>Jane Doe</dc:creator><dc:creator>J. Roe</dc:creator><dc:date>2019-04-01</dc:date>
<dc:language>en-US</dc:language><dc:publisher>The Press</dc:publisher>
<dc:identifier>isbn:9780000000000</dc:identifier><dc:identifier>doi:10.1234/abc</dc:identifier>
</metadata><manifest>
<item id="n" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>
<item id="b" href="two%20x.xhtml" media-type="application/xhtml+xml"/>
<item id="a" href="one.xhtml" media-type="application/xhtml+xml"/>
<item id="i" href="cover.jpg" media-type="image/jpeg"/>
</manifest><spine><itemref idref="n"/><itemref idref="i"/><itemref idref="a"/><itemref idref="b"/>
<itemref idref="a"/><itemref idref="missing"/></spine></package>"""
_ONE = """<?xml version="1.0"?><!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "x.dtd">
<html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body><h1>A Book</h1>
<h2>Chapter&nbsp;1</h2><p>It was<a id="p1"/> a dark&hellip; night.<sup><a href="#x">2</a></sup>
<script/>Rain <em>fell</em>.</p><dl><dt>Term</dt><dd>What it is.</dd></dl></body></html>"""
_TWO = "<html><body><h2>Chapter 2</h2><p>Broken <b>markup<p>Second & third</body>"


def make_epub(**changes: str | bytes) -> bytes:
    parts = {
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": _CONTAINER,
        "OEBPS/book.opf": _PACKAGE,
        "OEBPS/nav.xhtml": "<html><body><nav>Contents</nav></body></html>",
        "OEBPS/one.xhtml": _ONE,
        "OEBPS/two x.xhtml": _TWO,
    }
    part_names = {"container": "META-INF/container.xml", "package": "OEBPS/book.opf"}
    return make_zip(
        {
            **parts,
            **{part_names.get(name, f"OEBPS/{name}.xhtml"): part for name, part in changes.items()},
        }
    )


def test_chapters_are_read_once_in_spine_order() -> None:
    document = read_epub(make_epub())
    assert block_texts(document) == [
        "It was a dark… night. Rain fell.",
        "Term\nWhat it is.",
        "Broken markup",
        "Second & third",
    ]
    assert sections(document) == ["Chapter 1", "Chapter 1", "Chapter 2", "Chapter 2"]
    assert title_text(document) == "A Book"


@pytest.mark.parametrize("kind", ["titlepage", "copyright-page", "frontmatter toc"])
def test_front_and_back_matter_is_left_out(kind: str) -> None:
    one = f"""<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
    <body><section epub:type="{kind}"><p>All rights reserved.</p></section>
    <p>Jane Doe and J. Roe</p><p>The Press</p>
    <p>It was<a epub:type="noteref" href="#n">1</a> a night.</p></body></html>"""
    assert block_texts(read_epub(make_epub(one=one)))[0] == "It was a night."
    broken = one.replace("It was", "It & was")
    assert block_texts(read_epub(make_epub(one=broken)))[0] == "It & was a night."


def test_metadata_is_read_from_the_package() -> None:
    assert read_epub(make_epub()).metadata == ParsedMetadata(
        title="A Book",
        publisher="The Press",
        author="Jane Doe, J. Roe",
        published="2019-04-01",
        url="https://doi.org/10.1234/abc",
        language="en",
    )


def test_chapter_without_a_heading_has_no_section() -> None:
    document = read_epub(make_epub(one="<html><body><p>Just words.</p></body></html>"))
    assert sections(document) == [None, "Chapter 2", "Chapter 2"]


def test_paths_that_leave_the_archive_are_ignored() -> None:
    package = _PACKAGE.replace("one.xhtml", "../../../../etc/passwd")
    assert block_texts(read_epub(make_epub(package=package))) == ["Broken markup", "Second & third"]


_LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><x>&b;</x>'


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda: b"hello", "not a zip archive"),
        (lambda: make_zip({}), "the archive has no 'META-INF/container.xml'"),
        (lambda: make_epub(container="<container/>"), "names no rootfile"),
        (
            lambda: make_epub(container=_CONTAINER.replace("book", "no")),
            "the archive has no 'OEBPS/no.opf'",
        ),
        (lambda: make_epub(package=_LAUGHS), "declares entities"),
        (lambda: make_epub(one="<p>" + "a" * 20_000_000), "a zip bomb"),
        (lambda: make_epub(one="<html><body>" + "<div>" * 50_000), "more than 500 deep"),
        (
            lambda: make_zip(
                {
                    "META-INF/container.xml": _CONTAINER,
                    "META-INF/rights.xml": "<rights/>",
                    "OEBPS/book.opf": _PACKAGE,
                    "OEBPS/one.xhtml": b"\x8f\x01\x9c" * 50,
                }
            ),
            "copy-protected|cannot be read|no other encoding",
        ),
    ],
)
def test_invalid_files_are_rejected_within_seconds(make: Callable[[], bytes], reason: str) -> None:
    data = make()
    started = time.process_time()
    with pytest.raises(ReadError, match=reason):
        read_epub(data)
    assert time.process_time() - started < 3


def test_entities_in_chapters_are_not_expanded() -> None:
    lines = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    chapter = f'<!DOCTYPE html [<!ENTITY a0 "ha">{lines}]><html><body><p>Hm &a11;</p></body></html>'
    assert len(read_epub(make_epub(one=chapter)).text) < 500


@few_examples
@given(st.binary(max_size=300))
def test_any_bytes_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_epub, data)


@few_examples
@given(mutations(make_epub()))
def test_mutated_archives_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_epub, data)


@few_examples
@given(mutations(_ONE.encode()), mutations(_PACKAGE.encode()))
def test_mutated_parts_parse_or_raise_read_error(chapter: bytes, package: bytes) -> None:
    assert_parses_or_rejects(read_epub, make_epub(one=chapter, package=package))


def chapter(inside: str) -> str:
    return (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">'
        f"<body><h2>Chapter 1</h2>{inside}</body></html>"
    )


@pytest.mark.parametrize(
    "mark",
    [
        '<span epub:type="pagebreak" id="p41">41</span>',
        '<span role="doc-pagebreak">41</span>',
        '<span class="pagenum">[Pg 41]</span>',
        '<a class="page-number" href="#p41">xli</a>',
        '<span class="pagebreak" title="41"/>',
        '<a epub:type="noteref" href="#n1">41</a>',
    ],
)
def test_numbers_of_printed_pages_stay_out_of_sentences(mark: str) -> None:
    one = chapter(f"<p>He climbed the stairs twice {mark}every night.</p>")
    assert "He climbed the stairs twice every night." in block_texts(read_epub(make_epub(one=one)))


def test_page_class_around_a_sentence_keeps_it() -> None:
    one = chapter('<p><span class="pb">Page one was torn.</span></p>')
    assert "Page one was torn." in block_texts(read_epub(make_epub(one=one)))


@pytest.mark.parametrize(
    "poem",
    [
        '<div class="stanza"><p>The sea is grey,</p><p class="i1">the gulls are white.</p></div>',
        '<div class="poem"><div class="stanza"><div class="v">The sea is grey,</div>'
        '<div class="v">the gulls are white.</div></div></div>',
        '<blockquote epub:type="z3998:verse"><p><span>The sea is grey,</span><br/>'
        "<span>the gulls are white.</span></p></blockquote>",
    ],
)
def test_lines_of_verse_are_one_passage(poem: str) -> None:
    texts = block_texts(read_epub(make_epub(one=chapter(f"<p>Prose.</p>{poem}<p>More.</p>"))))
    assert texts[:3] == ["Prose.", "The sea is grey,\nthe gulls are white.", "More."]


_LINKS = [f'<a href="c{number}.xhtml#x">The {number}th night</a>' for number in range(6)]


@pytest.mark.parametrize(
    "contents",
    [
        f"<ul>{''.join(f'<li>{link}</li>' for link in _LINKS)}</ul>",
        "".join(f"<p>{link}</p>" for link in _LINKS),
        f"<table>{''.join(f'<tr><td>1.</td><td>{link}</td></tr>' for link in _LINKS)}</table>",
        f"<div>{'<br/>'.join(f'{link} {number}' for number, link in enumerate(_LINKS))}</div>",
    ],
)
def test_table_of_contents_is_no_passage(contents: str) -> None:
    texts = block_texts(read_epub(make_epub(one=chapter(f"{contents}<p>It was dark.</p>"))))
    assert texts == ["It was dark.", "Broken markup", "Second & third"]


def test_list_of_links_to_other_sites_is_kept() -> None:
    links = "".join(f'<li><a href="https://e.org/{n}">Site {n}</a></li>' for n in range(6))
    (first, *_) = block_texts(read_epub(make_epub(one=chapter(f"<ul>{links}</ul>"))))
    assert first.startswith("- Site 0\n- Site 1")


@pytest.mark.parametrize(
    ("markup", "texts"),
    [
        ('The wick <a id="page_41" class="page">41</a>burns.', ["The wick burns."]),
        ('The wick <span class="x-ebookmaker-pageno">[42]</span>burns.', ["The wick burns."]),
        (
            'The sentence goes</p><div class="pagebreak" id="p9"/><p>on over the page.',
            ["The sentence goes on over the page."],
        ),
        (
            'It ends.</p><div class="pagebreak" id="p9"/><p>another begins so.',
            ["It ends.", "another begins so."],
        ),
        ('<a href="two.xhtml">II. The calm</a> 12</p><p>It was calm.', ["It was calm."]),
        (
            'A:</p><div class="stanza"><span>The wind was cold,<br/></span>'
            "<span>And the night was old.<br/></span></div><p>B.",
            ["A:\n\nThe wind was cold,\nAnd the night was old.", "B."],
        ),
        ('The rule <img class="tex" alt="a^2" src="x.png"/> holds.', ["The rule a^2 holds."]),
        ('It burnt.<a href="#Footnote_1" class="fnanchor">[1]</a> So.', ["It burnt. So."]),
    ],
)
def test_marks_of_printed_books_stay_out_of_sentences(markup: str, texts: list[str]) -> None:
    one = f'<html xmlns="http://www.w3.org/1999/xhtml"><body><p>{markup}</p></body></html>'
    document = read_epub(make_epub(one=one, **{"two x": "<html><body/></html>"}))
    assert block_texts(document) == texts


def two_chapters(first: str, second: str) -> bytes:
    files = {"one": chapter(first), "two x": chapter(second)}
    heading = "<h2>Chapter 1</h2>"
    return make_epub(**{name: file.replace(heading, "") for name, file in files.items()})


def test_sentence_that_the_end_of_a_file_cuts_is_joined() -> None:
    first = "<h1>January</h1><p>He wrote down how many boats had passed, and then</p>"
    first += '<aside epub:type="footnote"><p>Except on Sundays.</p></aside>'
    book = two_chapters(first, "<p>he slept.</p><p>It was cold.</p>")
    document = read_epub(book)
    assert block_texts(document) == [
        "He wrote down how many boats had passed, and then he slept.",
        "Except on Sundays.",
        "It was cold.",
    ]
    assert sections(document) == ["January"] * 3


@pytest.mark.parametrize(
    "second", ["<p>The next chapter begins.</p>", "<h1>February</h1><p>the ice came.</p>"]
)
def test_other_chapters_are_not_joined(second: str) -> None:
    book = two_chapters("<p>He wrote, and then</p>", second)
    assert block_texts(read_epub(book))[0] == "He wrote, and then"


INDEX = ("bollard, 12, 34–36", "gate, 7, 19, <i>see also</i> paddle", "ice, 22", "lock, 3n, 5ff",
         "keeper, 1–90 <i>passim</i>", "paddle, 44")  # fmt: skip
COPYRIGHT = ("Copyright © 2019 by Mira Holt", "All rights reserved.", "ISBN 978-3-16-148410-0")


@pytest.mark.parametrize("lines", [INDEX, COPYRIGHT])
def test_index_and_copyright_page_are_left_out(lines: tuple[str, ...]) -> None:
    matter = "".join(f"<p>{line}</p>" for line in lines)
    document = read_epub(two_chapters(f"<h1>Matter</h1>{matter}", "<p>Prose.</p>"))
    assert block_texts(document)[0] == "Prose."
    assert document.file_chars > len("Prose.") + len("".join(lines[:1]))


def test_introduction_stays_with_its_list_and_dialogue_apart() -> None:
    steps = "<p>To light the lamp:</p><ol><li>Trim the wick.</li><li>Open the tap.</li></ol>"
    talk = "<p>Who is there?</p><p>Nobody.</p>"
    texts = block_texts(read_epub(make_epub(one=chapter(f"<h1>One</h1>{steps}{talk}"))))
    assert texts[:3] == [
        "To light the lamp:\n\n1. Trim the wick.\n2. Open the tap.",
        "Who is there?",
        "Nobody.",
    ]
