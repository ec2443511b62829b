import pytest

from index.search.term_table import Vocabulary


@pytest.mark.parametrize("count", [0, 1, 511, 512, 513, 1200])
def test_terms_and_prefixes_are_found_in_any_vocabulary(count: int) -> None:
    terms = [f"{number:04}" for number in range(count)]
    vocabulary = Vocabulary(terms)
    assert vocabulary.ids_of(terms) == [*range(count)]
    assert [vocabulary.id_of(text) for text in ("", "0000a", "9999")] == [None] * 3
    for prefix in ("", "00", "05", "1", "11", "9"):
        first, last = vocabulary.prefix_range(prefix)
        assert terms[first:last] == [term for term in terms if term.startswith(prefix)]


@pytest.mark.parametrize("suffix", ["", "rt", "wort", "passwort", "x"])
def test_terms_are_found_by_their_ends(suffix: str) -> None:
    terms = ["antwort", "ort", "passwort", "standardpasswort", "wort"]
    vocabulary = Vocabulary(terms)
    found = [term for term in terms if term.endswith(suffix)]
    assert sorted(vocabulary.terms_with_suffix(suffix, 5)) == found
    assert vocabulary.terms_with_suffix("ort", 4) == []
    assert vocabulary.terms_with_prefix("pass", 1) == ["passwort"]
    assert vocabulary.terms_with_prefix("", 4) == []
