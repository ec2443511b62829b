"""Split a quotation and the articles into tokens that compare as an editor compares them.

A token is a word, a number or another visible character. Quotation marks, invisible characters and
``[sic]`` are left out, an ellipsis is a token of its own, and kinds of dashes, apostrophes and
ligatures are one. Everything else counts: a comma, a minus sign, an accent.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from index.text.folding import unify_letters
from index.text.spans import Span
from index.verification.markdown import shown_spans

# Scripts written without spaces between words, in which each letter is compared by itself.
_UNSPACED = r"[\p{Script=Han}\u3040-\u30ff\p{Line_Break=SA}]"
_LETTER = rf"(?!{_UNSPACED})[\p{{L}}\p{{M}}\p{{N}}_\u00ad\u200b-\u200d\u2060]"
_TOKEN = regex.compile(
    r"(?P<ellipsis>\[\s*(?:…|\.\s?\.\s?\.)\s*\]|\(\s*(?:…|\.\s?\.\s?\.)\s*\)|…|\.(?:\s?\.){2,})"
    rf"|(?P<reference>\[\d{{1,3}}\]|\[\p{{L}}\](?!{_LETTER}))"  # a note, as in Wikipedia
    r"|(?P<ignored>[\p{Quotation_Mark}`´′″‹›ʼ\p{Cf}\ufe00-\ufe0f]|\[sic!?\])"
    rf"|{_UNSPACED}\p{{M}}*|--+"
    rf"|(?:\[\p{{L}}\])?{_LETTER}+(?:['’ʼ＇‘]\p{{L}}{_LETTER}*|(?<=\p{{N}})[.,]\p{{N}}+)*"
    r"|\S",
    regex.V1 | regex.IGNORECASE,
)
_INVISIBLE = regex.compile(r"[\p{Cf}]")
_SAME = str.maketrans(
    {**dict.fromkeys("’ʼ＇‘", "'"), **dict.fromkeys("‐‑‒–—―−﹣－", "-")}
    | dict(zip("ﬀﬁﬂﬃﬄﬅﬆ", ("ff", "fi", "fl", "ffi", "ffl", "st", "st"), strict=True))
)
_CHANGED_INITIAL = regex.compile(r"^\[(\p{L})\]")  # [T]he
_DASHES = regex.compile("^--+$")
_FINAL_MARKS = frozenset(".,;:")  # an editor ends a quotation as the sentence around it needs


@dataclass(frozen=True, slots=True)
class Token:
    """A token at ``text[start:end]``; tokens with the same ``key`` compare as equal."""

    key: str
    word: str  # as the key, in the case of the text
    start: int
    end: int

    @property
    def is_word(self) -> bool:
        """True for words and numbers, False for punctuation and symbols."""
        return self.key[0].isalnum()


def tokenize(
    text: str, span: Span | None = None, *, references: bool = True, markup: bool = True
) -> list[Token]:
    """Return the tokens of ``text``, or of a span of it, without ellipses.

    ``references`` keeps the marks of notes, such as ``[1]``, ``markup`` those of Markdown.
    """
    span = span or (0, len(text))
    spans = [span] if markup else shown_spans(text, *span)
    return [
        _token(match)
        for part in spans
        for match in _TOKEN.finditer(text, *part)
        if _is_compared(match, references=references)
    ]


def has_references(text: str) -> bool:
    """Return whether ``text`` has marks of notes, such as ``[1]`` or ``[a]``."""
    return any(match.lastgroup == "reference" for match in _TOKEN.finditer(text))


def split_at_ellipses(
    text: str, *, final_marks: bool = False, markup: bool = True
) -> list[list[Token]]:
    """Return the tokens of each piece of a quotation; an ellipsis stands for words left out.

    ``final_marks`` keeps full stops, commas, colons and semicolons that end a piece, ``markup`` the
    marks of Markdown.
    """
    pieces = [tokenize(text, span, markup=markup) for span in _spans_between_ellipses(text)]
    if not final_marks:
        pieces = list(map(_without_final_marks, pieces))
    return [piece for piece in pieces if any(token.is_word for token in piece)]


def _spans_between_ellipses(text: str) -> Iterator[Span]:
    start = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "ellipsis":
            yield start, match.start()
            start = match.end()
    yield start, len(text)


def _without_final_marks(tokens: Sequence[Token]) -> list[Token]:
    end = len(tokens)
    while end and tokens[end - 1].key in _FINAL_MARKS:
        end -= 1
    return list(tokens[:end])


def _is_compared(match: "regex.Match[str]", *, references: bool) -> bool:
    return match.lastgroup is None or (references and match.lastgroup == "reference")


def _token(match: "regex.Match[str]") -> Token:
    word = match[0]
    if not word.isascii():
        word = _INVISIBLE.sub("", unify_letters(word)).translate(_SAME) or word
    if word[0] in "[-":
        word = _DASHES.sub("-", _CHANGED_INITIAL.sub(r"\1", word))
    return Token(word.casefold(), word, *match.span())
