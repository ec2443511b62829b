import pytest

from index.ingest.readers.html.reader import read_html
from tests.support.format_files import block_texts, sections

BOATS = "Boats may be hired from nine in the morning, and the deposit is twenty coins."
TOLLS = "The bridge costs a coin for each wagon, and nothing for people who go on foot."
DOGS = "Dogs must be kept on a lead along the whole shore, except on the last day of the season."
TEXTS = [BOATS, TOLLS, DOGS]
PROSE = "".join(f"<p>{text}</p>" for text in TEXTS)


def page(body: str) -> bytes:
    return f"<html><head><title>T</title></head><body>{body}</body></html>".encode()


@pytest.mark.parametrize(
    "names",
    [
        "class='entry-content no-share'",
        "class='entry themeform share'",
        "class='share-zone'",
        "class='section--has-ads'",
        "class='js-dynamic-advertorial text' id=text",
        "class='intext-links js-truncate-related-to-my-size'",
        "id=newsletter-714",
    ],
)
def test_element_with_most_of_the_prose_is_the_article(names: str) -> None:
    share = "<div class=share><a href=/f>Share on Facebook</a></div>"
    body = f"<h1>T</h1>{share}<div {names}>{PROSE}</div><footer>Imprint</footer>"
    assert block_texts(read_html(page(body))) == TEXTS


def test_ids_made_from_headings_say_nothing() -> None:
    names = ["Opening a file", "Sharing a file", "Cookies", "Related commands", "Social media ads"]
    parts = [
        f"<section id={name.lower().replace(' ', '-')}><h2>{name}</h2><p>{number} {BOATS}</p>"
        "</section>"
        for number, name in enumerate(names)
    ]
    document = read_html(page(f"<nav>Docs</nav><main><h1>T</h1>{''.join(parts)}</main>"))
    assert sections(document) == names
    assert [block.anchor for block in document.blocks][1:3] == ["sharing-a-file", "cookies"]


@pytest.mark.parametrize(
    "beside",
    [
        "<div id=related><h3>Related</h3><a href=/x>Bridges of the north, a long list</a></div>",
        "<div id=newsletter><h3>Newsletter</h3><p>Never miss a story.</p><input></div>",
        f"<div id=cookies><p>We use cookies. {BOATS * 9}</p><button>Accept all</button></div>",
        "<noscript><p>Please enable JavaScript to view the comments below.</p></noscript>",
        "<noscript><img src=a.png></noscript>",
    ],
)
def test_boilerplate_beside_the_article_is_left_out(beside: str) -> None:
    body = f"<main><h1>T</h1>{PROSE}</main>{beside}"
    assert block_texts(read_html(page(body))) == TEXTS


def test_box_shown_on_hovering_is_left_out() -> None:
    box = "<span class=tooltip-content>Ann Reed <a href=/x>Ann wins a race</a></span>"
    body = f"<main><h1>T</h1>{PROSE}<p>The boats met Ann Reed{box} at noon.</p></main>"
    assert block_texts(read_html(page(body)))[-1].endswith("The boats met Ann Reed at noon.")


def test_article_inside_noscript_is_read() -> None:
    body = f"<div id=app></div><noscript><article><h1>T</h1>{PROSE}</article></noscript>"
    assert block_texts(read_html(page(body))) == TEXTS


def test_request_for_javascript_is_no_article() -> None:
    request = "<p>You need to enable JavaScript to run this app. " + "Ask your administrator. " * 9
    assert read_html(page(f"<div id=app></div><noscript>{request}</noscript>")).blocks == ()


def test_headings_of_a_page_written_by_hand_are_sections() -> None:
    parts = [f"<h2>Part {number}</h2><p>{text}</p>" for number, text in enumerate(TEXTS)]
    body = f"<nav><a href=/>Home</a></nav><h1>T</h1>{''.join(parts)}<footer>Imprint</footer>"
    document = read_html(page(body))
    assert (block_texts(document), sections(document)) == (TEXTS, ["Part 0", "Part 1", "Part 2"])


def test_text_outside_links_and_navigation_is_counted() -> None:
    nav = "<nav><a href=/>Home</a> <a href=/n>News</a></nav>"
    links = "<ul><li><a href=/1>First story</a></li><li><a href=/2>Second story</a></li></ul>"
    document = read_html(page(f"{nav}<article><h1>T</h1>{PROSE}</article>{links}<p>Goodbye.</p>"))
    words = "".join(["T", *TEXTS, "Goodbye."])
    assert document.file_chars == len("".join(words.split()))
