from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build.pipeline import build
from index.errors import QuestionError
from index.filters import Scope
from index.searcher import Searcher
from index.verification.alignment import WordChange
from index.verification.result import Match, Verification
from index.verification.verify import MAX_PLACES, MAX_TEXT_CHARS, verify

BRIDGE = """The old bridge

The old bridge was not safe for lorries over 7.5 tonnes, the council’s engineers said in 2019.

“We cannot close it,” the mayor replied — nobody else would pay for the ferry. It is safe.

It closed in March 2021 after the flood. The US paid for the new one, and it opened in 2023.[4] \
Nobody came to see it.
"""
GUIDE = """# Guide

Staff **never** ask for your *password*. Read [the rules](rules.md) or type `/help me`.

- Be kind.
- Mind the 2 * 3 rule.

Join either || any of them, raise it to the power 2 ** 3 and wait for it | leave.

| Offence | Punishment |
|---------|------------|
| Spam    | 1 hour     |

Set `_private` to **true** and pass `**options`:

```python
def ban(*names):
    return names | more
```
"""
COPIES = "A copied sentence stands in every one of these articles, word for word.\n"
LONG = "\n\n".join(f"Paragraph {n} is about item {n} and about nothing else." for n in range(60))
ARTICLES = {
    "bridge.txt": BRIDGE,
    "tours.txt": "Tours\n\nTours of the mill begin at noon. Is it open on Sundays?\n",
    "long.txt": LONG,
    "guide.md": GUIDE,
    "keys.rst": "Keys\n====\n\nPress ``ctrl+c`` *twice* to stop the build of a dam.\n\n"
    "- Pull the lever of the dam.\n- Push the lever of the weir.\n",
    "doors.adoc": "= Doors\n\nPress `ctrl+d` *once* to open the door of a barn.\n",
    "chinese.txt": "---\nlanguage: zh\n---\n东京是日本的首都。这座城市有一千三百万居民。\n",
    **{f"copies/{n}.txt": f"Copy {n}\n\n{COPIES}" for n in range(MAX_PLACES + 1)},
}


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    folder = tmp_path_factory.mktemp("verification")
    for name, text in ARTICLES.items():
        path = folder / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    build(folder / "seeds", folder / "index")
    with Searcher.open(folder / "index") as searcher:
        yield searcher


def changes(verification: Verification) -> list[tuple[str, str]]:
    """Return what the text says and what the best place says instead, word by word."""
    parts = verification.places[0].parts
    changed = [part for part in parts if part.change is WordChange.CHANGED]
    return [(part.quoted.strip(), part.stored.strip()) for part in changed]


@pytest.mark.parametrize(
    "text",
    [
        "The old bridge was not safe for lorries over 7.5 tonnes",
        "the old bridge was not safe for lorries over 7.5 tonnes.",
        "THE OLD BRIDGE WAS NOT SAFE",
        '"We cannot close it", the mayor replied -- nobody else would pay',
        "the council's   engineers\nsaid in 2019;",
        "The old bridge was not safe … the council’s engineers said",
        "The old bridge was not safe [...] in 2019. […] It closed in March 2021",
        "[i]t closed in March 2021 after the flood",
        "the new one, and it opened in 2023. Nobody came",
        "the new one, and it opened in 2023.[4] Nobody came",
        "It is safe.\n\nIt closed in March 2021",
        "东京是日本的首都",
        "to see it",
    ],
)
def test_text_as_an_editor_quotes_it_is_exact(articles: Searcher, text: str) -> None:
    verification = verify(articles, text)
    assert verification.match is Match.EXACT
    for place in verification.places:
        stored = articles.text(place.quote.citation.article)
        assert stored[place.start : place.end] == place.text


@pytest.mark.parametrize(
    "text",
    [
        "Press ctrl+c twice to stop the build of a dam.",
        "Press `ctrl+c` twice to stop the build of a dam.",
        "Pull the lever of the dam. Push the lever of the weir.",
        "Press ctrl+d once to open the door of a barn.",
    ],
)
def test_text_that_a_reader_wrote_as_markdown_is_exact_as_shown(
    articles: Searcher, text: str
) -> None:
    assert verify(articles, text).match is Match.EXACT


@pytest.mark.parametrize(
    "text",
    [
        "Staff never ask for your password.",
        "Staff **never** ask for your *password*.",
        "never ask for your password. Read the rules or type /help me",
        "Read [the rules](rules.md) or type `/help me`.",
        "Be kind. Mind the 2 * 3 rule.",
        "- Be kind.\n- Mind the 2 * 3 rule.",
        "Offence Punishment Spam 1 hour",
        "Guide Staff never ask",
        "Set _private to true and pass **options",
        "Set `_private` to *true* and pass `**options`",
        "def ban(*names): return names | more",
    ],
)
def test_text_is_exact_with_and_without_marks_of_markdown(articles: Searcher, text: str) -> None:
    verification = verify(articles, text)
    assert verification.match is Match.EXACT
    (place,) = verification.places
    assert place.quote.citation.article == "guide.md"
    assert articles.text("guide.md")[place.start : place.end] == place.text


