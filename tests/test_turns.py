import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from index.embed.encoder import Vectors
from index.searcher import Searcher
from index.turns import NoTurns, Turns

PATIENCE = 5.0  # seconds
SLOW, QUICK = "When did it begin?", "Where did it begin?"


def test_a_turn_is_one_threads_at_a_time() -> None:
    turns, entered = Turns(), threading.Event()

    def enter() -> None:
        with turns.take():
            entered.set()

    with turns.take():
        thread = threading.Thread(target=enter)
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(PATIENCE)
    thread.join()


def test_a_paused_turn_is_anothers_and_comes_back() -> None:
    turns, taken = Turns(), threading.Event()

    def enter() -> None:
        with turns.take():
            taken.set()

    with turns.take():
        thread = threading.Thread(target=enter)
        thread.start()
        with turns.pause():
            assert taken.wait(PATIENCE)
        thread.join()
    with turns.take():
        pass


def test_a_failure_in_a_pause_ends_the_turn() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns.take(), turns.pause():
        1 / 0  # noqa: B018
    with turns.take():
        pass


def test_without_turns_nobody_waits() -> None:
    turns = NoTurns()
    with turns.take(), turns.take(), turns.pause():
        pass


def test_others_are_answered_while_a_question_is_encoded(
    searcher: Searcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder, gate, encoding = searcher.opened.encoder, threading.Event(), threading.Event()
    encode_query = encoder.encode_query

    def encode(query: str) -> Vectors:
        if query == SLOW:
            encoding.set()
            assert gate.wait(PATIENCE)
        return encode_query(query)

    monkeypatch.setattr(encoder, "encode_query", encode)
    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(searcher.ask, SLOW)
        assert encoding.wait(PATIENCE)
        assert pool.submit(searcher.ask, QUICK).result(PATIENCE).question == QUICK
        gate.set()
        assert slow.result(PATIENCE).question == SLOW
