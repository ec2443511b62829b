import pytest

from index.ingest.readers.html.reader import read_html
from index.types import ContextKind
from tests.support.format_files import block_texts, sections

PROSE = "The gate was built in the year of the flood, and it has been painted nine times since. "


def page(body: str) -> bytes:
    return f"<nav>Home</nav><main><h1>The gate</h1><h2>Use it</h2>{body}</main>".encode()


@pytest.mark.parametrize(
    ("body", "passages"),
    [
        (
            "<p>To open the gate, do this:</p><ol><li>Turn the key.</li><li>Push.</li></ol>",
            ["To open the gate, do this:\n\n1. Turn the key.\n2. Push."],
        ),
        (
            "<p>Run this command:</p><pre><code>gate --open\n  now</code></pre><p>It creaks.</p>",
            ["Run this command:\n\n```\ngate --open\n  now\n```\n\nIt creaks."],
        ),
        (
            "<p>Tolls of this year:</p><table><tr><td>Cart</td><td>2</td></tr></table>",
            ["Tolls of this year:\n\n| Cart | 2 |"],
        ),
        (
            f"<p>Who paints it?</p><p>{PROSE}</p><p>Who pays?</p><p>{PROSE * 2}</p>",
            [f"Who paints it?\n\n{PROSE}".strip(), f"Who pays?\n\n{PROSE * 2}".strip()],
        ),
        (
            f"<p>{PROSE * 4}</p><p>1 {PROSE * 4}</p>",
            [(PROSE * 4).strip(), f"1 {PROSE * 4}".strip()],
        ),
        ("<h3>May I pass?</h3><p>You may.</p><p>But not at night.</p>",
         ["You may.\n\nBut not at night."]),
    ],
)  # fmt: skip
def test_what_belongs_together_is_one_passage(body: str, passages: list[str]) -> None:
    filler = f"<h2>History</h2><p>{PROSE * 4}</p>"
    document = read_html(page(body + filler))
    assert block_texts(document) == [*passages, (PROSE * 4).strip()]


def test_a_list_whose_last_item_announces_code_stays_with_it() -> None:
    steps, code = "1. Turn the key.\n2. Then run:", "gate --open\n" * 20
    items = "<ol><li>Turn the key.</li><li>Then run:</li></ol>"
    document = read_html(page(f"<p>{PROSE * 11}</p>{items}<pre>{code}</pre>"))
    assert block_texts(document) == [(PROSE * 11).strip(), f"{steps}\n\n```\n{code}```"]


def test_parts_of_different_sections_stay_apart() -> None:
    body = f"<p>Do this:</p><h2>Close it</h2><ul><li>Pull.</li></ul><p>{PROSE * 8}</p>"
    assert block_texts(read_html(page(body)))[:1] == ["Do this:"]


def test_long_lists_are_cut_between_items() -> None:
    items = "".join(f"<li>{number} {PROSE}</li>" for number in range(40))
    texts = block_texts(read_html(page(f"<p>All of its days:</p><ul>{items}</ul>")))
    assert max(map(len, texts)) <= 1_200
    assert all(text.endswith("nine times since.") for text in texts)


CODE = "[gate]\nopen = 7\n\n  # by hand"


@pytest.mark.parametrize(
    "after", ["", '<div class="copy-code">Copy</div>', "<div><button>Copy</button></div>"]
)
@pytest.mark.parametrize(
    "line",
    [
        '<div class="ec-line"><div class="code">{}</div></div>',
        '<div class="ec-line"><div class="gutter"><div class="ln">7</div></div><div>{}</div></div>',
        "<div>{}\n</div>",
        "<div>{}</div>\n",
        "<li>{}</li>",
    ],
)
def test_lines_of_code_that_are_elements_stay_lines(line: str, after: str) -> None:
    code = "".join(line.format(text) for text in ("<b>[gate]</b>", "open = 7", "  # by hand"))
    html = f'<pre><code class="language-ini">{code}</code>{after}</pre>'
    document = read_html(page(f"<p>To open the gate, write this:</p>{html}<p>{PROSE * 4}</p>"))
    code = "```ini\n[gate]\nopen = 7\n  # by hand\n```"
    assert block_texts(document)[0].startswith(f"To open the gate, write this:\n\n{code}")


@pytest.mark.parametrize(
    "html",
    [
        f'<pre><code class="language-ini hljs">{CODE}</code></pre>',
        f'<div class="highlight-ini notranslate"><div><pre>{CODE}</pre></div></div>',
        f'<div class="highlight highlight-source-ini"><pre>{CODE}</pre></div>',
        f'<pre class="brush: ini">{CODE}</pre>',
        f'<pre data-lang="INI"><span>{CODE[:8]}</span>{CODE[8:]}</pre>',
    ],
)
def test_code_stands_between_fences_with_its_language(html: str) -> None:
    document = read_html(page(f"<p>To open the gate, write this:</p>{html}<p>{PROSE * 4}</p>"))
    code = f"```ini\n{CODE}\n```"
    block = next(
        each for each in document.blocks if "[gate]" in document.text[each.start : each.end]
    )
    assert code in document.text[block.start : block.end]
    assert [document.text[start:end] for start, end in block.markup] == ["```ini\n", "\n```"]


def test_code_that_contains_a_fence_stands_between_longer_ones() -> None:
    document = read_html(page(f"<pre>```sh\nmake\n```</pre><p>{PROSE * 4}</p>"))
    assert "````\n```sh\nmake\n```\n````" in document.text


