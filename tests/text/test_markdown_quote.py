import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.text.discord_markdown import size
from bot.text.markdown.elements import CodeBlock, element_text
from bot.text.markdown.parse import MarkdownOrigin, parse_markdown, plain_text
from bot.text.marked_excerpt import MarkedExcerpt
from bot.text.quotes import block_quote, markdown_quote, quote_renderer
from bot.text.truncate import excerpt, split_at_sentences
from index.types import ContextKind, ContextSlice, TextFormat
from tests.support.discord_markdown import is_subsequence, shown_words


def shown(text: str, mark: str = "") -> str:
    """Render a whole text with the highlight ``mark``, without the marks of the quote."""
    start = text.index(mark) if mark else 0
    display = markdown_quote(MarkedExcerpt.whole(text, (start, start + len(mark))))
    return "\n".join(line.removeprefix("> ") for line in display.split("\n"))


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("Use `uv sync` *now*, __please__.", "Use `uv sync` *now*, **please**."),
        ("See [it](https://a.example/x/) or [this](../y.md).", "See it (a.example) or this."),
        ("See [the docs][docs] and [[Ada Reed|Ada]].", "See the docs and Ada."),
        ("- one\n- two\n  - three", "- one\n- two\n  - three"),
        ("1. one\n2. two", "1\\. one\n2\\. two"),
        ("3. three\n3. four", "3\\. three\n3\\. four"),
        ("Wrapped\nlines join.", "Wrapped lines join."),
        ("**Group**: small\n**Time:** short\n**Bold** words.",
         "**Group**: small\n**Time:** short **Bold** words."),
        ("One.\n\nTwo.", "One.\n\nTwo."),
        ("```toml title=\"a.toml\"\nx = 1\n```", "**a.toml**\n```toml\nx = 1\n```"),
        ("~~~\n```\n~~~", "\\`\\`\\`"),
        ('=== "A"\n\n    Run:\n\n    ```sh\n    make\n    ```', "**A**\n\nRun:\n```sh\nmake\n```"),
        ("!!! note\n\n    Mind it.", "**note**\n\nMind it."),
        ('!!! note inline end "Aside"\n\n    Mind it.', "**Aside**\n\nMind it."),
        ('!!! note ""\n\n    Mind it.', "**note**\n\nMind it."),
        ("::: tip See [the guide](guide.md)!\nOr not.\n:::", "**See the guide!**\n\nOr not."),
        ("::: tip Mind it\nOr not.\n:::", "**Mind it**\n\nOr not."),
        ("> [!TIP]\n> Mind it.", "**TIP**\n\nMind it."),
        ("<details>\n<summary>Why?</summary>\n\nSo.", "**Why?**\n\nSo."),
        ("Press <kbd>Ctrl</kbd> on `<id>` or <id>.", "Press Ctrl on `<id>` or \\<id\\>."),
        ('It is <dfn title="put in rows">sorted</dfn> <ruby>字<rt>zi</rt></ruby> by <data>.',
         "It is sorted 字zi by \\<data\\>."),
        ("A note.{ .annotate } <!-- secret -->", "A note."),
        ("It runs             daily.", "It runs daily."),
        ("It is <@1> @everyone <b>now</b>", r"It is \<\@1\> \@everyone now"),
        ("**All `code` bold**", "**All `code` bold**"),
        ("Write ``` a`` **@everyone** ``` here.",
         r"Write a\`\` \*\*\@everyone\*\* here."),
        ("Write `ab`[`cd`](e.md) or **`ab`**__`cd`__.", "Write `abcd` or **`abcd`**."),
        ("See <https://a.example/x> now.", "See https\\://a.example/x now."),
        ("Ask [us]({{ site.email }}) or [it]({% page \"/x y/\" %}).", "Ask us or it."),
        ("{{#template head.md name=a <b>}} It counts.", "It counts."),
        ("For {{ site.data.versions.pump }} or `{{ a.b }}`.", "For … or `{{ a.b }}`."),
        ("One.\n\nimport Two from './_two.md';\n\n<Two />\n\nThree.", "One.\n\nThree."),
        ("Run:\n\n```js\nimport a from 'a'\n```", "Run:\n```js\nimport a from 'a'\n```"),
        ("```html\n<!-- x -->\n```\n\nOr `<!-- x -->`.",) * 2,
        ("- Mind it.\n```\n\nGo on.\n\n```sh\nmake\n```", "- Mind it.\n\nGo on.\n```sh\nmake\n```"),
        ("## Heading\n\nText", "**Heading**\n\nText"),
        ('<pre class="language-yaml"><code><b>a:\n</b>  b: &#x3C;c>\n\n  d: 1\n</code></pre>',
         "```yaml\na:\n  b: <c>\n\n  d: 1\n```"),
        ("Run:\n\n<PRE>\n  make\n", "Run:\n```\n  make\n```"),
        ("<pre>\nmake\n</pre>\n\nGo.", "```\nmake\n```\n\nGo."),
        ("::: code-group\n```sh\nmake\n```\n:::", "```sh\nmake\n```"),
        ("1. one\n   - two\n     - three\n2. four\n   1. five",
         "1\\. one\n  - two\n    - three\n\n2\\. four\n  1\\. five"),
        ("- one\n  1. two\n- three", "- one\n  1\\. two\n- three"),
        ("See [the `x` header][x] or `a[0][1]`.", "See the `x` header or `a[0][1]`."),
        (":::tabs key:os\n== Windows 11\nRun it.\n== Linux\nStart it.\n:::",
         "**Windows 11**\n\nRun it.\n\n**Linux**\n\nStart it."),
        ('??? "Raw data"\n    It is "raw".', '**Raw data**\n\nIt is "raw".'),
        ('??? info "More (`"a": b`)" {.wide}\n\n    Mind it.',
         '**More (`"a": b`)**\n\nMind it.'),
        ("1. Open it.\n   !!! tip \"Gently\"\n       It creaks.\n2. Go in.",
         "1\\. Open it.\n\n  **Gently**\n\n  It creaks.\n2\\. Go in."),
    ],
)  # fmt: skip
def test_markdown_is_shown_as_people_read_it(text: str, display: str) -> None:
    assert shown(text) == display


