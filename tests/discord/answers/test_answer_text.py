import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.text.discord_markdown import escape
from bot.text.marked_excerpt import MarkedExcerpt
from bot.text.messages import ENGLISH, format_date
from bot.text.quotes import block_quote
from bot.text.truncate import excerpt, longest_fitting_end, shorten, split_at_sentences
from bot.ui.answers.answer_text import answer_text
from bot.ui.answers.citation_text import citation_text, safe_link, source_text
from index.types import (
    Answer,
    AnsweredPart,
    Citation,
    ContextKind,
    ContextSlice,
    InputKind,
    Metadata,
    Quote,
    Slice,
    Source,
    Verdict,
)
from tests.support.discord_markdown import unescape, unquote
from tests.support.discord_messages import units
from tests.support.fake_searcher import HOSTILE

NASTY = st.text(
    st.one_of(
        st.sampled_from("*_~|`<>[]()@#:/\\-+=.!&1 \n\r\t\u202e\u2066\u200b⟦⟧…“”😀ÄU+"),
        st.characters(),
    ),
    max_size=400,
)
LONG = st.builds(lambda text, times: text * times, NASTY, st.integers(1, 40))
CONTEXTS = st.builds(
    lambda kind, text: ContextSlice(kind, 0, len(text), text), st.sampled_from(ContextKind), LONG
)


@st.composite
def quotes(draw: st.DrawFn, number: int) -> Quote:
    """A quote, sometimes with near-duplicates in other articles."""
    duplicate_count = draw(st.sampled_from([0, 0, 0, 1, 4]))
    return replace(
        draw(single_quotes(number)),
        duplicates=tuple(draw(single_quotes(number)) for _ in range(duplicate_count)),
    )


@st.composite
def single_quotes(draw: st.DrawFn, number: int) -> Quote:
    text = draw(LONG) + "x"
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    offset = draw(st.integers(0, 1000))
    return Quote(
        draw(citations(number)),
        Slice(offset, offset + len(text), text),
        Slice(offset + start, offset + end, text[start:end]),
        0.5,
        number,
        context=tuple(draw(st.lists(CONTEXTS, max_size=4))),
    )


def citations(number: int) -> st.SearchStrategy[Citation]:
    maybe = st.none() | LONG
    url = maybe | LONG.map(lambda text: f"https://example.org/{text}")
    metadata = st.builds(Metadata, LONG, maybe, maybe, maybe, url)
    return st.builds(
        Citation,
        st.just(number),
        LONG.map(lambda text: text + "x"),
        metadata,
        st.integers(1, 99999),
        maybe,
        st.none() | st.integers(1, 9999),
        maybe,
    )


@st.composite
def answers(draw: st.DrawFn) -> Answer:
    count = draw(st.integers(0, 5))
    drawn = tuple(draw(quotes(number)) for number in range(1, count + 1))
    verdict = draw(st.sampled_from(Verdict)) if drawn else Verdict.NOTHING
    parts = draw(
        st.lists(st.builds(AnsweredPart, LONG, LONG, st.sampled_from(Verdict)), max_size=3)
    )
    if parts:
        numbers = sorted(draw(st.integers(1, len(parts))) for _ in drawn)
        drawn = tuple(replace(q, part=part) for q, part in zip(drawn, numbers, strict=True))
    return Answer(draw(LONG), verdict, drawn, (), "one", 0.1, parts=tuple(parts))


def all_text(answer: Answer, **options: Any) -> list[str]:
    shown = answer_text(answer, ENGLISH, **options)
    parts = [shown.heading, shown.intro, *shown.unanswered, shown.notes]
    for quote in shown.quotes:
        parts += [quote.display, quote.citation]
    return [part for part in parts if part]


@given(NASTY)
@example(HOSTILE)
@example("⟦U+202E⟧ \\⟦")
def test_unescape_reverses_escape(text: str) -> None:
    assert unescape(escape(text)) == text


