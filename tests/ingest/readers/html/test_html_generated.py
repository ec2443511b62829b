"""Pages as generators of documentation write them."""

import pytest

from index.ingest.readers.html.reader import read_html
from tests.support.format_files import block_texts, sections

NAVIGATION = "<ul><li><a href='a.html'>Overview</a></li><li><a href='b.html'>Index</a></li></ul>"
SHORT = "<h1>The gate</h1><h2>Opening</h2><p>See <a href='k.html'>keys</a>.</p><h2>Paint</h2>"
SHORT += "<p>It is <a href='g.html'>green</a>.</p>"
LAYOUTS = [  # of Sphinx and its themes, MkDocs, mdBook, GitBook, Docusaurus, VuePress, VitePress,
    # Starlight, Just the Docs, Docsy, mandoc, exports of Confluence and Notion
    "<div class='bodywrapper'><div class='body' role='main'>{}</div></div>",
    "<div class='wy-nav-content'><div class='rst-content'><div role='main'>{}</div></div></div>",
    "<main><article class='bd-article'>{}</article></main>",
    "<div class='main'><article role='main' id='furo-main-content'>{}</article></div>",
    "<main><article class='md-content__inner md-typeset'>{}</article></main>",
    "<div class='page-wrapper'><div id='content' class='content'><main>{}</main></div></div>",
    "<div class='page-inner'><section class='normal markdown-section'>{}</section></div>",
    "<main><article><div class='theme-doc-markdown markdown'>{}</div></article></main>",
    "<main class='page'><div class='theme-default-content content__default'>{}</div></main>",
    "<main class='main'><div class='vp-doc'>{}</div></main>",
    "<main><div class='content-panel'><div class='sl-markdown-content'>{}</div></div></main>",
    "<div class='main-content-wrap'><div id='main-content' class='main-content'>{}</div></div>",
    "<div id='content'><div id='main-content' class='wiki-content group'>{}</div></div>",
    "<main><div class='td-content'>{}</div></main>",
    "<div class='manual-text'>{}</div>",
    "<article class='page sans'><div class='page-body'>{}</div></article>",
]


def page(body: str, generator: str = "") -> bytes:
    head = f"<title>T</title><meta name='generator' content='{generator}'>"
    return f"<html><head>{head}</head><body>{NAVIGATION}{body}</body></html>".encode()


@pytest.mark.parametrize("layout", LAYOUTS)
def test_short_sections_of_links_keep_their_headings(layout: str) -> None:
    document = read_html(page(layout.format(SHORT) + "<p>Built with a tool.</p>"))
    assert block_texts(document) == ["See keys.", "It is green."]
    assert sections(document) == ["Opening", "Paint"]


@pytest.mark.parametrize(
    ("generator", "layout"),
    [
        ("Doxygen 1.9.1", "<div class='header'>x</div><div class='contents'>{}</div>"),
        ("javadoc/ClassWriterImpl", "<div class='flex-content'><main>{}</main></div>"),
        ("Asciidoctor 2.0.20", "<div id='header'>x</div><div id='content'>{}</div>"),
        ("AsciiDoc 10.2.0", "<div id='header'>x</div><div id='content'>{}</div>"),
        ("DokuWiki", "<div id='dokuwiki__content'><div class='page group'>{}</div></div>"),
        ("DokuWiki", "<article id='dokuwiki__content'><div class='dw-content'>{}</div></article>"),
        (
            "MediaWiki 1.43.0",
            "<div id='mw-content-text'><div class='mw-parser-output'>{}</div></div>",
        ),
    ],
)
def test_content_is_found_by_the_name_of_the_generator(generator: str, layout: str) -> None:
    document = read_html(page(layout.format(SHORT), generator))
    assert block_texts(document) == ["See keys.", "It is green."]


def test_a_list_of_articles_is_read_as_any_page() -> None:
    article = "<article><div class='{2}'><h2>{0}</h2><p>{0} {1}</p></div></article>"
    text = "has been painted nine times since the flood, and nobody knows who pays for it. " * 3
    marked, unmarked = (
        "".join(article.format(name, text, mark) for name in ("The gate", "The mill"))
        for mark in ("theme-doc-markdown", "plain")
    )
    document = read_html(page(f"<main>{marked}</main>"))
    assert document == read_html(page(f"<main>{unmarked}</main>"))


def test_small_marked_element_is_not_read_instead_of_article() -> None:
    text = "<p>It has been painted nine times since the flood, and nobody knows why.</p>" * 9
    box = "<section class='markdown-section'><p>We love gates.</p></section>"
    document = read_html(page(f"<main><article><h1>Gate</h1>{text}</article>{box}</main>"))
    assert "painted nine times" in document.text