def test_the_highlight_is_bold_without_breaking_the_markup() -> None:
    text = "Run it. Use *the* `uv sync` **now**. Then go."
    assert (
        shown(text, "Use *the* `uv sync` **now**.") == "Run it. **Use the `uv sync` now.** Then go."
    )


@pytest.mark.parametrize("row", ["| one | 1 |", "| one | 1 |\n", "| one | 1 | more |"])
def test_a_highlighted_row_puts_nothing_below_it_in_bold(row: str) -> None:
    text = f"| a | b |\n|---|---|\n{row}\n\nMind it."
    assert shown(text, row).endswith("\none  1\n```\n\nMind it.")


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("Pin it\n    to be sure.\n\n    ```sh\n    make\n    ```\n\nOr not.",
         "Pin it to be sure.\n```sh\nmake\n```\n\nOr not."),
        ("Pin it.\n\n    ```sh\n    make\n    ```\n\nOr not.",
         "Pin it.\n```sh\nmake\n```\n\nOr not."),
        ("`key`\n\n:   It opens\n    doors.", "`key`\n\nIt opens doors."),
        ("`key`\n\n:   It opens.\n\n    ``` yaml\n    key: 1\n    ```\n\n`lock`\n\n:   It shuts.",
         "`key`\n\nIt opens.\n```yaml\nkey: 1\n```\n\n`lock`\n\nIt shuts."),
        (":              \n    It opens.\n\n    ``` yaml\n    key: 1\n    ```",
         "It opens.\n```yaml\nkey: 1\n```"),
        ("Run:\n\n    make\n\nOr not.", "Run:\n```\nmake\n```\n\nOr not."),
    ],
)  # fmt: skip
def test_indented_content_is_shown_without_its_indentation(text: str, display: str) -> None:
    assert shown(text) == display


