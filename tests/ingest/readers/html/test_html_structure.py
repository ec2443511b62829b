"""Pages whose structure trafilatura or a reader of metadata would lose."""

import pytest

from index.ingest.readers.html.reader import read_html
from tests.support.format_files import block_texts, sections

PROSE = "The gate was built in the year of the flood, and it has been painted nine times since. "
KEEPER = "The river has nine locks, and a keeper lives beside each. "
TEASER = (
    '<div class="box"><h3><a href="/a">Night trains are full</a></h3>'
    '<span class="author">By Tom Reed</span><span class="date">12 March 2019</span></div>'
)
MORE = (
    '<div class="teaser"><a href="/c">Swans return to the lake</a>'
    '<span class="byline">By Ada Reed</span><time datetime="2021-06-07">7 June 2021</time></div>'
)


def page(body: str, head: str = "") -> bytes:
    return f"<html><head><title>The lock</title>{head}</head><body>{body}</body></html>".encode()


def test_author_and_date_of_teasers_are_not_the_articles() -> None:
    article = f"<h1>The lock</h1><p>{PROSE * 2}</p><p>{PROSE * 2}</p>"
    metadata = read_html(page(f"{TEASER}<div>{article}</div>{MORE}")).metadata
    assert (metadata.title, metadata.author, metadata.published) == ("The lock", None, None)


def test_own_byline_counts_beside_those_of_teasers() -> None:
    byline = '<p class="byline">By Mira Holt, 3 May 2022</p>'
    article = f"<h1>The lock</h1>{byline}<p>{PROSE * 2}</p><p>{PROSE * 2}</p>"
    metadata = read_html(page(f"{TEASER}<div>{article}</div>{MORE}")).metadata
    assert (metadata.author, metadata.published) == ("Mira Holt", "2022-05-03")


def test_heading_that_links_to_its_own_page_is_no_teaser() -> None:
    post = (
        '<div class="post"><h2><a href="/lock">The lock</a></h2><p class="author">By Tom Reed</p>'
    )
    metadata = read_html(page(f"{post}<p>{PROSE * 2}</p><p>{PROSE * 2}</p></div>")).metadata
    assert metadata.author == "Tom Reed"


def test_short_pages_keep_headings_lists_and_code() -> None:
    body = (
        '<header><a href="/">Docs</a></header><div><aside><a href="/x">Intro</a></aside><main>'
        "<article><nav><ul><li>Guides</li></ul></nav><h1>The lock</h1><p>Press the key.</p>"
        '<h2 id="i">Install<a class="hash-link" href="#i">\u200b</a></h2><p>Run:</p>'
        "<pre><code>npm install lock\nlock open</code><button>Copy</button></pre>"
        "<ul><li>one</li><li>two</li></ul></article></main></div>"
    )
    document = read_html(page(body))
    assert block_texts(document) == [
        "Press the key.",
        "Run:\n\n```\nnpm install lock\nlock open\n```\n\n- one\n- two",
    ]
    assert sections(document) == [None, "Install"]


@pytest.mark.parametrize("sign", ["#", "¶", "\u200b", "<svg></svg>"])
def test_sign_that_leads_to_a_heading_is_no_part_of_it(sign: str) -> None:
    heading = f'<h2>Install<a id="install" href="#install">{sign}</a></h2>'
    document = read_html(
        page(f"<main><h1>The lock</h1><p>{PROSE * 3}</p>{heading}<p>{PROSE * 3}</p></main>")
    )
    assert sections(document) == [None, "Install"]
    assert document.blocks[1].anchor == "install"


@pytest.mark.parametrize(
    "code",
    [
        '<figure><table><tr><td class="gutter"><pre><span>1</span><br><span>2</span><br></pre></td>'
        '<td class="code"><pre><span>lock:</span><br><span>  id: 7</span><br></pre></td></tr>'
        "</table></figure>",
        '<table class="highlighttable"><tr><td class="linenos"><pre>1\n2</pre></td>'
        "<td><pre>lock:\n  id: 7</pre></td></tr></table>",
        '<table><tr><td class="blob-num" data-line-number="1"></td><td>lock:</td></tr>'
        '<tr><td class="blob-num"></td><td>  id: 7</td></tr></table>',
        '<div class="clipboard-content"><pre>lock:\n  id: 7</pre><b class="copy">Copy</b></div>',
        '<pre><span class="lineno">1</span>lock:\n<span class="ln">2</span>  id: 7</pre>'
        '<span class="copybtn">Copy</span>',
    ],
)
def test_numbers_of_lines_are_no_part_of_code(code: str) -> None:
    body = f"<main><h1>The lock</h1><p>{PROSE * 3}</p>{code}<p>{PROSE * 3}</p></main>"
    assert "\n\n```\nlock:\n  id: 7\n```\n\n" in block_texts(read_html(page(body)))[0]