@given(NASTY)
@example(HOSTILE)
def test_escaped_text_contains_no_active_markdown(text: str) -> None:
    bare = re.sub(r"\\[^0-9A-Za-z\s]", "x", escape(text))
    assert not re.search(r"[\\*_~|`<>\[\]@#]|:(?=\S)|\w://", bare)
    assert not re.search(r"(?m)^[ \t]*(?:[-+=]|\d+[.)])", bare)
    assert not re.search("[\u202a-\u202e\u2066-\u2069\ud800-\udfff\u2028\x00-\x08]", bare)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@everyone", r"\@everyone"),
        ("<@1> <#2> <t:3:R>", r"\<\@1\> \<\#2\> \<t\:3\:R\>"),
        ("https://a.example", r"https\://a.example"),
        ("# no heading", r"\# no heading"),
        ("- no list\n2. nor this", "\\- no list\n2\\. nor this"),
        ("at 10:30, or: later", r"at 10\:30, or: later"),
        ("a_b*c~d|e`f", r"a\_b\*c\~d\|e\`f"),
        ("right\u202eleft", "right⟦U+202E⟧left"),
        ("It is 5 - 3 = 2.", "It is 5 - 3 = 2."),
    ],
)
def test_escape_examples(text: str, shown: str) -> None:
    assert escape(text) == shown


DOCUMENTATION = (
    "To turn off PvP, set *this*:\n\n```ini\npvp=false  # <@1> _now_\n```\n\nThen restart."
)


def test_fenced_code_is_shown_as_a_code_block() -> None:
    assert block_quote(MarkedExcerpt.whole(DOCUMENTATION, (5, len(DOCUMENTATION)))).split("\n") == [
        r"> To tu**rn off PvP, set \*this\*:**",
        "> ",
        "> ```ini",
        "> pvp=false  # <@1> _now_",
        "> ```",
        "> ",
        "> **Then restart.**",
    ]


def test_code_cut_off_in_an_excerpt_stays_code() -> None:
    end = DOCUMENTATION.index("  # <@1>")
    display = block_quote(MarkedExcerpt(DOCUMENTATION, (0, end)))
    assert display.endswith("> ```ini\n> pvp=false\n> ``` […]")


def test_indented_code_is_shown_without_its_indentation() -> None:
    text = "    ``` yaml\n    a:\n      b: 1\n    ```"
    assert block_quote(MarkedExcerpt.whole(text)) == "> ```yaml\n> a:\n>   b: 1\n> ```"