@pytest.mark.parametrize(
    ("heading", "title"), [("<h1>Fees of the club</h1>", "Fees of the club"), ("", "boat fees")]
)
def test_titles_of_dokuwiki_are_no_ids_of_pages(heading: str, title: str) -> None:
    content = (
        f"<div id='dokuwiki__content'><div class='page'>{heading}<p>Five euros.</p></div></div>"
    )
    data = page(f"<div id='dokuwiki__header'><h1>Our wiki</h1></div>{content}", "DokuWiki")
    document = read_html(data.replace(b"<title>T<", b"<title>club:boat_fees:start [Our wiki]<"))
    assert (document.metadata.title, block_texts(document)) == (title, ["Five euros."])


@pytest.mark.parametrize(
    "vote",
    [
        "<h2 class='feedback--title'>Feedback</h2><p class='feedback--response'>Sorry to hear.</p>",
        "<p>Was this page helpful?</p>",
        "<div>War dieser Artikel hilfreich? <span>Ja</span> <span>Nein</span></div>",
        "<h3>Did this answer your question?</h3>",
    ],
)
def test_votes_below_pages_are_not_read(vote: str) -> None:
    document = read_html(page(f"<div class='td-content'>{SHORT}{vote}</div>"))
    assert block_texts(document) == ["See keys.", "It is green."]


def test_properties_of_notion_pages_are_read() -> None:
    header = "<header><h1 class='page-title'>T</h1><table class='properties'><tbody><tr>"
    header += "<th>Fee</th><td>5 euros</td></tr></tbody></table></header>"
    items = "".join(
        f"<ol type='1' start='{n}'><li>{x}</li></ol>" for n, x in ((1, "Ring"), (2, "Wait"))
    )
    body = f"<div class='page-body'><h1>Entering</h1><h3>By day</h3>{items}</div>"
    document = read_html(page(f"<article class='page sans'>{header}{body}</article>"))
    assert document.metadata.title == "T"
    assert block_texts(document) == ["| Fee | 5 euros |", "1. Ring\n\n2. Wait"]
    assert sections(document) == [None, "By day"]


@pytest.mark.parametrize("name", ["contentContainer", "content", "contents", "body"])
def test_common_names_of_classes_mark_no_documentation(name: str) -> None:
    text = "<p>It has been painted nine times since the flood, and nobody knows why.</p>" * 3
    comment = "<div class='comments' id='comments'><p>Nice gate, I like the colour!</p></div>"
    body = f"<div class='{name}'><main><article><h1>Gate</h1>{text}</article>{comment}</main></div>"
    assert "Nice gate" not in "".join(block_texts(read_html(page(body))))


def test_members_of_java_classes_keep_their_descriptions() -> None:
    body = """<div class="header"><h2>Class Gate</h2></div>
    <div class="contentContainer"><ul class="blockList"><li class="blockList">
    <pre>public class Gate</pre><div class="block">A gate that opens.</div></li></ul>
    <ul class="blockList"><li class="blockList"><h3>Method Summary</h3>
    <table><caption><span>All Methods</span><span class="tabEnd">&nbsp;</span></caption>
    <tr><th>Method</th><th>Description</th></tr>
    <tr><td>open()</td><td>Opens it.</td></tr></table></li></ul>
    <ul class="blockListLast"><li class="blockList"><h4>open</h4><pre>boolean open()</pre>
    <div class="block">Opens it.</div><dl><dt>Returns:</dt><dd>whether it was closed</dd></dl>
    </li></ul></div>"""
    document = read_html(page(body))
    assert block_texts(document) == [
        "```\npublic class Gate\n```\n\nA gate that opens.",
        "| Method | Description |\n| open() | Opens it. |",
        "```\nboolean open()\n```\n\nOpens it.\n\nReturns:\nwhether it was closed",
    ]
    assert sections(document) == [None, "Method Summary", "open"]


def test_signatures_of_newer_java_pages_are_code() -> None:
    body = """<main><section class="details"><ul class="details-list"><li><section><h3>open</h3>
    <div class="member-signature"><span>void</span>&nbsp;<span>open</span>&#8203;(int times)</div>
    <div class="block">Opens it again and again.</div></section></li></ul></section></main>"""
    (text,) = block_texts(read_html(page(body, "javadoc/ClassWriter")))
    assert text == "```\nvoid open(int times)\n```\n\nOpens it again and again."


def test_declarations_that_doxygen_lays_out_as_tables_are_code() -> None:
    body = """<div class="contents"><p>A gate. <a href="#details">More...</a></p>
    <h2 class="memtitle">open()</h2><div class="memproto"><table class="memname"><tr>
    <td class="memname">static bool Gate.open </td><td>(</td><td class="paramtype">int&#160;</td>
    <td class="paramname"><em>times</em>, </td></tr><tr><td></td><td></td>
    <td class="paramtype">float&#160;</td><td class="paramname"><em>speed</em></td></tr>
    <tr><td></td><td>)</td></tr></table></div>
    <div class="memdoc"><p>Opens it.</p><div class="fragment">
    <div class="line"><a id="l1"></a><span class="lineno">    1</span>Gate.open(</div>
    <div class="line"><span class="lineno">    2</span>  3);</div></div></div></div>"""
    document = read_html(page(body, "Doxygen 1.9.1"))
    assert block_texts(document) == [
        "A gate.",
        "```\nstatic bool Gate.open (int times, float speed)\n```\n\n"
        "Opens it.\n\n```\nGate.open(\n  3);\n```",
    ]