def test_table_of_numbers_and_words_stays_a_table() -> None:
    table = (
        "<table><tr><td>1</td><td>first gate</td></tr><tr><td>2</td><td>the other</td></tr></table>"
    )
    body = f"<main><h1>The lock</h1><p>{PROSE * 3}</p>{table}<p>{PROSE * 3}</p></main>"
    assert "| 1 | first gate |\n| 2 | the other |" in block_texts(read_html(page(body)))[0]


def post(kind: str, author: str, text: str, prop: str) -> str:
    name = f'<span itemprop="author"><span itemprop="name">{author}</span></span>'
    scope = f'itemscope itemtype="https://schema.org/{kind}"'
    content = f'{name}<div itemprop="text"><p>{text}</p></div>'
    return f'<div class="p" itemprop="{prop}" {scope}>{content}</div>'


def test_replies_stand_below_the_names_of_their_authors() -> None:
    replies = post("Comment", "Tom Reed", "Warm the hinges. " + PROSE, "comment")
    replies += post("Comment", "Ada Reed", "Do not use hot water. " + PROSE, "comment")
    topic = f"<p>The gate is stuck. {PROSE}</p>"
    body = (
        '<header><a href="/">Forum</a></header><div id="main"><h1>The lock</h1>'
        f'<div itemscope itemtype="http://schema.org/DiscussionForumPosting">{topic}{replies}</div>'
        "</div>"
    )
    document = read_html(page(body))
    assert sections(document) == [None, "Tom Reed", "Ada Reed"]
    assert document.metadata.author is None


@pytest.mark.parametrize(
    ("byline", "author"),
    [
        ('بقلم: <a rel="author">ليلى حداد</a>', "ليلى حداد"),
        ('מאת: <a rel="author">דנה לוי</a>', "דנה לוי"),
        ("Автор: Анна Петрова", "Анна Петрова"),
        ("記者：山田太郎", "山田太郎"),
    ],
)
def test_labels_of_bylines_in_other_languages(byline: str, author: str) -> None:
    body = f'<article><h1>The lock</h1><p class="byline">{byline}</p><p>{PROSE * 4}</p></article>'
    assert read_html(page(f"<nav>Home</nav>{body}")).metadata.author == author


def test_question_and_answers_are_read_whole() -> None:
    question = '<h1 itemprop="name">The lock</h1><div itemprop="text"><p>Why is it stuck?</p></div>'
    answers = post("Answer", "Tom Reed", "Warm it.", "acceptedAnswer")
    answers += post("Answer", "Ada Reed", "Oil the hinges.", "suggestedAnswer")
    scope = 'itemscope itemtype="https://schema.org/'
    body = (
        f"<p>Locks is a site for questions about doors and gates. {PROSE * 3}</p>"
        f'<div {scope}QAPage"><div itemprop="mainEntity" {scope}Question">{question}{answers}</div>'
        "</div>"
    )
    document = read_html(page(body))
    assert block_texts(document) == ["Why is it stuck?", "Warm it.", "Oil the hinges."]
    assert sections(document) == [None, "Tom Reed", "Ada Reed"]


def test_page_of_several_questions_keeps_all_of_them() -> None:
    scope = 'itemscope itemtype="https://schema.org/'
    entries = "".join(
        f'<div itemprop="mainEntity" {scope}Question"><h3 itemprop="name">Is it {word}?</h3>'
        f'<div itemprop="acceptedAnswer" {scope}Answer"><div itemprop="text"><p>{PROSE}</p></div>'
        "</div></div>"
        for word in ("open", "shut")
    )
    document = read_html(page(f"<main><h1>The lock</h1><p>{PROSE * 3}</p>{entries}</main>"))
    assert sections(document) == [None, "Is it open?", "Is it shut?"]


