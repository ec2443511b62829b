from index.search.term_matching import UNKNOWN_TERM, parse_query


def test_an_identifier_that_no_passage_contains_is_not_asked_for() -> None:
    idf = {"well": 1.0, "known": 2.0, UNKNOWN_TERM: 5.0}
    query = parse_query("well-known", "en", lambda term: idf.get(term, 5.0))
    assert list(query.columns) == ["well", "known"]
    assert query.all_terms == ("well", "known")


def test_an_identifier_that_a_passage_contains_is_asked_for() -> None:
    idf = {"uv": 1.0, "lock": 2.0, "uv.lock": 4.0, UNKNOWN_TERM: 5.0}
    query = parse_query("uv.lock", "en", lambda term: idf.get(term, 5.0))
    assert list(query.columns) == ["uv", "lock", "uv.lock"]