MARKED = """Intro:

1. Run **it**:

   ```sh
   make all
   ```

| a | b |
|---|---|
| one | 1 |

!!! note "Mind"

    Text.

    ```py
    a = 1
    ```

~~~
code
~~~

Last `x y`."""


def test_a_highlight_never_changes_what_is_shown() -> None:
    words = [match for match in re.finditer(r"\S+", MARKED) if re.search(r"\w{2}|``|~~", match[0])]
    plain = [*map(element_text, parse_markdown(MarkedExcerpt.whole(MARKED)))]
    for number, first in enumerate(words):
        for last in words[number:]:
            span = (first.start(), last.end())
            elements = parse_markdown(MarkedExcerpt.whole(MARKED, span))
            assert [*map(element_text, elements)] == plain, MARKED[slice(*span)]


def test_what_stands_below_code_that_was_cut_is_shown_as_usual() -> None:
    text = "x = 1  # <!-- kept -->\n```\n\n::: tip\nMind it.<!-- gone -->\n:::"
    display = markdown_quote(MarkedExcerpt.whole(text, (0, 5)), MarkdownOrigin("```py"))
    code = "> ```py\n> x = 1  # <!-- kept -->\n> ```"
    assert display == f"{code}\n> \n> **tip**\n> \n> Mind it."


CUT_TAB = """```py
        import a

        if a:
            a.b()
        ```

    === "Shell"

        ```sh
        make

        make test
        ```"""


@pytest.mark.parametrize(
    ("text", "opening"), [(CUT_TAB, ""), (CUT_TAB.removeprefix("```py\n        "), "```py")]
)
def test_code_cut_from_a_tab_ends_where_it_does(text: str, opening: str) -> None:
    display = markdown_quote(MarkedExcerpt.whole(text), MarkdownOrigin(opening))
    assert [line.removeprefix("> ") for line in display.split("\n")] == [
        *("```py", "import a", "", "if a:", "    a.b()", "```", ""),
        *("**Shell**", "```sh", "make", "", "make test", "```"),
    ]


CARDS = """<a class="name" href="/boat">
            <strong>Boat</strong>
          </a>
        </div>
        <div class="text">
            It is red.
        </div>

Mind it."""


def test_indented_html_is_no_code() -> None:
    assert shown(CARDS) == "Boat\n\nIt is red.\n\nMind it."
    assert shown("- one\n  <div>\n      two\n  </div>\n- three") == "- one\n\n  two\n- three"
    assert shown("<pre>\n    a\n      b\n</pre>") == "```\na\n  b\n```"


@pytest.mark.parametrize("opening", ['!!! note "Mind it"', "::: note Mind it", '=== "Mind it"'])
def test_a_highlight_may_begin_with_a_title(opening: str) -> None:
    text = f"One.\n\n{opening}\n    It creaks. It does."
    highlight = f"{opening}\n    It creaks."
    assert shown(text, highlight) == "One.\n\n**Mind it**\n\n**It creaks.** It does."


def test_a_highlight_does_not_join_labelled_lines() -> None:
    text = "**Group**: small\n**Time**: short"
    assert shown(text, "**Time**: short") == "**Group**: small\n**Time: short**"


def test_a_highlighted_list_item_stays_an_item() -> None:
    assert shown("- one\n- two\n- three", "- two") == "- one\n- **two**\n- three"


def test_a_small_table_is_aligned_in_a_code_block() -> None:
    table = "| Name | Use |\n|---|---|\n| `a` | [one](x.md) |\n| long name | 字 |"
    assert shown(table, "| `a` | [one](x.md) |").split("\n") == [
        "```",
        "Name       Use",
        "─────────  ───",
        "a          one",
        "long name  字",
        "```",
    ]


