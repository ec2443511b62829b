"""Choose how many quotes of a ranking help a reader.

Scores are those of a listwise softmax, so the gap to the best score says how much less likely a
passage is to answer. Each further quote must be likelier than the one before, because the earlier
ones have mostly answered by then. docs/measurements/documentation.md has the figures.
"""

import math
from collections.abc import Sequence
from itertools import takewhile

from index.search.selection.dedup import DuplicateGroup

MAX_QUOTES = 5  # of the first page of an answer

MAX_GAP = 4.5  # of the second score to the first; a farther one is not shown with it
_GAP_DECLINE = 1.5  # of that gap, times the logarithm of the number of quotes before


def helpful_count(groups: Sequence[DuplicateGroup], most: int = MAX_QUOTES) -> int:
    """Return how many of the first ``most`` passages to quote, at least one if there are any.

    ``groups`` are best first, with repetitions behind the others.
    """
    new = takewhile(lambda group: not group.is_repetition, groups[:most])
    scores = [group.best.score for group in new]
    for index, score in enumerate(scores[1:], 1):
        if scores[0] - score > MAX_GAP - _GAP_DECLINE * math.log(index):
            return index
    return len(scores)
