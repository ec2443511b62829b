"""Pages as word processors, help centres, wikis and publishers of laws export or show them."""

import pytest

from index.ingest.readers.html.reader import read_html
from tests.support.format_files import block_texts, sections

PROSE = "The gate was built in the year of the flood, and it has been painted nine times since. "


def page(body: str, head: str = "") -> bytes:
    return f"<html><head><title>Gate</title>{head}</head><body>{body}</body></html>".encode()


def texts(body: str, head: str = "") -> list[str]:
    return block_texts(read_html(page(body, head)))


@pytest.mark.parametrize(
    ("rule", "text", "read"),
    [
        (".c7{font-weight:400;vertical-align:super}", "10<span class=c7>6</span> litres", "10⁶"),
        (".c1{color:red}.c7{vertical-align:sub}", "H<span class='c1 c7'>2</span>O", "H₂O"),
        (".c7{text-decoration:line-through}", "<span class=c7>50</span>40 euros", "40 euros"),
        (".badge{vertical-align:super}", "gates<span class=badge> Beta</span>", "gates Beta"),
        (".c8{vertical-align:super}", "10<span class=c7>6</span> litres", "106"),
    ],
)
def test_formats_in_style_sheets_count(rule: str, text: str, read: str) -> None:
    (block,) = texts(f"<h1>Gate</h1><p>{PROSE}It has {text}.</p>", f"<style>{rule}</style>")
    assert f"It has {read}" in block


def test_lists_of_google_docs_are_nested() -> None:
    item = "<{0} class='c6 lst-kix_a-{1}{2}'><li class=c0><span>{3}</span></li></{0}>"
    lists = (
        *(("ul", 0, " start", "Adults"), ("ul", 1, " start", "Members"), ("ul", 1, "", "Guests")),
        *(("ul", 2, " start", "Friends"), ("ul", 0, "", "Children")),
    )
    body = "".join(item.format(*each) for each in lists)
    assert texts(f"<h1>Gate</h1><h2>Fees</h2><p>These pay:</p>{body}")[-1] == (
        "These pay:\n\n- Adults\n  - Members\n  - Guests\n    - Friends\n- Children"
    )


def test_comments_of_google_docs_are_not_read() -> None:
    comment = (
        "<div class=c1><p><a href='#cmnt_ref1' id=cmnt1>[a]</a><span>Is it so?</span></p></div>"
    )
    text = f"<p>{PROSE}<sup><a href='#cmnt1' id=cmnt_ref1>[a]</a></sup></p>"
    assert texts(f"<h1>Gate</h1>{text}{comment}") == [PROSE.strip()]


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("<span class=day>Monday</span><span class=time>9:00</span>", "Monday 9:00"),
        ("<span class=name>Adults</span><b class=price>5 €</b>", "Adults 5 €"),
        ("<span class=c1>Mon</span><span class=c2>day</span>", "Monday"),
        ("<span class=part>Mon</span><span class=part>day</span>", "Monday"),
        ("<span class=cap>M</span><span class=rest>onday</span>", "Monday"),
        ("On <span class=name>Mon</span><span class=end>day</span>", "On Monday"),
    ],
)
def test_parts_that_only_the_layout_separates_are_words(row: str, text: str) -> None:
    body = f"<h1>Gate</h1><p>{PROSE}</p><ul><li>{row}</li></ul>"
    assert f"- {text}" in "\n".join(texts(body))


def test_numbers_of_paragraphs_of_laws_are_marks_of_a_list() -> None:
    inner = "<dl><dt>a)</dt><dd>in cash or</dd><dt>b)</dt><dd>by post,</dd></dl>"
    items = f"<dl><dt>1.</dt><dd><div>in January</div></dd><dt>2.</dt><dd>on entry{inner}</dd></dl>"
    assert texts(f"<h1>Gate</h1><h2>Fees</h2><p>Fees are paid:</p>{items}")[-1] == (
        "Fees are paid:\n\n1. in January\n2. on entry\n  a) in cash or\n  b) by post,"
    )


