import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.verification.tokens import has_references, split_at_ellipses, tokenize


def keys(text: str, *, references: bool = True) -> list[str]:
    return [token.key for token in tokenize(text, references=references)]


@pytest.mark.parametrize(
    ("edited", "original"),
    [
        ("“It’s late”, he said", '"It\'s late", he said'),
        ("«late» ‹it›", "late it"),
        ("one — two -- three", "one – two – three"),
        ("co\u00adoperate", "cooperate"),
        ("the ﬁne print", "the fine print"),
        ("a  b\n\tc\u00a0d", "a b c d"),
        ("[T]he end", "the end"),
        ("[h]arvard’s schools", "Harvard's schools"),
        ("[a] year", "A year"),
        ("the wether [sic] forecast", "the wether forecast"),
    ],
)
def test_changes_that_an_editor_makes_compare_as_equal(edited: str, original: str) -> None:
    assert keys(edited) == keys(original)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("-5 degrees", "5 degrees"),
        ("10² metres", "102 metres"),
        ("3.14", "3.15"),
        ("38,907", "38907"),
        ("résumé", "resume"),
        ("let's eat, Grandma", "let's eat Grandma"),
        ("its", "it's"),
        ("$5", "5"),
        ("5 %", "5"),
    ],
)
def test_changes_of_meaning_compare_as_different(one: str, other: str) -> None:
    assert keys(one) != keys(other)


def test_each_letter_of_unspaced_scripts_is_a_token() -> None:
    assert keys("東京は大きい。") == list("東京は大きい。")


@pytest.mark.parametrize("mark", ["…", "...", ". . .", "[…]", "[...]", "(…)", "...."])
def test_every_kind_of_ellipsis_splits_a_quotation(mark: str) -> None:
    pieces = split_at_ellipses(f"one two, {mark} three four.")
    assert [[token.key for token in piece] for piece in pieces] == [
        ["one", "two"],
        ["three", "four"],
    ]


def test_final_marks_stay_when_asked_for() -> None:
    (piece,) = split_at_ellipses("Is it.", final_marks=True)
    assert [token.key for token in piece] == ["is", "it", "."]


def test_numbers_of_notes_can_be_left_out() -> None:
    assert has_references("late[1] night")
    assert keys("late[1] night[a]", references=False) == ["late", "night"]


@given(st.text())
def test_tokens_are_slices_in_order(text: str) -> None:
    position = 0
    for token in tokenize(text):
        assert position <= token.start < token.end <= len(text)
        assert token.key
        position = token.end
