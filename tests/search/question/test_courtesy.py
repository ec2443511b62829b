import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.search.question.courtesy import without_courtesy


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("hi, how do i add a bell?", "how do i add a bell?"),
        ("hey guys how do i add a bell", "how do i add a bell"),
        ("ok so how do i add a bell", "how do i add a bell"),
        ("please how do i add a bell", "how do i add a bell"),
        ("cool, thanks. how do i add a bell", "how do i add a bell"),
        ("hello all, quick question: where is the bell", "where is the bell"),
        ("does anyone know if it rings at night", "if it rings at night"),
        ("anyone here have an idea why it rings? any help appreciated", "why it rings"),
        ("pls help, the bell does not ring", "the bell does not ring"),
        ("can someone tell me how to add a bell? thanks in advance", "how to add a bell"),
        ("how do i add a bell, thank you so much :)", "how do i add a bell"),
        ("hallo leute, ich hab da mal eine frage: wie läutet man", "wie läutet man"),
        ("kann mir jemand sagen wo die glocke hängt", "wo die glocke hängt"),
        ("hat jemand ne ahnung wo die glocke hängt", "wo die glocke hängt"),
        ("ich würde gerne wissen wie man läutet", "wie man läutet"),
        ("wo hängt die glocke danke schonmal", "wo hängt die glocke"),
        ("Wo hängt die Glocke? Vielen Dank im Voraus! LG Anna", "Wo hängt die Glocke"),
        ("hola, alguien sabe dónde está la campana? gracias", "dónde está la campana"),
        ("wo hängt die glocke? ich finde das nirgends", "wo hängt die glocke?"),
        ("Das klappt nicht. Wie läutet man die Glocke?", "Wie läutet man die Glocke?"),
        ("where is the bell? i can't find it anywhere", "where is the bell?"),
        ("bonjour, je voudrais savoir où est la cloche svp", "où est la cloche"),
    ],
)
def test_words_of_courtesy_are_no_part_of_a_question(text: str, question: str) -> None:
    assert without_courtesy(text) == question


@pytest.mark.parametrize(
    "text",
    [
        "hello world example",
        "thank you page template",
        "who said thank you",
        "wie sagt man danke",
        "Who may vote as they please?",
        "can anyone join",
        "tell me about bells",
        "tag a bell",
        "show when a bell rang",
        "i want to ask for a refund",
        "hallo",
        "please help",
        "bells, thanks",
        "J. A. Hobson wanted which bell?",
        "A bell rang for the first time. Who was it?",
        "The bell does not ring. Why?",
        "wo hängt die glocke? sie läutet nicht",
    ],
)
def test_other_words_are_kept(text: str) -> None:
    assert without_courtesy(text) == text


@given(st.text(max_size=120))
def test_what_remains_is_a_part_of_the_text(text: str) -> None:
    assert without_courtesy(text) in text


@pytest.mark.parametrize(
    "word", ["thanks ", "thanks, ", "hi all ", "frage ", "can you please ", "?!"]
)
def test_a_text_of_courtesies_takes_no_time(word: str) -> None:
    started = time.perf_counter()
    without_courtesy((word * 400)[:400] + "x")
    without_courtesy((word * 400)[:399] + "x")
    assert time.perf_counter() - started < 1