def test_inline_code_stands_between_backticks() -> None:
    body = f"<h3>The <code>open</code> key</h3><p>Set <code>open</code> to <tt>7</tt>. {PROSE}</p>"
    document = read_html(page(body))
    (text,) = block_texts(document)
    assert text.startswith("Set `open` to ")
    assert document.blocks[0].section == "The open key"


def test_items_of_inner_lists_are_indented() -> None:
    inner = "<ul><li>Oil it.<ol><li>Hinges</li></ol></li></ul>"
    body = (
        f"<p>In spring:</p><ul><li>Clean it.{inner}</li><li>Paint it.</li></ul><p>{PROSE * 14}</p>"
    )
    assert block_texts(read_html(page(body)))[0] == (
        "In spring:\n\n- Clean it.\n  - Oil it.\n    1. Hinges\n- Paint it."
    )


@pytest.mark.parametrize("separator", ["\n", "\n\n"])
def test_long_code_is_cut_between_lines(separator: str) -> None:
    code = separator.join(f"step {number} = {'x' * 60}" for number in range(60))
    document = read_html(page(f"<p>Run all of this:</p><pre>{code}</pre><p>{PROSE * 4}</p>"))
    blocks = [each for each in document.blocks if "step" in document.text[each.start : each.end]]
    quoted = [document.text[block.start : block.end] for block in blocks]
    assert len(blocks) > 3
    assert max(map(len, quoted)) <= 1_200
    assert "".join("".join(quoted).split()).count("step") == 60
    assert quoted[0].startswith("Run all of this:\n\n```\nstep 0")
    assert [each.context[-1].kind for each in blocks[1:]] == [ContextKind.CODE_FENCE] * len(
        blocks[1:]
    )


TABS = [
    '<div class="tabbed-set"><input><div class="tabbed-labels"><label>Linux</label>'
    '<label>Windows</label></div><div class="tabbed-content">'
    '<div class="tabbed-block">{}</div><div class="tabbed-block">{}</div></div></div>',
    '<div><ul role="tablist"><li role="tab">Linux</li><li role="tab">Windows</li></ul>'
    '<div><div role="tabpanel">{}</div><div role="tabpanel" hidden>{}</div></div></div>',
    '<div class="sd-tab-set"><label>Linux</label><div class="sd-tab-content">{}</div>'
    '<label>Windows</label><div class="sd-tab-content">{}</div></div>',
]


@pytest.mark.parametrize("tabs", TABS)
def test_tabs_have_their_labels(tabs: str) -> None:
    code = [f"<pre><code>{name} install gate</code></pre>" for name in ("apt", "winget")]
    document = read_html(page(f"<p>{PROSE * 2}</p><p>Install it:</p>{tabs.format(*code)}"))
    assert document.text.endswith(
        "Install it:\n\nLinux:\n\n```\napt install gate\n```\n\n"
        "Windows:\n\n```\nwinget install gate\n```"
    )


def test_terms_stand_above_their_definitions() -> None:
    terms = "<dl><dt>open(force)</dt><dd>Open the gate.</dd></dl>"
    document = read_html(page(f"<p>{PROSE * 4}</p>{terms}"))
    assert document.text.endswith("open(force)\nOpen the gate.")


def page_text(body: str) -> str:
    return "\n\n".join(block_texts(read_html(page(body))))


def test_numbers_of_lists_are_those_that_browsers_show() -> None:
    items = (
        '<ol type="a" start="3"><li>First look around.</li><li value="7">Then listen.'
        '<ol style="list-style-type: lower-roman"><li>To the bell.</li></ol></li></ol>'
    )
    lines = "c. First look around.\ng. Then listen.\n  i. To the bell."
    assert lines in page_text(f"<p>{PROSE * 3}</p>{items}<p>{PROSE * 3}</p>")
    steps = '<ol><li>Tie the boat.</li></ol><p>Wait:</p><ol start="2"><li>Open the gate.</li></ol>'
    assert "2. Open the gate." in page_text(f"<p>{PROSE * 3}</p>{steps}<p>{PROSE * 3}</p>")


def test_bar_in_a_cell_is_no_border() -> None:
    rows = "<table><tr><th>Key</th><th>Use</th></tr><tr><td>a | b</td><td>either</td></tr></table>"
    assert "| a|b | either |" in page_text(f"<p>{PROSE * 3}</p>{rows}<p>{PROSE * 3}</p>")


def test_pages_without_a_named_article_keep_lists_and_headings() -> None:
    prose = f"<p>{PROSE * 3}</p>"
    terms = "<dl><dt>Windlass</dt><dd>A crank for paddles.</dd></dl>"
    body = (
        '<div id="wrap"><div id="left"><a href="/">Home</a> <a href="/a">Map</a></div>'
        f'<div id="text"><h1>Locks</h1>{prose}<h2>Gloves</h2>{prose}<ul><li>Two gloves</li>'
        f"<li>A rope</li></ul>{terms}{prose}"
        '</div></div><div id="foot"><p>Made by the club.</p></div>'
    )
    document = read_html(f"<html><title>Locks</title><body>{body}</body></html>".encode())
    text = "\n\n".join(block_texts(document))
    assert "- Two gloves\n- A rope" in text
    assert "Windlass\nA crank for paddles." in text
    assert "Gloves" in sections(document)
    assert "Home" not in text


def test_repeated_sections_are_named_with_the_heading_above() -> None:
    body = f"<h2>2.1</h2><h3>Fixed</h3><p>{PROSE}</p><h2>2.0</h2><h3>Fixed</h3><p>{PROSE * 4}</p>"
    assert sections(read_html(page(body))) == ["2.1 › Fixed", "2.0 › Fixed"]