@pytest.mark.parametrize(
    ("figure", "texts"),
    [
        (
            "<figure><img><figcaption>Figure 3. It opens.</figcaption></figure>",
            "Figure 3. It opens.",
        ),
        (
            '<figure class="align-left"><img><figcaption><p><span class="caption-number">Fig. 1 '
            '</span><span class="caption-text">It opens.</span></p></figcaption></figure>',
            "Fig. 1 It opens.",
        ),
        (
            '<div class="figure"><img><p class="caption">Abb. 2: It opens.</p></div>',
            "Abb. 2: It opens.",
        ),
        (
            "<figure><figcaption>gate.py</figcaption><pre>lift()\nturn()</pre></figure>",
            "gate.py\n\n```\nlift()\nturn()\n```",
        ),
        (
            "<table><caption>Prices</caption><tr><th>Who</th><th>Price</th></tr>"
            "<tr><td>Adults</td><td>7</td></tr></table>",
            "Prices\n\n| Who | Price |\n| Adults | 7 |",
        ),
        (
            '<figure class="callout"><div>💡</div><div>Bring a lamp.</div></figure>',
            "Bring a lamp.",
        ),
        ("<figure><img><figcaption>Jane Doe in May.</figcaption></figure>", ""),
        ("<figure><img><figcaption>Figure 1. Photo: Ben Roe</figcaption></figure>", ""),
    ],
)
def test_figures_with_content_are_kept(figure: str, texts: str) -> None:
    prose = f"<p>{PROSE * 3}</p>"
    body = f"<main><h1>The lock</h1>{prose}<h2>One</h2>{figure}<h2>Two</h2>{prose}</main>"
    document = read_html(page(f"<nav>Home</nav>{body}"))
    blocks = [text for text in block_texts(document) if not text.startswith("The gate was")]
    assert "\n\n".join(blocks) == texts


@pytest.mark.parametrize(
    "line",
    [
        '<div id="siteSub">From Wikipedia, the free encyclopedia</div>',
        "<p>aus Wikipedia, der freien Enzyklopädie</p>",
        "<p>De Wikipedia, la enciclopedia libre</p>",
        '<div id="contentSub">(Redirected from <a href="/d">Door</a>)</div>',
        '<a class="mw-jump-link" href="#nav">Jump to navigation</a>',
        '<div class="hatnote">For the door, see <a href="/d">Door</a>.</div>',
    ],
)
def test_lines_of_an_encyclopedia_are_left_out(line: str) -> None:
    body = f'<div role="main"><h1>The lock</h1><div>{line}<p>{PROSE}</p></div></div>'
    assert block_texts(read_html(page(body))) == [PROSE.strip()]


def test_headings_of_a_short_page_are_kept() -> None:
    body = f"<h1>The lock</h1><div><p>{PROSE}</p><h2>Use</h2><p>{PROSE}</p></div>"
    document = read_html(page(body))
    assert sections(document) == [None, "Use"]
    assert block_texts(document) == [PROSE.strip()] * 2


def sectioned(opening: str, closing: str) -> str:
    part = f"{opening}<h2>%s</h2><p>{PROSE * 9}</p>%s{closing}"
    items = "<ul><li>A gate</li><li>A door</li></ul>"
    return part % ("Use", "") + part % ("Examples", f"<p>{PROSE}</p>{items}") + part % ("Tests", "")


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        ("<section>", "</section>"),
        ("<div class=sect1>", "</div>"),
        ('<div class="section">', "</div>"),
    ],
)
@pytest.mark.parametrize("around", ["", "<nav>Home</nav>", "<div><a href=/>Home</a></div>"])
def test_sections_of_a_document_keep_headings_and_lists(
    opening: str, closing: str, around: str
) -> None:
    document = read_html(page(f"{around}<h1>The lock</h1>{sectioned(opening, closing)}"))
    assert {*sections(document)} >= {"Use", "Examples", "Tests"}
    examples = [b for b in document.blocks if b.section == "Examples"]
    assert document.text[examples[0].start : examples[-1].end].endswith("- A gate\n- A door")