def test_functions_of_sphinx_keep_signature_and_parameters() -> None:
    body = """<div class="bodywrapper"><div class="body"><h1>T</h1><dl class="method"><dt>
    <code class="descclassname">Gate.</code><code class="descname">open</code>(times)
    <a class="reference internal" href="s.html"><span class="viewcode-link">[source]</span></a>
    <a class="headerlink" href="#open">¶</a></dt><dd><p>Opens it.</p>
    <table class="docutils field-list"><tbody><tr class="field"><th>Parameters:</th>
    <td><dl><dt><strong>times</strong> : int</dt><dd><p>How often:</p>
    <ul><li><p>0: never</p></li><li><p>1: once</p></li></ul></dd></dl></td></tr></tbody></table>
    </dd></dl></div></div>"""
    (text,) = block_texts(read_html(page(body)))
    assert text.split("\n") == [
        "`Gate.open`(times)",
        "Opens it.",
        "Parameters:",
        "times : int",
        "How often:",
        "- 0: never",
        "- 1: once",
    ]


def test_the_heading_after_an_author_of_one_name_is_no_author() -> None:
    body = "<main><h1>Gate</h1><dl><dt>Author:</dt><dd>Ada</dd></dl><h2>Method Summary</h2>"
    text = "<p>It has been painted nine times since the flood, and nobody knows why.</p>" * 3
    document = read_html(page(f"{body}{text}</main>", "javadoc/ClassWriter"))
    assert document.metadata.author == "Ada"


def test_wiki_pages_keep_facts_and_warnings_without_navigation() -> None:
    body = """<div id="mw-content-text"><div class="mw-content-ltr mw-parser-output">
    <table class="infobox"><tr><th>Keeper</th><td><a href="/Ada">Ada</a></td></tr></table>
    <figure typeof="mw:File/Thumb"><figcaption>The gate in 1910</figcaption></figure>
    <p>The gate opens at nine.</p><div class="toc"><h2>Contents</h2><ul><li>1 Keys</li></ul></div>
    <h2>Keys</h2><div class="archwiki-template-box"><strong>Warning:</strong>
    Do not lose the <a href="/Key">key</a>.</div>
    <table class="navbox"><tr><td><a href="/Mill">Mill</a></td></tr></table></div></div>"""
    document = read_html(page(body, "MediaWiki 1.43.0"))
    assert block_texts(document) == [
        "| Keeper | Ada |\n\nThe gate opens at nine.",
        "Warning: Do not lose the key.",
    ]


def test_a_class_of_one_generator_means_nothing_in_another() -> None:
    gallery = "<div class='gallery'><p>The gallery shows all maps that you have saved.</p></div>"
    document = read_html(page(f"<article class='md-content__inner'>{gallery}</article>"))
    assert block_texts(document) == ["The gallery shows all maps that you have saved."]


def test_steps_of_a_wiki_that_are_illustrated_keep_their_text() -> None:
    picture = '<br/><a class="media" href="/g.jpg"><img src="/g.jpg" alt="gate"/></a>'
    step = '<h2>Step {0}</h2><div class="level2"><p>Push the handle {0} times.{1}</p></div>'
    steps = "".join(step.format(number, picture) for number in range(1, 6))
    contents = '<div id="dw__toc" class="dw__toc"><h3>Contents</h3><ul><li>Step 1</li></ul></div>'
    opening = f"<h1>The gate</h1><p>{'It creaks when it is opened slowly. ' * 5}</p>"
    body = f'<div id="dokuwiki__content"><div class="page">{contents}{opening}{steps}</div></div>'
    document = read_html(page(body, "DokuWiki"))
    expected = [f"Push the handle {number} times." for number in range(1, 6)]
    assert block_texts(document)[1:] == expected
    assert "Contents" not in document.text


def test_labels_for_screen_readers_are_left_out() -> None:
    body = """<main><div class="sl-markdown-content"><div><h2 id="k">Keys</h2><a href="#k">
    <span aria-hidden="true"></span><span class="sr-only">Section titled “Keys”</span></a></div>
    <p>Turn the key.</p><figure>
    <figcaption><span class="sr-only">Terminal window</span></figcaption>
    <pre><code>gate --open</code></pre></figure></div></main>"""
    assert block_texts(read_html(page(body))) == ["Turn the key.\n\n```\ngate --open\n```"]


def test_a_label_for_screen_readers_still_names_the_author() -> None:
    text = "<p>It has been painted nine times since the flood, and nobody knows why.</p>" * 3
    byline = "<p><span class='visually-hidden'>Author:</span> Ada Miller</p>"
    document = read_html(page(f"<main><article><h1>T</h1>{byline}{text}</article></main>"))
    assert document.metadata.author == "Ada Miller"
    assert "Author" not in document.text
