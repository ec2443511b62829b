import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.tokenize import terms, word_terms


def extra_terms(text: str) -> list[str]:
    return terms(text, "en")[len(word_terms(text, "en")) :]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("run `uv sync --frozen` first", ["--frozen"]),
        ("pass --no-dev=1", ["--no-dev"]),
        ("commit uv.lock.", ["uv.lock"]),
        ("set requires-python", ["requires-python"]),
        ("export UV_CACHE_DIR=/tmp", ["uv_cache_dir"]),
        ("call __init__()", ["__init__"]),
        ("error E1234 in v1.2.3", ["e1234", "v1.2.3"]),
        ("return FileResponse", ["file", "respons"]),
        ("raise HTTPException", ["http", "except"]),
        ("app.FileResponse", ["file", "respons", "app.fileresponse"]),
        ("使用FileResponse类", ["file", "respons"]),
    ],
)
def test_an_identifier_is_a_term_whole_and_by_parts(text: str, expected: list[str]) -> None:
    assert extra_terms(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Plain words, a dash - and NATO.",
        "The U.S.-led coalition, e.g. at 3 p.m.",
        "38,907 people paid 3.14 in 1914-18",
        "the APIs and a word--another",
        "--- ___ . -",
    ],
)
def test_prose_has_no_identifiers(text: str) -> None:
    assert extra_terms(text) == []


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("file response", "return FileResponse(path)"),
        ("fileresponse", "return FileResponse(path)"),
        ("cache dir", "UV_CACHE_DIR"),
        ("uv_cache_dir", "UV_CACHE_DIR"),
        ("--frozen", "uv sync --frozen"),
        ("frozen", "uv sync --frozen"),
    ],
)
def test_an_identifier_is_found_as_people_type_it(question: str, passage: str) -> None:
    assert set(terms(question, "en")) <= set(terms(passage, "en"))


def test_an_exact_identifier_matches_more_than_its_words() -> None:
    question = set(terms("uv.lock", "en"))
    exact, words = set(terms("the uv.lock file", "en")), set(terms("uv has a lock file", "en"))
    assert len(question & exact) > len(question & words)


@given(st.text(max_size=200))
def test_identifiers_come_after_the_words(text: str) -> None:
    assert terms(text, "en")[: len(word_terms(text, "en"))] == word_terms(text, "en")
