import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.readers.html.reader import read_html
from index.ingest.readers.html.source import decode_html, parse_html, remove_scripts
from tests.support.format_files import block_texts
from tests.support.fuzz import few_examples

ARTICLE = (
    "<article><h1>Ferries</h1><p>The ferry leaves at nine, and it takes bicycles.</p></article>"
)
MINIFIED = "for(i=0;i<n.length;i++){" + ";".join(f"v{i}=n[i].p{i}" for i in range(400)) + "}"


@pytest.mark.parametrize(
    "noise",
    [
        f"<script>{MINIFIED}</script>",
        f"<SCRIPT async src=a.js>{MINIFIED}</ScRiPt >",
        f"<style>/* {MINIFIED} */</style>",
        f"<!-- {MINIFIED} -->",
        f'<div title="<script>"></div><script>{MINIFIED}</script>',
        f'<script type="application/ld+json">{{"a": "{MINIFIED}"}}</script>',
        f"<!--><script>{MINIFIED}</script>",
    ],
)
def test_programs_styles_and_comments_are_not_tags(noise: str) -> None:
    data = f"<html><head>{noise}</head><body>{noise}{ARTICLE}{noise}</body></html>".encode()
    assert block_texts(read_html(data)) == ["The ferry leaves at nine, and it takes bicycles."]


def test_tag_after_an_empty_comment_is_still_checked() -> None:
    attributes = " ".join(f"a{number}" for number in range(400))
    with pytest.raises(ReadError, match="a tag has 400 attributes"):
        remove_scripts(f"<!--><p {attributes}>x</p><!-- -->")


def test_metadata_and_formulas_in_scripts_are_kept() -> None:
    page = '<script type="math/tex">x<y</script><script type=application/ld+json>{}</script>'
    assert remove_scripts(page) == page


@pytest.mark.parametrize(
    ("damage", "word"),
    [
        (b"<!-- M\xfcller -->", "Brücke"),
        (b"<p>M\xfcller</p>", "Müller"),
        (b"<script>a\x00b</script>", "Brücke"),
        (b"\xff", "Brücke"),
    ],
)
def test_few_damaged_bytes_do_not_cost_the_page(damage: bytes, word: str) -> None:
    head = b'<html><head><meta charset="utf-8"></head><body>'
    text = decode_html(head + damage + "<p>Die Brücke ist offen.</p>".encode() * 20)
    assert word in text
    assert "Die Brücke ist offen." in text


def test_damage_after_a_byte_order_mark_is_repaired() -> None:
    text = decode_html(b"\xef\xbb\xbf" + "<p>Die Brücke</p>".encode() * 20 + b"M\xfcller")
    assert text.endswith("</p>Müller")


def test_many_damaged_bytes_are_rejected() -> None:
    with pytest.raises(ReadError, match="not valid UTF-8"):
        decode_html("<p>Die Brücke</p>".encode() * 3 + b"\xff\xfe\xfd")


def test_accents_are_composed_and_soft_hyphens_removed() -> None:
    data = "<p>E\u0301te\u0301 in the Rhein\u00ad&shy;land.</p>".encode()
    assert block_texts(read_html(data)) == ["Été in the Rheinland."]


@pytest.mark.parametrize("piece", ["<!--", "<script>", "<style>", "<script", "<a <!--", "<a b='"])
def test_unclosed_markup_takes_linear_time(piece: str) -> None:
    started = time.process_time()
    with suppress(ReadError):
        remove_scripts(piece * 300_000)
    assert time.process_time() - started < 5


@few_examples
@given(st.text())
def test_text_without_markup_is_kept(text: str) -> None:
    assert remove_scripts(text.replace("<", "")) == text.replace("<", "")


def test_page_of_nothing_but_a_script_has_no_text() -> None:
    assert parse_html("<p>a</p><script>b</script>").text_content() == "a"
