"""Find the place in the articles that a text quotes, and tell what differs.

Candidates are passages that contain a piece of the text as a phrase, then those that BM25 ranks
first; each is aligned with the text.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from index.errors import QuestionError
from index.filters import ALL_ARTICLES, Scope
from index.searcher import Searcher
from index.text.article_formats import is_markdown
from index.text.spans import Span
from index.types import Hit
from index.verification.alignment import (
    Step,
    align_closely,
    align_exactly,
    rough_similarity,
    similarity,
)
from index.verification.result import Match, Place, Verification, word_diff
from index.verification.tokens import Token, has_references, split_at_ellipses, tokenize

MAX_TEXT_CHARS = 4000  # of Discord's longest message
MAX_PIECES = 30  # between ellipses
MIN_SIMILARITY = 0.6  # of a text that is nearly in an article; benchmarks/verification.py
MAX_PLACES = 5  # that are listed; copies of an article are often in many places
_PHRASE_HITS = 20
_BM25_HITS = 30
_MAX_ALIGNED = 6  # candidates with the most words in common
_MIN_ROUGH_SIMILARITY = 0.5  # for an alignment, which compares exact tokens
_MARGIN_LENGTHS = 1.2  # text on either side of a passage, in lengths of the quotation
_OMISSION_CHARS = 2000  # added to it when the quotation leaves something out

# Characters of scripts without spaces, else words.
_ROUGH_WORD = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u9fff]|[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Quotation:
    """A text to verify, its pieces between ellipses, and the tokens of all pieces.

    ``shown`` is the same without marks of Markdown; None if no words are left.
    """

    text: str
    pieces: list[list[Token]]
    shown: "_Quotation | None" = None

    @property
    def tokens(self) -> list[Token]:
        return [token for piece in self.pieces for token in piece]

    @property
    def phrases(self) -> list[str]:
        return [self.text[piece[0].start : piece[-1].end] for piece in self.pieces]


@dataclass(frozen=True)
class _Window:
    """The part ``text[start:end]`` of an article, around a candidate passage.

    ``is_markdown`` says that the article is Markdown, ``markup`` whether its marks count.
    """

    article: str
    text: str
    span: Span
    references: bool
    is_markdown: bool
    markup: bool = True

    @cached_property
    def tokens(self) -> list[Token]:
        return tokenize(self.text, self.span, references=self.references, markup=self.markup)

    @cached_property
    def shown(self) -> "_Window | None":
        """The window as readers of a Markdown article see it."""
        return replace(self, markup=False) if self.is_markdown else None

    @cached_property
    def words(self) -> list[str]:
        """Split roughly into words, which is much faster than into tokens."""
        return _ROUGH_WORD.findall(self.text[slice(*self.span)].casefold())


@dataclass(frozen=True, slots=True)
class _Finding:
    """A window and how the quotation aligns with it."""

    quotation: _Quotation
    window: _Window
    steps: list[Step]

    @property
    def similarity(self) -> float:
        return similarity(self.steps, self.quotation.tokens, self.window.tokens)

    @property
    def start(self) -> int:
        return self.window.tokens[self.steps[0].stored[0]].start

    @property
    def end(self) -> int:
        return self.window.tokens[self.steps[-1].stored[1] - 1].end


def verify(searcher: Searcher, text: str, scope: Scope = ALL_ARTICLES) -> Verification:
    """Look for ``text`` in the articles that ``scope`` allows.

    Raises QuestionError if it has no words or is too long, or if ``scope`` names an unknown
    article, and QuoteMismatch if an article differs from its index.
    """
    started = time.perf_counter()
    quotation = _read(text)
    match, findings = _search(searcher, quotation, scope)
    places = tuple(
        _place(searcher, finding, number) for number, finding in enumerate(findings[:MAX_PLACES], 1)
    )
    searcher.quoter.check(*(place.quote for place in places))
    seconds = time.perf_counter() - started
    has_more = len(findings) > MAX_PLACES
    return Verification(text, match, places, searcher.snapshot, seconds, has_more)


def _read(text: str, *, final_marks: bool = False) -> _Quotation:
    if len(text) > MAX_TEXT_CHARS:
        raise QuestionError(
            f"the text has {len(text)} characters; check at most {MAX_TEXT_CHARS} at a time"
        )
    text = text.encode("utf-8", "replace").decode()  # tantivy rejects lone surrogates
    pieces = split_at_ellipses(text, final_marks=final_marks)
    if len(pieces) > MAX_PIECES:
        raise QuestionError(f"the text has more than {MAX_PIECES} ellipses; check it in parts")
    if not pieces:
        raise QuestionError("there are no words to check; give the text of a quotation")
    shown = split_at_ellipses(text, final_marks=final_marks, markup=False)
    return _Quotation(text, pieces, _Quotation(text, shown) if shown else None)


def _search(
    searcher: Searcher, quotation: _Quotation, scope: Scope
) -> tuple[Match, list[_Finding]]:
    hits = searcher.phrase_hits(quotation.phrases, _PHRASE_HITS, scope)
    windows = _windows(searcher, quotation, hits)
    exact = _exact_findings(quotation, windows)
    if not exact:
        hits = searcher.bm25_hits(" ".join(quotation.phrases), _BM25_HITS, scope)
        windows = _most_alike(quotation, [*windows, *_windows(searcher, quotation, hits)])
        exact = _exact_findings(quotation, windows)
    if exact and not _ends_question(exact[0]):
        return Match.EXACT, exact
    if exact:
        quotation = _read(quotation.text, final_marks=True)
    closest = _closest_finding(quotation, windows)
    return (Match.NEAR, [closest]) if closest else (Match.NONE, [])


def _windows(searcher: Searcher, quotation: _Quotation, hits: Sequence[Hit]) -> list[_Window]:
    """Return the text around each hit in which the quotation may lie, with whole words."""
    margin = int(_MARGIN_LENGTHS * len(quotation.text))
    margin += _OMISSION_CHARS * (len(quotation.pieces) > 1)
    references = has_references(quotation.text)
    windows = []
    articles = {hit.article for hit in hits}
    texts = {article: searcher.text(article) for article in articles}
    formats = {article: is_markdown(article, searcher.metadata(article)) for article in articles}
    for hit in hits:
        text = texts[hit.article]
        span = _whole_words(text, hit.start - margin, hit.end + margin)
        windows.append(_Window(hit.article, text, span, references, formats[hit.article]))
    return windows


def _whole_words(text: str, start: int, end: int) -> Span:
    """Widen a span so that it begins and ends at white space or at the ends of the text."""
    start, end = max(0, start), min(len(text), end)
    while start > 0 and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return start, end


def _most_alike(quotation: _Quotation, windows: Sequence[_Window]) -> list[_Window]:
    """Return the windows that resemble the quotation most, if they resemble it at all."""
    pieces = [[token.key for token in piece if token.is_word] for piece in quotation.pieces]
    rough = [rough_similarity(pieces, window.words) for window in windows]
    best = sorted(range(len(windows)), key=lambda index: -rough[index])[:_MAX_ALIGNED]
    return [windows[index] for index in best if rough[index] >= _MIN_ROUGH_SIMILARITY]


def _exact_findings(quotation: _Quotation, windows: Sequence[_Window]) -> list[_Finding]:
    """Return the places that have the quotation word for word, each once."""
    findings: dict[tuple[str, int], _Finding] = {}
    for window in windows:
        for quoted, stored in _views(quotation, window):
            if steps := align_exactly(quoted.pieces, stored.tokens):
                finding = _Finding(quoted, stored, steps)
                findings.setdefault((window.article, finding.start), finding)
                break
    return list(findings.values())


def _views(quotation: _Quotation, window: _Window) -> Iterator[tuple[_Quotation, _Window]]:
    """Yield what is compared: Markdown as its readers see it, then as it is written.

    A quotation may be copied as it is shown or have marks of its own.
    """
    if window.shown:
        yield quotation, window.shown
    if quotation.shown and window.shown:
        yield quotation.shown, window.shown
    yield quotation, window


def _ends_question(finding: _Finding) -> bool:
    """Return whether a quotation that ends with a full stop is a question in the article."""
    quotation = finding.quotation
    following = finding.window.tokens[finding.steps[-1].stored[1] :][:1]
    tail = quotation.text[quotation.tokens[-1].end :].lstrip()
    return tail.startswith(".") and any(token.key in "?!" for token in following)


def _closest_finding(quotation: _Quotation, windows: Sequence[_Window]) -> _Finding | None:
    """Return the most similar place, or None if none is similar enough."""
    findings = [
        _Finding(quoted, stored, align_closely(quoted.pieces, stored.tokens))
        for window in windows
        for quoted, stored in _views(quotation, window)
    ]
    best = max(findings, key=lambda finding: finding.similarity, default=None)
    return best if best and best.similarity >= MIN_SIMILARITY else None


def _place(searcher: Searcher, finding: _Finding, number: int) -> Place:
    window, quotation = finding.window, finding.quotation
    return Place(
        quote=searcher.quoter.quote_span(number, window.article, finding.start, finding.end),
        start=finding.start,
        end=finding.end,
        text=window.text[finding.start : finding.end],
        similarity=finding.similarity,
        parts=word_diff(
            finding.steps, quotation.text, quotation.tokens, window.text, window.tokens
        ),
    )
