from collections.abc import Sequence

from index.search.ranker import RankedPassage
from index.search.selection.diversity import spread_articles
from tests.support.candidates import PassageExample, candidates_of

STEPS = "Do this:\n\n- open the lid\n- pour the water"


def spread(articles: Sequence[int], scores: Sequence[float], text: str = STEPS) -> list[int]:
    """Return the rows in their new order; passage i has row i, and ``articles[i]`` is its own."""
    examples = [PassageExample(row, (text,), article=each) for row, each in enumerate(articles)]
    ranking = [RankedPassage(row, score, 0) for row, score in enumerate(scores)]
    spread = spread_articles(ranking, candidates_of(examples))
    assert [each.score for each in spread] == sorted((e.score for e in spread), reverse=True)
    return [passage.row for passage in spread]


def test_another_article_comes_before_the_sixth_passage_of_one() -> None:
    assert spread([0, 0, 0, 0, 0, 0, 1], [9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0]) == [
        *range(5),
        6,
        5,
    ]


def test_passages_shown_at_once_keep_their_places() -> None:
    assert spread([0, 0, 0, 0, 1], [9.0, 8.9, 8.8, 8.7, 8.6]) == [0, 1, 2, 3, 4]


def test_a_much_better_passage_of_the_same_article_stays_ahead() -> None:
    assert spread([0, 0, 0, 0, 0, 0, 1], [9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 4.0]) == [*range(7)]


def test_passages_of_one_article_keep_their_order() -> None:
    assert spread([0] * 9, [9.0 - row for row in range(9)]) == [*range(9)]


def test_prose_keeps_its_order() -> None:
    prose = "The lamp was lit by the keeper's daughter every evening."
    scores = [9.0, 8.5, 8.0, 7.5, 7.0, 6.5, 6.0]
    assert spread([0, 0, 0, 0, 0, 0, 1], scores, prose) == [*range(7)]