@pytest.mark.parametrize(
    "text", ["Set private to true and pass options", "def ban(names): return names more"]
)
def test_every_character_of_code_counts(articles: Searcher, text: str) -> None:
    assert verify(articles, text).match is Match.NEAR


@pytest.mark.parametrize(
    "text",
    ["Join either any of them", "raise it to the power 2 3 and wait", "and wait for it leave"],
)
def test_operators_in_the_text_of_markdown_count(articles: Searcher, text: str) -> None:
    assert verify(articles, text).match is Match.NEAR


def test_only_a_changed_word_of_markdown_differs(articles: Searcher) -> None:
    verification = verify(articles, "Staff always ask for your password. Read the rules")
    assert verification.match is Match.NEAR
    assert changes(verification) == [("always", "never**")]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The old bridge was safe for lorries over 7.5 tonnes", [("", "not")]),
        ("The old bridge was not safe for lorries over 75 tonnes", [("75", "7.5")]),
        ("It was closed in March 2021 after the flood", [("was", "")]),
        ("It closed in May 2021 after the flood", [("May", "March")]),
        ("us paid for the New one, and it opened in 2023", [("us", "US")]),
        ("Tours of the mill begin at noon. Is it open on Sundays.", [(".", "?")]),
        ("It closed in March 2021 … after the war", [("war", "flood")]),
        ("东京是中国的首都", [("中国", "日本")]),
    ],
)
def test_changed_text_is_near_and_shows_the_change(
    articles: Searcher, text: str, expected: list[tuple[str, str]]
) -> None:
    verification = verify(articles, text)
    assert verification.match is Match.NEAR
    assert changes(verification) == expected


def test_pieces_in_another_order_are_not_exact(articles: Searcher) -> None:
    verification = verify(articles, "after the flood … the old bridge was not safe")
    assert verification.match is not Match.EXACT


def test_foreign_text_is_in_no_place(articles: Searcher) -> None:
    verification = verify(articles, "Frogs sing in the pond on warm evenings in May")
    assert (verification.match, verification.places) == (Match.NONE, ())


def test_words_left_out_are_shown(articles: Searcher) -> None:
    (place,) = verify(articles, "The old bridge was … safe for lorries").places
    (omitted,) = [part for part in place.parts if part.change is WordChange.OMITTED]
    assert (omitted.quoted, omitted.stored) == (" … ", " not ")


def test_a_place_cites_paragraph_and_offsets(articles: Searcher) -> None:
    (place,) = verify(articles, "It closed in March 2021").places
    citation = place.quote.citation
    assert (citation.article, citation.paragraph) == ("bridge.txt", 3)
    assert place.text == "It closed in March 2021"
    assert place.is_literal
    assert place.quote.highlight.text == place.text


def test_a_text_over_two_paragraphs_cites_the_first(articles: Searcher) -> None:
    (place,) = verify(articles, "It is safe. It closed in March 2021").places
    assert place.quote.citation.paragraph == 2
    assert place.quote.highlight.text == "It is safe."
    assert place.text == "It is safe.\n\nIt closed in March 2021"


def test_copies_are_listed_up_to_a_limit(articles: Searcher) -> None:
    verification = verify(articles, COPIES)
    assert len({place.quote.citation.article for place in verification.places}) == MAX_PLACES
    assert [place.quote.citation.number for place in verification.places] == [1, 2, 3, 4, 5]
    assert verification.has_more


def test_a_whole_article_of_many_paragraphs_is_exact(articles: Searcher) -> None:
    assert verify(articles, LONG).match is Match.EXACT


def test_other_scopes_are_not_searched(articles: Searcher) -> None:
    scope = Scope(collections=("copies",))
    assert verify(articles, "It closed in March 2021 after the flood", scope).match is Match.NONE
    excluded = Scope(excluded_collections=("copies",))
    assert verify(articles, COPIES, excluded).match is Match.NONE


@pytest.mark.parametrize("text", ["", " … ", "?!", "“”", "a … " * 40, "x" * (MAX_TEXT_CHARS + 1)])
def test_text_without_words_or_too_long_is_refused(articles: Searcher, text: str) -> None:
    with pytest.raises(QuestionError):
        verify(articles, text)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_slice_of_whole_words_is_exact(articles: Searcher, data: st.DataObject) -> None:
    words = BRIDGE.split(" ")
    start = data.draw(st.integers(0, len(words) - 3))
    count = data.draw(st.integers(2, 25))
    text = " ".join(words[start : start + count])
    verification = verify(articles, text)
    assert verification.match is Match.EXACT
    place = verification.places[0]
    assert "".join(part.stored for part in place.parts) == place.text
    assert "".join(part.quoted for part in place.parts) in text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_checked_or_refused(articles: Searcher, text: str) -> None:
    try:
        verification = verify(articles, text)
    except QuestionError:
        return
    for place in verification.places:
        assert articles.text(place.quote.citation.article)[place.start : place.end] == place.text


def test_the_shipped_article_is_found(searcher: Searcher) -> None:
    text = "ISIS could likely resurge in Syria within six to twelve months"
    assert verify(searcher, text).match is Match.EXACT