def test_a_wide_table_is_shown_row_by_row() -> None:
    words = ("word " * 20).strip()
    table = f"| Name | Use | Since |\n|---|---|---|\n| a | {words} | 1.2 |\n| 2.1 | | c |\n|d|e||"
    assert shown(table).split("\n") == [
        r"**Name \| Use \| Since**",
        rf"**a** \| {words} \| 1.2",
        r"**2\.1** \| – \| c",
        r"**d** \| e",
    ]


def test_rows_of_html_are_a_table() -> None:
    rows = "<tr><th>Who</th><th>Price</th></tr>\n<tr><td>Adults</td><td>7.50</td></tr>"
    assert shown(rows) == "```\nWho     Price\n──────  ─────\nAdults  7.50\n```"


def test_omitted_text_does_not_break_a_code_block() -> None:
    text = "Before.\n\n```sh\nmake\n```\n\nAfter."
    display = markdown_quote(MarkedExcerpt(text, (text.index("```"), text.index("\n\nAfter"))))
    assert display.split("\n") == ["> […]", "> ```sh", "> make", "> ```", "> […]"]


def test_an_excerpt_from_inside_code_is_code() -> None:
    text = 'Run:\n\n```sh title="a"\nmake one\nmake two\n```\n\nDone.'
    start = text.index("make two")
    assert markdown_quote(MarkedExcerpt(text, (start, len(text)))) == (
        "> […]\n> ```sh\n> make two\n> ```\n> \n> Done."
    )


def test_a_passage_cut_from_code_is_code() -> None:
    render = quote_renderer(
        TextFormat.MARKDOWN, [ContextSlice(ContextKind.CODE_FENCE, 0, 5, "```sh")]
    )
    passage = MarkedExcerpt.whole("# all\nmake *", (0, 5))
    assert render(passage) == "> ```sh\n> # all\n> make *\n> ```"


def test_a_passage_from_inside_a_tab_is_not_indented() -> None:
    assert shown("Run:\n\n    ```sh\n    make\n    ```") == "Run:\n```sh\nmake\n```"


def test_only_markdown_articles_are_rendered() -> None:
    emphasis = MarkedExcerpt.whole("*a*")
    assert quote_renderer(TextFormat.MARKDOWN)(emphasis) == markdown_quote(emphasis)
    assert quote_renderer(TextFormat.PLAIN) is block_quote


RST = """Run `make` *2 times* in __init__, see <b> & [it](x):

- one

  - two

!!! note "Mind"

    Never_ stop."""


def test_markdown_that_a_reader_wrote_has_blocks_but_no_emphasis() -> None:
    display = quote_renderer(TextFormat.CONVERTED)(MarkedExcerpt.whole(RST))
    assert [line.removeprefix("> ") for line in display.split("\n")] == [
        r"Run `make` \*2 times\* in \_\_init\_\_, see \<b\> & \[it\](x):",
        "",
        "- one",
        "  - two",
        "",
        "**Mind**",
        "",
        r"Never\_ stop.",
    ]


PAGE = "Prices:\n\n| Size | Price |\n| Small | 3 € |\n\n- red *cable*\n- blue"


@pytest.mark.parametrize(
    "alt",
    ["image", "image-1", "Image (3)", "img", "alt text", "screenshot", "Bild 2", "pump_01.JPEG"],
)
def test_placeholders_for_pictures_are_not_shown(alt: str) -> None:
    assert shown(f"Open it:\n\n![{alt}](a.png)\n\nGo in.") == "Open it:\n\nGo in."


def test_a_linked_placeholder_is_the_text_of_the_link() -> None:
    assert shown("[![image](a.png)](https://a.example/x)") == "image (a.example)"


@pytest.mark.parametrize("alt", ["image of a pump", "Bridge 2", "pump.png in use"])
def test_descriptions_of_pictures_are_shown(alt: str) -> None:
    assert shown(f"Open it: ![{alt}](a.png)") == f"Open it: {alt}"


