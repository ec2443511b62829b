import pytest

from index.text.folding import unify_letters


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("how do I join", "how do I join"),
        ("Ｈｏｗ ｔｏ ｊｏｉｎ？", "How to join？"),
        ("𝐡𝐨𝐰 𝕕𝕠 𝓘 𝘫𝘰𝘪𝘯 𝟚", "how do I join 2"),
        ("e\u0301cole", "école"),
        ("x² ≤ ½", "x² ≤ ½"),
    ],
)
def test_letters_in_other_forms_become_ordinary(written: str, plain: str) -> None:
    assert unify_letters(written) == plain