@given(
    st.lists(st.sampled_from(["```", "```sh", "~~~", " ```", "a*b", "- x", "", "\u202e⟦", "\r"])),
    st.data(),
)
def test_code_fences_add_and_drop_no_words(lines: list[str], data: st.DataObject) -> None:
    text = "\n".join(lines)
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    display = unquote(block_quote(MarkedExcerpt(text, (start, end), (start, (start + end) // 2))))
    assert re.findall(r"[^\s`]+", display) == re.findall(r"[^\s`]+", text[start:end])


@given(NASTY, st.data())
def test_unquote_reverses_block_quote(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    first, last = sorted(data.draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
    assert unquote(block_quote(MarkedExcerpt(text, (start, end), (first, last)))) == text[start:end]


@given(NASTY)
@example(HOSTILE)
def test_every_line_of_a_block_quote_has_its_prefix(text: str) -> None:
    display = block_quote(MarkedExcerpt.whole(text, (0, len(text))))
    assert all(
        line.startswith("> ") for line in re.split("[\n\v\f\x1c-\x1e\x85\u2028\u2029]", display)
    )


def test_highlights_are_bold_line_by_line() -> None:
    passage = MarkedExcerpt.whole("One. Two\nthree. Four.", (5, 15))
    assert block_quote(passage) == "> One. **Two**\n> **three.** Four."


def test_line_ends_of_windows_are_not_shown() -> None:
    passage = MarkedExcerpt.whole("One. Two\r\nthree. Four.\n```\r\na\r\nb\r\n```", (5, 16))
    assert block_quote(passage) == (
        "> One. **Two**\r\n> **three.** Four.\n> ```\n> a\r\n> b\n> ```"
    )


def test_omissions_are_marked() -> None:
    assert block_quote(MarkedExcerpt("One. Two. Three.", (5, 9), (5, 9))) == "> […] **Two.** […]"


@given(LONG, st.data(), st.integers(90, 1500))
@settings(max_examples=60)
def test_an_excerpt_fits_and_is_a_slice(text: str, data: st.DataObject, limit: int) -> None:
    text += "x"
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    result = excerpt(text, (start, end), limit, None)
    assert units(result.display) <= limit
    assert unquote(result.display) == text[result.start : result.end]
    assert result.start <= max(start, result.start) < result.end


def test_an_excerpt_ends_at_sentence_boundaries() -> None:
    text = "One is here. Two is here. Three is the mark. Four is here. Five is here."
    result = excerpt(text, (26, 44), 60, None)
    assert result.display == "> […] Two is here. **Three is the mark.** Four is here. […]"
    assert result.truncated


def test_an_excerpt_has_no_parts_of_sentences() -> None:
    text = f"{'A long sentence is before it' * 4}. It. {'A long sentence is after it' * 4}."
    start = text.index("It.")
    assert excerpt(text, (start, start + 3), 80, None).display == "> […] **It.** […]"


def test_a_short_passage_is_not_cut() -> None:
    result = excerpt("One. Two.", (5, 9), 100, None)
    assert (result.display, result.truncated) == ("> One. **Two.**", False)


@given(LONG, st.integers(90, 1500))
@settings(max_examples=60)
def test_pieces_join_to_the_text(text: str, limit: int) -> None:
    spans = split_at_sentences(text, limit, None)
    assert "".join(text[start:end] for start, end in spans) == text
    assert all(units(block_quote(MarkedExcerpt(text, span, span))) <= limit for span in spans)


@given(LONG, st.integers(40, 500))
def test_a_fitting_prefix_is_never_empty(text: str, limit: int) -> None:
    assert 0 < longest_fitting_end(text + "x", 0, limit) <= len(text) + 1


@given(LONG, st.integers(10, 300))
def test_shortened_text_fits_and_is_one_line(text: str, limit: int) -> None:
    shown = shorten(text, limit)
    assert units(shown) <= limit
    assert "\n" not in shown


@pytest.mark.parametrize(
    ("text", "limit", "shown"),
    [
        ("Bees live in hives", 18, "Bees live in hives"),
        ("Bees live in hives", 17, "Bees live in…"),
        ("Bees live in hives", 13, "Bees live in…"),
        ("Bees live in hives", 12, "Bees live…"),
        ("Bienenwachskerzen brennen", 12, "Bienenwachs…"),
        ("Bees *live* in hives", 14, "Bees \\*live\\*…"),
        ("蜜蜂生活在蜂箱里", 5, "蜜蜂生活…"),
    ],
)
def test_shortened_text_ends_after_a_word(text: str, limit: int, shown: str) -> None:
    assert shorten(text, limit) == shown


@given(answers(), st.booleans())
@settings(max_examples=60, deadline=None)
def test_every_answer_fits_in_a_message(answer: Answer, is_markdown: bool) -> None:
    if is_markdown:
        cited = [replace(q, citation=replace(q.citation, article="a.md")) for q in answer.quotes]
        answer = replace(answer, quotes=tuple(cited))
    shown = all_text(answer, note=ENGLISH.articles_updated)
    assert sum(map(units, shown)) <= 4000
    assert all(part.strip() for part in shown)


@given(answers())
@settings(max_examples=30, deadline=None)
def test_every_excerpt_is_an_exact_slice(answer: Answer) -> None:
    plain = [replace(q, citation=replace(q.citation, article="a.txt")) for q in answer.quotes]
    answer = replace(answer, quotes=tuple(plain))
    for quote, shown in zip(answer.quotes, answer_text(answer, ENGLISH).quotes, strict=True):
        assert unquote(shown.excerpt.display) in quote.passage.text
        assert shown.citation.startswith(f"**{quote.citation.number}.** ")


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_six_sources_fit_in_a_message(data: st.DataObject) -> None:
    citation = data.draw(citations(1))
    line = source_text(Source(citation.article, citation.metadata, 99999, ""), ENGLISH)
    assert units(line) * 6 <= 3900
    assert line.count("\n") == 1


def test_a_citation_shows_origin_and_position() -> None:
    metadata = Metadata("All about tea", "Tea Board", None, "2021-03-09", "https://tea.example/a")
    assert citation_text(Citation(2, "drinks/tea.md", metadata, 4, "Leaves", 7), ENGLISH) == (
        "**2.** [All about tea](https://tea.example/a)\n"
        "-# Tea Board · 9 Mar 2021 · paragraph 4 · page 7 · “Leaves” · drinks/tea.md"
    )


def documentation_quote(number: int, text: str, paragraph: int) -> Quote:
    metadata = Metadata("Tea", "Tea Board", url="https://tea.example/a")
    return Quote(
        Citation(number, "tea.md", metadata, paragraph, "Green `tea`", anchor="green"),
        Slice(90, 90 + len(text), text),
        Slice(90, 90 + len(text), text),
        0.5,
        number,
        context=(
            ContextSlice(ContextKind.HEADING, 0, 4, "[Kinds](kinds.md)"),
            ContextSlice(ContextKind.HEADING, 6, 17, "Green `tea`"),
            ContextSlice(ContextKind.TITLE, 20, 27, "In a pot"),
            ContextSlice(ContextKind.INTRODUCTION, 30, 38, "Do this:"),
        ),
    )


def test_context_is_small_print_above_the_quote() -> None:
    quote = documentation_quote(1, "1. Boil `water`.", 3)
    answer = Answer("?", Verdict.ANSWERED, (quote,), (), "one", 0.1)
    (shown,) = answer_text(answer, ENGLISH).quotes
    assert shown.display == (
        "-# Kinds › Green tea › In a pot\n-# Do this:\n> 1\\. **Boil `water`.**"
    )
    assert shown.citation.endswith("-# Tea Board · paragraph 3 · tea.md")


def test_quotes_of_one_article_share_its_citation() -> None:
    quotes = (documentation_quote(1, "One.", 3), documentation_quote(2, "Two.", 7))
    answer = Answer("?", Verdict.ANSWERED, quotes, (), "one", 0.1)
    first, second = answer_text(answer, ENGLISH).quotes
    assert first.citation.startswith("**1.** [Tea](https://tea.example/a#green")
    assert second.citation == "**2.** [paragraph 7](https://tea.example/a#green:~:text=Two)"


def test_a_citation_links_to_its_section_and_highlight() -> None:
    metadata = Metadata("Tea", url="https://tea.example/a")
    cited = Citation(1, "tea.md", metadata, 4, "Green leaves", anchor="green-leaves")
    shown = citation_text(cited, ENGLISH, highlight="Pick them.")
    link = "https://tea.example/a#green-leaves:~:text=Pick%20them"
    assert shown.startswith(f"**1.** [Tea]({link})\n")


def test_a_citation_links_to_words_as_the_page_shows_them() -> None:
    metadata = Metadata("Tea", url="https://tea.example/a")
    for article in ("tea.md", "tea.html"):
        shown = citation_text(Citation(1, article, metadata, 4), ENGLISH, highlight="Run `tea`.")
        assert shown.startswith("**1.** [Tea](https://tea.example/a#:~:text=Run%20tea)\n")


def test_an_unlinkable_title_is_followed_by_its_link() -> None:
    metadata = Metadata("Tea [green]", url="https://tea.example/a")
    shown = citation_text(Citation(1, "tea.md", metadata, 1), ENGLISH)
    assert shown.startswith(r"**1.** Tea \[green\] [↗](https://tea.example/a)")


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://a.example/b?c=d&e#f", "https://a.example/b?c=d&e#f"),
        ("https://a.example/b (c)", "https://a.example/b%20%28c%29"),
        ("https://a.example/é", "https://a.example/%C3%A9"),
        ("javascript:alert(1)", None),
        ("https://", None),
        ("not a link", None),
        ("https://a.example/" + "b" * 600, None),
        (None, None),
    ],
)
def test_only_http_urls_are_linked(url: str | None, link: str | None) -> None:
    assert safe_link(url) == link


@given(LONG)
def test_links_contain_only_safe_characters(text: str) -> None:
    link = safe_link(f"https://a.example/{text}")
    assert link is None or re.fullmatch(r"[\w/:?#@!$&'+,;=%.~-]+", link, re.ASCII)


def test_dates_are_formatted_for_readers() -> None:
    assert format_date("2019-02-04", ENGLISH) == "4 Feb 2019"
    assert format_date("spring 2019", ENGLISH) == "spring 2019"


def test_later_quotes_are_shorter_than_the_first() -> None:
    text = "This is sentence number one of many. " * 30
    mark = Slice(0, 36, text[:36])
    quoted = tuple(
        Quote(Citation(n, "a.txt", Metadata("A"), n), Slice(0, len(text), text), mark, 0.5, n)
        for n in (1, 2, 3)
    )
    shown = answer_text(Answer("q", Verdict.ANSWERED, quoted, (), "one", 0.1), ENGLISH)
    assert [quote.excerpt.truncated for quote in shown.quotes] == [False, True, True]
    assert all(units(quote.excerpt.display) <= 320 for quote in shown.quotes[1:])
    assert shown.quotes[1].excerpt.display.endswith("of many. […]")
    assert ENGLISH.shortened_quotes in shown.notes


def test_a_long_highlight_of_a_later_quote_is_not_cut() -> None:
    text = "A" + " word" * 80 + ". And so on." * 40
    quoted = [
        Quote(
            Citation(n, "a.txt", Metadata("A"), n),
            Slice(0, len(text), text),
            Slice(0, 402, text[:402]),
            0.5,
            n,
        )
        for n in (1, 2)
    ]
    shown = answer_text(Answer("q", Verdict.ANSWERED, tuple(quoted), (), "one", 0.1), ENGLISH)
    assert unquote(shown.quotes[1].excerpt.display).startswith(text[:402])


def test_an_excerpt_goes_on_where_the_next_sentence_fits() -> None:
    text = f"Tea is brown. It is drunk hot. {'Milk, sugar, lemon, honey, ' * 9}and more go into it."
    shown = excerpt(text, (14, 30), 80, "en")
    assert (shown.start, shown.end) == (0, 30)


def test_more_is_shown_of_a_later_quote_with_several_blocks() -> None:
    lengths = []
    for separator in (" ", "\n\n"):
        text = separator.join(f"Sentence {n} is a short one about tea." for n in range(40))
        mark = Slice(0, 38, text[:38])
        quoted = tuple(
            Quote(Citation(n, "a.md", Metadata("A"), n), Slice(0, len(text), text), mark, 0.5, n)
            for n in (1, 2)
        )
        shown = answer_text(Answer("q", Verdict.ANSWERED, quoted, (), "one", 0.1), ENGLISH)
        lengths.append(units(shown.quotes[1].excerpt.display))
    assert 250 < lengths[0] <= 320 < lengths[1] <= 480


@pytest.mark.parametrize("code_lines", [5, 100])
def test_a_later_quote_shows_what_its_highlight_announces(code_lines: int) -> None:
    mark = "To turn it off, run this:"
    code = "".join(
        f"turn --off {n} --with-many-options --and-a-long-name\n" for n in range(code_lines)
    )
    text = f"{'It is loud. ' * 40}{mark}\n\n```console\n{code}```\n\nThen it is quiet."
    start = text.index(mark)
    quoted = tuple(
        Quote(
            Citation(n, "a.md", Metadata("A"), n),
            Slice(0, len(text), text),
            Slice(start, start + len(mark), mark),
            0.5,
            n,
        )
        for n in (1, 2)
    )
    shown = answer_text(Answer("q", Verdict.ANSWERED, quoted, (), "one", 0.1), ENGLISH)
    later = shown.quotes[1].excerpt.display
    assert mark in later
    assert "turn --off 4 " in later
    assert units(later) <= 640


@pytest.mark.parametrize("char", ["*", "\u202e", "😀", "a", " b", ". ", "\n-", "\ud800"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_the_longest_answer_of_each_kind_fits(char: str, count: int) -> None:
    text = (char * 9000)[:8999] + "x"
    metadata = Metadata(text, text, text, text, f"https://a.example/{'b' * (1180 // count - 20)}")
    quoted = tuple(
        Quote(
            Citation(n, text, metadata, 99999, text, 9999),
            Slice(0, 9000, text),
            Slice(4000, 4500, text[4000:4500]),
            0.5,
            n,
        )
        for n in range(1, count + 1)
    )
    answer = Answer(text, Verdict.CLOSEST, quoted, (), "one", 0.1)
    shown = all_text(answer, note=ENGLISH.articles_updated)
    assert 1500 < sum(map(units, shown)) <= 4000
    for quote in answer_text(answer, ENGLISH).quotes:
        assert len(unquote(quote.excerpt.display)) > 5


def test_a_later_quote_is_never_bold_as_a_whole() -> None:
    text = "Tea is brown."
    quoted = tuple(
        Quote(
            Citation(n, "a.txt", Metadata("A"), n), Slice(0, 13, text), Slice(0, 13, text), 0.5, n
        )
        for n in (1, 2)
    )
    shown = answer_text(Answer("q", Verdict.ANSWERED, quoted, (), "one", 0.1), ENGLISH)
    assert [quote.excerpt.display for quote in shown.quotes] == [
        "> **Tea is brown.**",
        "> Tea is brown.",
    ]


@pytest.mark.parametrize(
    ("input_kind", "reply"),
    [
        (InputKind.GREETING, ENGLISH.greeting),
        (InputKind.ACKNOWLEDGEMENT, ENGLISH.acknowledgement),
        (InputKind.HELP, ENGLISH.introduction),
        (InputKind.NO_WORDS, ENGLISH.no_words),
        (InputKind.OTHER_SCRIPT, ENGLISH.unsupported_script),
        (InputKind.ONE_WORD, ENGLISH.single_word),
        (InputKind.TEXT, ENGLISH.not_a_question),
        (None, ENGLISH.no_answer),
    ],
)
def test_input_that_is_not_a_question_gets_a_fitting_reply(
    input_kind: InputKind | None, reply: str
) -> None:
    answer = Answer("?", Verdict.NOTHING, (), (), "1", 0.0, input_kind)
    assert answer_text(answer, ENGLISH).intro == reply


def test_the_only_title_is_not_cut_for_short_citations() -> None:
    metadata = Metadata("A title of many words " * 6)
    quoted = tuple(
        Quote(Citation(n, "a.txt", metadata, n), Slice(0, 4, "Tea."), Slice(0, 4, "Tea."), 0.5, n)
        for n in range(1, 6)
    )
    shown = answer_text(Answer("q", Verdict.ANSWERED, quoted, (), "one", 0.1), ENGLISH)
    assert metadata.title.strip() in shown.quotes[0].citation
    assert [quote.citation for quote in shown.quotes[1:]] == [
        f"**{n}.** paragraph {n}" for n in range(2, 6)
    ]