def test_lists_and_tables_of_documents_are_shown_as_such() -> None:
    start = PAGE.index("- red")
    display = quote_renderer(TextFormat.DOCUMENT)(
        MarkedExcerpt.whole(PAGE, (start, start + len("- red *cable*")))
    )
    assert [line.removeprefix("> ") for line in display.split("\n")] == [
        "Prices:",
        "```",
        "Size   Price",
        "Small  3 €",
        "```",
        r"- **red \*cable\***",
        "- blue",
    ]


def test_omissions_stand_beside_tables() -> None:
    start, end = PAGE.index("| Size"), PAGE.index("\n\n- red")
    display = quote_renderer(TextFormat.DOCUMENT)(MarkedExcerpt(PAGE, (start, end)))
    assert display.split("\n")[0] == "> […]"
    assert display.split("\n")[-1] == "> […]"


def test_bullets_of_plain_text_are_a_list_but_not_inside_a_line() -> None:
    text = "Take:\n- tea - green\n* and milk\n-5 degrees"
    start = text.index("- green")
    shown_text = block_quote(MarkedExcerpt.whole(text, (start, start + 7)))
    assert shown_text.split("\n") == [
        "> Take:",
        r"> - tea **\- green**",
        "> * and milk",
        r"> \-5 degrees",
    ]


def test_plain_text_has_no_markup() -> None:
    assert plain_text("The [`uv`](x.md) **file**") == "The uv file"


PIECES = st.sampled_from(
    [
        *("word ", "two. ", "`code` ", "**bold** ", "*it* ", "[a link](https://x.example/y) "),
        *("\n", "\n\n", "- item", "1. step", "> said", "```sh\n", "```\n", "    ", "~~~\n"),
        *("| a | b |\n", "|---|---|\n", "<tr><td>c</td></tr>", "# head\n", "\\*", "==m==", "⟦"),
        *(
            '=== "Tab"\n\n    ',
            "!!! note\n\n    ",
            ":::tip Title\n",
            ":::\n",
            "<b>",
            "</b>",
            "<id>",
        ),
        *("**", "`", "_", "[", "](", "[[x|y]]", "{ .c }", "<!-- c -->", "@everyone ", "<@1>"),
        *("\ue0f0", "\u202e", "&amp;", "&eacute;"),
    ]
)
MARKDOWN = st.lists(PIECES, max_size=30).map("".join)