@pytest.mark.parametrize(
    ("cells", "text"),
    [
        ("<td><p>(a)</p></td><td><p>a fee</p></td>", "(a) a fee"),
        ("<td>–</td><td>a fee</td>", "– a fee"),
        ("<td>A</td><td>a fee</td>", "| A | a fee |"),
        ("<td>1.</td><td>a fee</td><td>5 €</td>", "| 1. | a fee | 5 € |"),
    ],
)
def test_tables_that_number_a_paragraph_are_lists(cells: str, text: str) -> None:
    body = f"<h1>Gate</h1><p>{PROSE}</p><table><tr>{cells}</tr></table><p>{PROSE}</p>"
    assert text in read_html(page(body)).text


def test_definitions_of_words_stay_definitions() -> None:
    body = "<h1>Gate</h1><h2>Fees</h2><dl><dt>1.</dt><dd>One</dd><dt>Two</dt><dd>2</dd></dl>"
    assert texts(body)[-1] == "1.\nOne\nTwo\n2"


def test_emoji_drawn_as_pictures_are_read() -> None:
    (text,) = texts(
        f"<h1>Gate</h1><p>{PROSE}Dogs <img class=emoji alt='✅' src=x>, "
        "cats <img class=twemoji alt=':no:'><img class=photo alt='Катя'>.</p>"
    )
    assert text.endswith("Dogs ✅, cats .")


def test_text_that_screen_readers_say_otherwise_is_read_once() -> None:
    price = "<span aria-hidden=true>5 €</span><span class=sr-only>five euros</span>"
    assert texts(f"<h1>Gate</h1><p>{PROSE}It costs {price}.</p>") == [f"{PROSE}It costs 5 €."]


def test_help_centres_are_read_without_votes_and_comments() -> None:
    zendesk = (
        "<main><article class='article'><header><h1>Gate</h1><ul><li>March 01, 2024</li></ul>"
        f"</header><div class='article-body'><p>{PROSE}</p><h2>Fees</h2><p>None.</p></div>"
        "<footer><div class='article-votes'>12 out of 20 found this helpful</div></footer>"
        "<section class='comments'><p>I cannot open the gate at all, and nobody answers.</p>"
        "</section></article></main>"
    )
    intercom = (
        "<header><h1>Gate</h1><p>Opening it</p></header><article dir='ltr'>"
        f"<div class='intercom-interblocks-paragraph'><p>{PROSE}</p></div>"
        "<div class='intercom-interblocks-heading'><h1>Fees</h1></div>"
        "<div class='intercom-interblocks-paragraph'><p>None.</p></div></article>"
        "<div>Did this answer your question?</div>"
    )
    for body in (zendesk, intercom):
        document = read_html(page(f"<nav>Home</nav>{body}"))
        assert (block_texts(document), sections(document)) == (
            [PROSE.strip(), "None."],
            [None, "Fees"],
        )


def test_infoboxes_and_tabs_of_fandom_keep_their_labels() -> None:
    facts = "".join(
        f"<div class='pi-item pi-data'><h3 class='pi-data-label'>{label}</h3>"
        f"<div class='pi-data-value pi-font'>{value}</div></div>"
        for label, value in (("Health", "120"), ("Drops", "<a>Fang</a><br>Pelt"))
    )
    box = (
        "<aside role='region' class='portable-infobox'><h2 class='pi-item pi-title'>Gate</h2>"
        "<figure class='pi-item pi-image'><figcaption>In winter</figcaption></figure>"
        f"<section><h2 class='pi-item pi-header'>Stats</h2>{facts}</section></aside>"
    )
    tabs = (
        "<div class='wds-tabber'><div class='wds-tabs__wrapper'><ul class='wds-tabs'>"
        "<li class='wds-tabs__tab'>Easy</li><li class='wds-tabs__tab'>Hard</li></ul></div>"
        "<div class='wds-tab__content wds-is-current'><p>It opens.</p></div>"
        "<div class='wds-tab__content'><p>It stays closed.</p></div></div>"
    )
    content = f"<div class='mw-parser-output'>{box}<p>{PROSE}</p><h2>Modes</h2>{tabs}</div>"
    head = "<meta name='generator' content='MediaWiki 1.39'>"
    document = read_html(page(f"<div id='mw-content-text'>{content}</div>", head))
    assert block_texts(document) == [
        f"| Stats |\n| Health | 120 |\n| Drops | Fang Pelt |\n\n{PROSE.strip()}",
        "Easy:\n\nIt opens.\n\nHard:\n\nIt stays closed.",
    ]
