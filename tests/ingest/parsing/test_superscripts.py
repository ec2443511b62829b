import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.parsing.superscripts import append_subscript, append_superscript


@pytest.mark.parametrize(
    ("written", "raised", "result"),
    [
        ("3 × 10", "6", "3 × 10⁶"),
        ("2 × 10", "-9", "2 × 10⁻⁹"),
        ("0.4 km", "2", "0.4 km²"),
        ("40 metres", "2", "40 metres²"),
        ("x", "n+1", "xⁿ⁺¹"),
        ("e", "kt/2", "e^(kt/2)"),
        ("10", "1,5", "10^(1,5)"),
        ("the 1", "st", "the 1st"),
        ("au XX", "e", "au XXe"),
        ("chez M", "lle", "chez Mlle"),
        ("n", "o", "nº"),
        ("Windows", "TM", "Windows™"),
        ("12", "½", "12½"),
        ("x", "²", "x²"),
        ("empty", " ", "empty"),
    ],
)
def test_superscripts_keep_their_meaning(written: str, raised: str, result: str) -> None:
    assert append_superscript(written, raised) == result


@pytest.mark.parametrize("mark", ["1", "[12]", "3, 4", "b"])
@pytest.mark.parametrize("written", ["It was cold.", "the harbour", "“No”"])
def test_numbers_of_notes_are_left_out(written: str, mark: str) -> None:
    assert append_superscript(written, mark) == written


@pytest.mark.parametrize(
    ("written", "lowered", "result"),
    [
        ("CO", "2", "CO₂"),
        ("x", "i", "xᵢ"),
        ("T", "max", "T_(max)"),
        ("x", "", "x"),
        ("12¹/", "2", "12 1/2"),
        ("about ³⁄", "4", "about 3/4"),
    ],
)
def test_subscripts_keep_their_meaning(written: str, lowered: str, result: str) -> None:
    assert append_subscript(written, lowered) == result


@given(st.integers())
def test_every_exponent_can_be_read_back(exponent: int) -> None:
    written = append_superscript("10", str(exponent))
    assert unicodedata.normalize("NFKC", written).replace("−", "-") == f"10{exponent}"