@given(MARKDOWN, st.sampled_from(TextFormat), st.data())
@example("&eacute; and [a](https://b.example)", TextFormat.MARKDOWN, None)
@example("| a | b |\n| c |  |\n- d", TextFormat.DOCUMENT, None)
def test_every_word_shown_is_in_the_slice_in_order(
    text: str, text_format: TextFormat, data: st.DataObject | None
) -> None:
    start, end = 0, len(text)
    if data is not None:
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, len(text)))
    display = quote_renderer(text_format)(
        MarkedExcerpt(text, (start, end), (start, (start + end) // 2))
    )
    letters = "".join(shown_words(display))
    assert is_subsequence([*letters], [*"".join(re.findall(r"[^\W_]+", text[start:end]))])
    assert all(line.startswith("> ") for line in display.split("\n"))
    assert not re.search(r"(?<!\\)@everyone|(?<![\\`])<@1>", _without_code(display))


def _without_code(display: str) -> str:
    body = "\n".join(line.removeprefix("> ") for line in display.split("\n"))
    body = re.sub(r"^```[^\n]*\n(?:(?!```)[\s\S])*?^```", "", body, flags=re.MULTILINE)
    return re.sub(r"(?<!\\)(`+)(?!`).+?(?<!`)\1(?!`)", "", body)


@given(
    st.lists(st.sampled_from(["one", "two", "`code`", "**bold**", "*it*", "[a](b.md)"]), min_size=1)
)
def test_no_word_of_a_paragraph_is_lost(words: list[str]) -> None:
    text = " ".join(words)
    expected = re.findall(r"[a-z]+", text.replace("(b.md)", ""))
    assert shown_words(markdown_quote(MarkedExcerpt.whole(text))) == expected


@given(MARKDOWN, st.integers(60, 400))
def test_rendered_excerpts_fit_discords_limits(text: str, limit: int) -> None:
    assert size(excerpt(text, (0, min(5, len(text))), limit, "en", markdown_quote).display) <= limit
    spans = split_at_sentences(text, limit, "en", markdown_quote) if text else []
    assert "".join(text[start:end] for start, end in spans) == text
    for start, end in spans:
        if end - start > 1:
            assert size(markdown_quote(MarkedExcerpt(text, (start, end), (0, len(text))))) <= limit


def test_rows_cut_from_their_table_are_a_table() -> None:
    text = "| `pvp` | whether players fight |\n| `port` | where to connect |"
    context = [ContextSlice(ContextKind.TABLE_HEADER, 0, 5, "| Setting | Meaning |")]
    assert quote_renderer(TextFormat.MARKDOWN, context)(MarkedExcerpt.whole(text)).split("\n") == [
        "> ```",
        "> pvp   whether players fight",
        "> port  where to connect",
        "> ```",
    ]


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ('See [DNS]({{< relref "dns" >}}) first.', "See DNS first."),
        ('The <DocsLink path="ModalSubmit:Class"/> class.', "The ModalSubmit\\:Class class."),
        ("Use [](jd:paper:io.chat.ChatRenderer) now.", "Use `io.chat.ChatRenderer` now."),
        ("[[Functions#hasTag|`hasTag()`]] matches.", "`hasTag()` matches."),
        ("See [pip].\n\n[pip]: https://pip.pypa.io\n\nThen go.", "See pip.\n\nThen go."),
        ('<button type="button">Open &lt;b&gt;</button>', "Open \\<b\\>"),
        (':::tip{icon="heart"}\nRest.\n:::', "**tip**\n\nRest."),
        ("`port`\n: (`int`) The port.\n: At most 9.", "`port`: (`int`) The port.\nAt most 9."),
        ("`port`\n: {{< new-in 2.1 />}}\n: The port.", "`port`: The port."),
        ("Port\n\n:   The port.\n\nHost\n:   The host.", "Port\n\nThe port.\n\nHost: The host."),
        ("As follows[^1]: It hums.", "As follows: It hums."),
        ("It hums.[^1]\n\n[^1]: At night.", "It hums.\n\nAt night."),
        ("{{< highlight go >}}\nx := 1\n{{< /highlight >}}", "```go\nx := 1\n```"),
        ("Run:\n\n{% highlight sh %}\nmake\n{% endhighlight %}", "Run:\n```sh\nmake\n```"),
        ("{{< code-toggle file=hugo >}}\n[[a]]\nb = 1", "```text\n[[a]]\nb = 1\n```"),
        ("See [`pip`][] or [`uv run`][run].", "See `pip` or `uv run`."),
        ("It is {{< new-in 2.1 />}} fast, {% raw %}x{% endraw %}.", "It is fast, x."),
        ('[Docs](/a){target=_blank} in [it](/b){:target="_blank"}.', "Docs in it."),
        ("It is {{<new-in 2.1>}} fast, `{{<x>}}`.", "It is fast, `{{<x>}}`."),
        ('{{<tab "Linux">}}\n\nRun.\n\n{{</tab>}}', "**Linux**\n\nRun."),
        (
            "It hums.\n^a-hum\n\n> At night.\n> ^b\n\nSo `x`^2.",
            "It hums.\n\nAt night.\n\nSo `x`^2.",
        ),
        ("Press ![[cog.svg#icon]] or ![[a b.png|30x20]].", "Press or."),
        ("It hums.\n\n![[hum.png]]^a-hum", "It hums."),
        ("See ![[Pump]] and ![[cat.png|the cat]].", "See Pump and the cat."),
        ("It hums. ![250](https://a.example/f78)", "It hums."),
        ("- :material-email:{ .big } **Mail** us", "- **Mail** us"),
        ("| a |\n|---|\n| :material-check: |", f"```\na\n{'─' * 16}\n:material-check:\n```"),
        ("```{note} Read this\nIt takes a while.\n```", "**Read this**\n\nIt takes a while."),
        ('See [DNS]({{< ref "d.md" >}} "How to") now.', "See DNS now."),
        ('See <a href="{{< ref "d.md" >}}">DNS</a> now.', "See DNS now."),
        ('[A]({{ url }}): `<a href="{{ url }}">`.', 'A: `<a href="{{ url }}">`.'),
        ('```html\n<a href="{{ url }}">\n```', '```html\n<a href="{{ url }}">\n```'),
        ("Press ![](a.png) to go, <Icon/> now.", "Press to go, now."),
        ("Use [it ](https://a.example/x) or `x`.", "Use it (a.example) or `x`."),
        (
            "```sh\na\n```\n</Tab>\n<Tab value='b' label='B'>\n```sh\nb\n```",
            "```sh\na\n```\n\n**B**\n```sh\nb\n```",
        ),
        ("Oil it:\n\n```{figure} a.png\nA pump.\n```", "Oil it:\n\nA pump."),
        ("Oil it.\n```\n\n```admonish\nNot both.\n```", "Oil it.\n\nNot both."),
        ('<font-awesome-icon icon="magnet"/> Get it<sl-icon name="a"></sl-icon>.', "Get it."),
        ("Set <repo-name> and <sl-icon />.", "Set \\<repo-name\\> and ."),
        ('Press <Key mod="cmd" k="z" /> to undo.', "Press cmd z to undo."),
        ("- <Kbd keys='Ctrl+S' /> Save.", "- Ctrl+S Save."),
        ('{{< tabs "a" >}}\n{{% tab "Linux" %}}\n\nRun.\n\n{{% /tab %}}', "**Linux**\n\nRun."),
        ("These count:\n\n[[toc]]\n\n[TOC]\n\nOne.", "These count:\n\nOne."),
    ],
)
def test_markup_of_site_generators_is_shown_as_text(source: str, shown: str) -> None:
    quoted = markdown_quote(MarkedExcerpt.whole(source))
    lines = [line.removeprefix(">").removeprefix(" ") for line in quoted.split("\n")]
    assert "\n".join(lines).strip() == shown


