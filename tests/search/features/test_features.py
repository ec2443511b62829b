import numpy as np
import pytest

from index.search.features.corpus import documentation_share
from index.search.passage_terms import PassageTrait


@pytest.mark.parametrize(
    ("with_blocks", "passages", "share"),
    [(0, 0, 0.0), (0, 8, 0.0), (2, 8, 0.0), (3, 8, 0.5), (4, 8, 1.0), (8, 8, 1.0)],
)
def test_some_lists_make_no_documentation(with_blocks: int, passages: int, share: float) -> None:
    traits = np.zeros(passages, np.uint8)
    traits[:with_blocks] = int(PassageTrait.HAS_BLOCKS)
    assert documentation_share(traits) == share


def test_other_traits_make_no_documentation() -> None:
    traits = np.full(4, int(~PassageTrait.HAS_BLOCKS) & 0xFF, np.uint8)
    assert documentation_share(traits) == 0.0
