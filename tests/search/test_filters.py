import pytest

from index.filters import EVERYTHING, Scope
from index.types import Metadata, Source

NEWS = Source("news/a.txt", Metadata("A", publisher="KTLA", published="2019-02-04"), 1, "")
LOOSE = Source("b.txt", Metadata("B"), 1, "")


@pytest.mark.parametrize(
    ("scope", "news", "loose"),
    [
        (EVERYTHING, True, True),
        (Scope(source="b.txt"), False, True),
        (Scope(without="b.txt"), True, False),
        (Scope(collections=("news", "other")), True, False),
        (Scope(collections=("new",)), False, False),
        (Scope(closed=("news",)), False, True),
        (Scope(collections=("news",), closed=("news",)), False, False),
        (Scope(publisher="ktla"), True, False),
        (Scope(since="2019"), True, False),
        (Scope(since="2019-02-05"), False, False),
        (Scope(until="2019"), True, False),
        (Scope(until="2019-02-03"), False, False),
        (Scope(since="2018", until="2019-02"), True, False),
    ],
)
def test_only_what_fits_every_condition_is_allowed(scope: Scope, news: bool, loose: bool) -> None:
    assert (scope.allows(NEWS), scope.allows(LOOSE)) == (news, loose)