def test_what_follows_the_end_of_an_admonition_is_no_code() -> None:
    text = "Oil it.\n```\n\nIt hums. It drips."
    start = text.index("It drips")
    assert markdown_quote(MarkedExcerpt(text, (start, len(text)))) == "> […] It drips."


@pytest.mark.parametrize(
    ("text", "mark", "display"),
    [
        ("_Oil it._ Then go.", "_Oil it._", "**Oil it.** Then go."),
        ("_Oil it. Then go._", "_Oil it.", "**Oil it.** *Then go.*"),
        ("Now _oil it._", "Now _oil it._", "**Now oil it.**"),
        ("__Oil__ `__it__`", "__Oil__ `__it__`", "**Oil `__it__`**"),
    ],
)
def test_a_highlight_may_begin_and_end_with_emphasis(text: str, mark: str, display: str) -> None:
    assert shown(text, mark) == display


def test_inline_code_of_documents_is_shown_as_such() -> None:
    text = "Set `open_key` to *7*. Then `go` on."
    excerpt = MarkedExcerpt.whole(text, (0, len("Set `open_key` to *7*.")))
    display = quote_renderer(TextFormat.DOCUMENT)(excerpt)
    assert display == r"> **Set `open_key` to \*7\*.** Then `go` on."


def test_a_passage_cut_from_code_between_tags_is_code() -> None:
    passage = "make now\n{{< /highlight >}}\n\nThen go."
    elements = parse_markdown(MarkedExcerpt.whole(passage), MarkdownOrigin("{{< highlight sh >}}"))
    assert elements[0] == CodeBlock("sh", ("make now",))
    assert [element_text(each) for each in elements[1:]] == ["", "Then go."]
