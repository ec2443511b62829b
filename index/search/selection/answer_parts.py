"""Decide whether to answer a question in parts, and put the quotes of the parts in order."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from index.search.ranker import RankedPassage
from index.search.selection.dedup import DuplicateGroup
from index.search.selection.helpful import helpful_count
from index.search.verdict import Strictness, VerdictModels, decide
from index.types import InputKind, Verdict

_ORDER = (Verdict.NOTHING, Verdict.CLOSEST, Verdict.ANSWERED)
_MAX_GAP = 2.5  # of a passage that serves all parts to the best passage of each


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question, or a part of one, with its ranking and the verdict on it.

    ``query`` is what was searched for; ``input_kind`` is None for a plain question.
    """

    text: str
    query: str
    ranking: tuple[RankedPassage, ...]
    verdict: Verdict
    input_kind: InputKind | None = None

    @property
    def is_question(self) -> bool:
        """True unless it is a greeting or the like, which no passage answers."""
        return self.input_kind is None or self.input_kind.is_question


@dataclass(frozen=True, slots=True)
class PlannedQuote:
    """A passage to quote for a part of the question, counted from 1, or for the whole, 0."""

    part: int
    group: DuplicateGroup


def best_verdict(parts: Iterable[JudgedQuestion]) -> Verdict:
    """Return the verdict on the part that is answered best."""
    return max((part.verdict for part in parts), key=_ORDER.index)


def better_judged(first: JudgedQuestion, second: JudgedQuestion) -> JudgedQuestion:
    """Return the one that is answered better, the first if both are answered alike."""
    return max((first, second), key=lambda judged: _ORDER.index(judged.verdict))


def are_better_apart(
    whole: JudgedQuestion,
    parts: Sequence[JudgedQuestion],
    strictness: Strictness,
    models: VerdictModels | None,
) -> bool:
    """Return whether the parts get better answers on their own than the whole question does.

    They do not if one passage serves all of them, or if nothing is found for any of them.
    """
    best = best_verdict(parts)
    if best is Verdict.NOTHING or _ORDER.index(best) < _ORDER.index(whole.verdict):
        return False
    firsts = {part.ranking[0].row for part in parts}
    if len(firsts) == 1:
        return False
    return not any(
        all(_serves(row, part, strictness, models) for part in parts)
        for row in firsts | {whole.ranking[0].row}
    )


def _serves(
    row: int, part: JudgedQuestion, strictness: Strictness, models: VerdictModels | None
) -> bool:
    """Return whether a passage is nearly as good for a part as the best one, with its verdict."""
    passage = next((each for each in part.ranking if each.row == row), None)
    if passage is None or part.ranking[0].score - passage.score > _MAX_GAP:
        return False
    verdict = decide(part.query, [passage], strictness, models)
    is_found = verdict is not Verdict.NOTHING
    return is_found and _ORDER.index(verdict) >= _ORDER.index(part.verdict)


def plan_quotes(
    groups: Sequence[Sequence[DuplicateGroup]], limit: int, *, fill: bool
) -> tuple[list[PlannedQuote], int]:
    """Return the quotes of all pages in order, and the number of those on the first page.

    ``groups`` are those of the whole question, or of each part. The first page has at least one
    quote for each part and, unless ``fill``, no more than help. Each passage is quoted once.
    """
    is_whole = len(groups) == 1
    planned = [
        [PlannedQuote(0 if is_whole else part, group) for group in own]
        for part, own in enumerate(groups, 1)
    ]
    share = max(1, limit // len(groups))
    counts = [share if fill else helpful_count(own, share) for own in groups]
    first = _interleaved([own[:count] for own, count in zip(planned, counts, strict=True)])
    later = _interleaved([own[count:] for own, count in zip(planned, counts, strict=True)])
    first_page = [*_distinct(first)]
    everything = [*_distinct([*first_page, *later])]
    first_page.sort(key=lambda quote: quote.part)
    return first_page + everything[len(first_page) :], len(first_page)


def _interleaved(planned: Sequence[Sequence[PlannedQuote]]) -> list[PlannedQuote]:
    """Take one quote of each part in turn."""
    return [quote for quote in chain(*zip_longest(*planned)) if quote is not None]


def _distinct(planned: Iterable[PlannedQuote]) -> Iterator[PlannedQuote]:
    rows: set[int] = set()
    for quote in planned:
        if quote.group.best.row not in rows:
            rows.add(quote.group.best.row)
            yield quote
