"""Group open questions by topic: average-link clusters of their vectors."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.services.search_pool import SearchPool
from bot.storage.unanswered import QuestionGroup
from index.embed.encoder import Vectors
from index.searcher import Searcher

WEEKS = 4
_WEEK_SECONDS = 7 * 24 * 3600
_MAX_GROUPS = 300  # newest groups of questions: clustering takes the cube of their number
_MAX_CACHED = 2000  # vectors
# Two questions belong together from this share of the way between the cosine of unrelated texts,
# which depends on the model, and 1.
_MIN_SIMILARITY = 0.27
_UNRELATED = (
    "How do I bake bread?",
    "When was the castle built?",
    "Why does my engine overheat?",
    "Who won the election?",
    "Which shoes are good for running?",
    "What is the capital of Peru?",
    "How much does a ticket cost?",
    "Where do penguins live?",
    "What does photosynthesis produce?",
    "How do I tune a guitar?",
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Groups of questions about one thing, the most typical first; never empty.

    ``weeks`` counts the questions of each of the last WEEKS weeks, oldest first.
    """

    groups: tuple[QuestionGroup, ...]
    weeks: tuple[int, ...]

    @property
    def typical(self) -> QuestionGroup:
        """The group that represents the topic."""
        return self.groups[0]

    @property
    def asked(self) -> int:
        """How often its questions were asked."""
        return sum(len(group.questions) for group in self.groups)


class TopicFinder:
    """Find the topics of open questions with the encoder of the snapshot in service."""

    def __init__(self, pool: SearchPool) -> None:
        self._pool = pool
        self._cached: dict[tuple[str, str], Vectors] = {}  # by snapshot and text
        self.clock: Callable[[], float] = time.time

    async def find(self, groups: Sequence[QuestionGroup]) -> list[Topic]:
        """Return the topics of the newest groups, most asked first. Raises QueueFull."""
        newest = sorted(groups, key=lambda group: (-group.newest.asked_at, -group.newest.id))
        return await self._pool.run(lambda searcher: self._find(searcher, newest[:_MAX_GROUPS]))

    def _find(self, searcher: Searcher, groups: Sequence[QuestionGroup]) -> list[Topic]:
        if not groups:
            return []
        vectors = self._encode(searcher, [group.newest.question for group in groups])
        unrelated = self._encode(searcher, _UNRELATED)
        background = float((unrelated @ unrelated.T)[np.triu_indices(len(unrelated), 1)].mean())
        threshold = background + _MIN_SIMILARITY * (1 - background)
        cosines = vectors @ vectors.T
        clusters = average_link(cosines, threshold)
        now = self.clock()
        topics = [_topic(cluster, groups, cosines, now) for cluster in clusters]
        return sorted(topics, key=lambda topic: (-topic.asked, -topic.typical.newest.id))

    def _encode(self, searcher: Searcher, texts: Sequence[str]) -> Vectors:
        missing = [text for text in texts if (searcher.snapshot, text) not in self._cached]
        if missing:
            if len(self._cached) + len(missing) > _MAX_CACHED:
                self._cached.clear()
                missing = list(texts)
            for text, vector in zip(missing, searcher.opened.encoder.encode(missing), strict=True):
                self._cached[searcher.snapshot, text] = vector
        return np.stack([self._cached[searcher.snapshot, text] for text in texts])


def average_link(similarities: Vectors, threshold: float) -> list[list[int]]:
    """Merge the two clusters with the highest mean similarity until none reaches the threshold.

    Returns the rows of each cluster in order. Ties go to the lowest rows.
    """
    sums = similarities.astype(np.float64)  # of the similarities between two clusters
    sizes = np.ones(len(sums))
    clusters = [[row] for row in range(len(sums))]
    np.fill_diagonal(sums, -np.inf)
    while len(sums) > 1:
        means = sums / np.outer(sizes, sizes)
        first, second = sorted(map(int, np.unravel_index(np.argmax(means), means.shape)))
        if means[first, second] < threshold:
            break
        sums[first] += sums[second]
        sums[:, first] = sums[first]
        sums[first, first] = -np.inf
        sizes[first] += sizes[second]
        clusters[first] += clusters.pop(second)
        sums = np.delete(np.delete(sums, second, axis=0), second, axis=1)
        sizes = np.delete(sizes, second)
    return [sorted(cluster) for cluster in clusters]


def _topic(
    cluster: Sequence[int], groups: Sequence[QuestionGroup], cosines: Vectors, now: float
) -> Topic:
    """Put the group that is most similar to all questions of the cluster first."""
    counts = np.array([len(groups[row].questions) for row in cluster])
    typicality = cosines[np.ix_(cluster, cluster)] @ counts
    order = sorted(range(len(cluster)), key=lambda at: (-round(float(typicality[at]), 4), at))
    members = tuple(groups[cluster[at]] for at in order)
    return Topic(members, _weekly_counts(members, now))


def _weekly_counts(groups: Sequence[QuestionGroup], now: float) -> tuple[int, ...]:
    counts = [0] * WEEKS
    for group in groups:
        for question in group.questions:
            weeks_ago = int(max(0.0, now - question.asked_at) // _WEEK_SECONDS)
            if weeks_ago < WEEKS:
                counts[WEEKS - 1 - weeks_ago] += 1
    return tuple(counts)