def test_answers_inside_answers_are_read_once() -> None:
    inner = post("Answer", "Ada Reed", "Oil the hinges.", "suggestedAnswer")
    outer = post("Answer", "Tom Reed", f"Warm it.</p>{inner}<p>So it goes.", "suggestedAnswer")
    scope = 'itemscope itemtype="https://schema.org/'
    body = f'<div {scope}Question"><div itemprop="text"><p>Why is it stuck?</p></div>{outer}</div>'
    texts = "\n".join(block_texts(read_html(page(body))))
    assert [texts.count(text) for text in ("Warm it.", "Oil the hinges.", "So it goes.")] == [1] * 3


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("<ul><li>Beech</li><li><a href=/o>Oak</a></li></ul>", "Beech; Oak"),
        ("<b>Both:</b><ol><li>Beech.</li><li>Oak.</li></ol>", "Both: Beech. Oak."),
        ("<div><ul><li>Beech<ul><li>red</li></ul></li></ul></div>", "Beech red"),
        ("<dl><dt>Wood</dt><dd>Oak</dd></dl>", "Wood: Oak"),
    ],
)
def test_lists_in_cells_are_read(cell: str, line: str) -> None:
    table = f"<table><tr><th>Kind</th><th>Of</th></tr><tr><td>Gate</td><td>{cell}</td></tr></table>"
    nav = "<nav><ul><li>Home</li></ul></nav>"
    article = f"<h1>The lock</h1><p>{PROSE * 3}</p>{table}<p>{PROSE * 3}</p>"
    document = read_html(page(f"{nav}<main>{article}</main><footer>The end</footer>"))
    assert f"| Gate | {line} |" in document.text


@pytest.mark.parametrize("cell", ["<div><a href=/x>River Gate</a></div>", "<a href=/x>River Gate"])
def test_cells_that_are_links_are_read(cell: str) -> None:
    table = f"<table><tr><th>Gate<th>Of<tr><td>{cell}<td><div>Oak</div></table>"
    document = read_html(page(f"<h1>The lock</h1><p>{PROSE * 3}</p>{table}<p>{PROSE * 3}</p>"))
    assert "| Gate | Of |\n| River Gate | Oak |" in document.text


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        ("<td rowspan=2>May<td>5 €<tr><td>6 €", "| May | 5 € |\n| May | 6 € |"),
        ("<th rowspan=3>May<tr><td>5 €<tr><td>6 €", "| May |\n| May | 5 € |\n| May | 6 € |"),
        ("<td>Day<td rowspan='2'>5 €<tr><td>Night", "| Day | 5 € |\n| Night | 5 € |"),
        ("<td colspan=2>Day<td rowspan=2>5 €<tr><td>A<td>B", "| Day | 5 € |\n| A | B | 5 € |"),
        ("<td rowspan=0>May<td>5 €<tr><td>June<td>6 €", "| May | 5 € |\n| June | 6 € |"),
        (f"<td rowspan=2>{PROSE}<td>5 €<tr><td>6 €", f"| {PROSE.strip()} | 5 € |\n|  | 6 € |"),
    ],
)
def test_cells_that_span_rows_stand_in_each(rows: str, lines: str) -> None:
    table = f"<table><tr><th>When<th>Fee<tr>{rows}</table>"
    document = read_html(page(f"<h1>The lock</h1><p>{PROSE}</p>{table}<p>{PROSE}</p>"))
    assert f"| When | Fee |\n{lines}\n" in document.text


def test_tables_of_many_spans_are_read_quickly() -> None:
    table = "<table><tr>" + "<td rowspan=999>x" * 999 + "<tr>" * 999 + "</table>"
    document = read_html(page(f"<h1>The lock</h1><p>{PROSE}</p>{table}<p>{PROSE}</p>"))
    assert len(document.text) < 200_000


@pytest.mark.parametrize(
    "old",
    ["<s>5 €</s>", "<del>5 €</del>", "<span style='text-decoration: line-through'>5 €</span>"],
)
def test_text_that_is_struck_out_is_not_quoted(old: str) -> None:
    document = read_html(page(f"<h1>The lock</h1><p>{PROSE}It costs {old} 6 € now.</p>"))
    assert block_texts(document) == [f"{PROSE}It costs 6 € now."]


