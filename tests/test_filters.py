import pytest

from index.filters import ALL_ARTICLES, Scope
from index.types import Metadata, Source

NEWS = Source("news/a.txt", Metadata("A", publisher="KTLA", published="2019-02-04"), 1, "")
TOP_LEVEL = Source("b.txt", Metadata("B"), 1, "")


@pytest.mark.parametrize(
    ("scope", "allows_news", "allows_top_level"),
    [
        (ALL_ARTICLES, True, True),
        (Scope(source="b.txt"), False, True),
        (Scope(excluded_article="b.txt"), True, False),
        (Scope(collections=("news", "other")), True, False),
        (Scope(collections=("new",)), False, False),
        (Scope(excluded_collections=("news",)), False, True),
        (Scope(collections=("news",), excluded_collections=("news",)), False, False),
        (Scope(publisher="ktla"), True, False),
        (Scope(since="2019"), True, False),
        (Scope(since="2019-02-05"), False, False),
        (Scope(until="2019"), True, False),
        (Scope(until="2019-02-03"), False, False),
        (Scope(since="2018", until="2019-02"), True, False),
    ],
)
def test_an_article_must_meet_every_condition(
    scope: Scope, allows_news: bool, allows_top_level: bool
) -> None:
    assert (scope.allows(NEWS), scope.allows(TOP_LEVEL)) == (allows_news, allows_top_level)
