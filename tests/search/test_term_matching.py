import numpy as np

from index.search.term_matching import UNKNOWN_TERM, Occurrences, parse_query
from index.search.term_table import SortedTokens, TermTable, Vocabulary


def test_an_identifier_that_no_passage_contains_is_not_asked_for() -> None:
    idf = {"well": 1.0, "known": 2.0, UNKNOWN_TERM: 5.0}
    query = parse_query("well-known", "en", lambda term: idf.get(term, 5.0))
    assert list(query.columns) == ["well", "known"]
    assert query.all_terms == ("well", "known")


def test_an_identifier_that_a_passage_contains_is_asked_for() -> None:
    idf = {"uv": 1.0, "lock": 2.0, "uv.lock": 4.0, UNKNOWN_TERM: 5.0}
    query = parse_query("uv.lock", "en", lambda term: idf.get(term, 5.0))
    assert list(query.columns) == ["uv", "lock", "uv.lock"]


SENTENCES = [["the", "old", "town"], ["hall"], ["old", "town", "hall", "and", "old", "town"]]


def table(sentences: list[list[str]]) -> TermTable:
    vocabulary = Vocabulary(sorted({term for sentence in sentences for term in sentence}))
    tokens = vocabulary.ids_of(term for sentence in sentences for term in sentence)
    counts = np.array([len(sentence) for sentence in sentences], np.uint32)
    nothing, none = np.zeros(0, np.uint32), np.zeros(len(sentences), np.uint32)
    return TermTable(
        vocabulary=vocabulary,
        tokens=np.array(tokens, np.uint32),
        token_counts=counts,
        non_stop_counts=counts,
        traits=none.astype(np.uint32),
        names=nothing,
        name_counts=none,
        sentence_counts=np.array([len(sentences)]),
        passage_traits=np.zeros(1, np.uint8),
        headings=np.zeros(1, np.int64),
        heading_terms=nothing,
        heading_counts=np.zeros(1, np.int64),
        article_title_counts=np.zeros(1, np.int64),
        languages=("en",),
    )


def test_a_run_of_words_ends_with_its_sentence() -> None:
    words = ["old", "town", "hall"]
    runs = Occurrences(SortedTokens(table(SENTENCES)), words).longest_runs(words)
    assert runs.tolist() == [2 / 3, 1 / 3, 1.0]


def test_an_unknown_word_interrupts_a_run() -> None:
    words = ["town", "never", "hall"]
    runs = Occurrences(SortedTokens(table(SENTENCES)), words).longest_runs(words)
    assert runs.tolist() == [1 / 3, 1 / 3, 1 / 3]
    never = Occurrences(SortedTokens(table(SENTENCES)), ["never"])
    assert never.longest_runs(["never"]).tolist() == [0, 0, 0]


def test_a_word_asked_for_twice_is_a_run_of_two() -> None:
    spoken = table([["they", "had", "had", "enough"], ["had", "enough"]])
    words = ["had", "had", "enough"]
    assert Occurrences(SortedTokens(spoken), words).longest_runs(words).tolist() == [1.0, 2 / 3]


def test_a_bigram_does_not_cross_the_end_of_a_sentence() -> None:
    occurrences = Occurrences(SortedTokens(table(SENTENCES)), ["town", "hall", "the"])
    flags = occurrences.bigrams([("town", "hall"), ("the", "town"), ("hall", "town")])
    assert flags.tolist() == [[0, 1, 0], [0, 0, 0], [1, 0, 1]]