def test_spaces_between_elements_are_one_space() -> None:
    document = read_html(page(f"<h1>The lock</h1><p>{PROSE}Read <a href=x> it </a> now.</p>"))
    assert block_texts(document) == [f"{PROSE}Read it now."]


def test_parts_of_an_article_between_advertisements_are_read() -> None:
    part = '<div class="grid"><div class="body article__body"><p>{}</p><p>{}</p></div></div>'
    first, second = (
        part.format(f"{opening} {PROSE * 4}", PROSE * 4) for opening in ("First.", "Then.")
    )
    more = f"<h2>More</h2>{part.format('Another article.', PROSE * 8)}"
    body = f'<h1>The lock</h1>{first}<div class="slot"><span>Buy</span></div>{second}{more}'
    texts = " ".join(block_texts(read_html(page(f"<nav>Home</nav>{body}"))))
    assert "First. The gate" in texts
    assert "Then. The gate" in texts
    assert "Another article." not in texts


def test_facts_in_a_table_are_not_the_date_of_a_page() -> None:
    fact = (
        "<table><tr><th>Opened</th><td>May 3, 1998"
        '<span style="display:none" class="published updated">1998-05-03</span></td></tr></table>'
    )
    article = f"<h1>The lock</h1>{fact}<p>{PROSE * 2}</p><p>{PROSE * 2}</p>"
    assert read_html(page(f"<nav>Home</nav>{article}")).metadata.published is None


@pytest.mark.parametrize("style", ["title", "c2 title", "MsoTitle"])
def test_paragraph_styled_as_title_is_the_title(style: str) -> None:
    body = f"<p class='{style}'><span>Rules</span></p><h1>Hours</h1><p>{PROSE}</p><p>{PROSE}</p>"
    document = read_html(f"<html><head></head><body>{body}</body></html>".encode())
    assert document.metadata.title == "Rules"
    assert sections(document) == ["Hours"]


def test_articles_in_parts_of_other_elements_are_read_whole() -> None:
    part = "<div class=wide><div class=topic><div class=row><div>{}</div></div></div></div>"
    texts = [f"{KEEPER}They call it gate {number}. {KEEPER}" for number in range(18)]
    parts = [part.format("<p>".join(["", *texts[n : n + 9]])) for n in (0, 9)]
    intro = f"<section><div><div class=post-text><p>{PROSE * 4}</p></div></div></section>"
    table = "<div class=table><div><table><tr><td>Gate<td>Oak</table></div></div>"
    document = read_html(page(f"{intro}{table.join(parts)}<footer><p>The end</p></footer>"))
    blocks = [PROSE * 4, *texts[:9], "| Gate | Oak |", *texts[9:]]
    assert document.text == "\n\n".join(map(str.strip, blocks))


def test_numbers_of_verses_in_the_margin_are_no_part_of_them() -> None:
    verses = (
        "<div>The gate is shut,<span class=lnum>20</span></div>"
        "<div>and room <span class=lnum>B</span> is dark.</div>"
    )
    body = f"<div><p>{PROSE * 2}</p><p>{PROSE * 2}</p>{verses}</div>"
    text = read_html(page(body)).text
    assert "The gate is shut,\n" in text
    assert "and room B is dark." in text


@pytest.mark.parametrize(
    "announced",
    [
        "<ul><li>In progress:<ul><li><a href='/1'>Paint the lower gate in green</a></li>"
        "<li><a href='/2'>Oil the hinges of the weir</a></li></ul></li></ul>",
        "<dl><dt>Tools</dt><dd>The services may be: <ul><li><a href='/p'>Paint</a> the lower gate"
        "</li><li><a href='/c'>Oil</a> the hinges</li></ul></dd></dl>",
    ],
)
def test_linked_list_that_an_item_announces_is_kept(announced: str) -> None:
    body = f"<article><h1>The lock</h1><p>{PROSE * 3}</p>{announced}<p>{KEEPER * 3}</p></article>"
    text = read_html(page(f"{body}<ul><li><a href='/a'>Home</a></li></ul>")).text
    assert "Paint the lower" in text
    assert "Oil the" in text
    assert "Home" not in text
