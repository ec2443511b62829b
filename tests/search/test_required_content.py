import pytest

from index.search.required_content import asks_for_value, have_asked_value, quoted_phrases


@pytest.mark.parametrize(
    ("question", "phrases"),
    [
        ('who said "we are back"', ["we are back"]),
        ("wer sagte „wir sind zurück“", ["wir sind zurück"]),
        ('what is "democracy"', []),
        ("no quotation", []),
    ],
)
def test_quoted_phrases_have_at_least_two_words(question: str, phrases: list[str]) -> None:
    assert quoted_phrases(question) == phrases


@pytest.mark.parametrize(
    "question",
    [
        "how much does the hosted plan cost a month",
        "whats the price of a ticket",
        "What was the entrance fee?",
        "how expensive is it",
        "Was kostet der Eintritt?",
        "wie viel kostet ein Konto",
        "¿Cuánto cuesta la entrada?",
        "combien ça coûte ?",
        "Quanto costa il biglietto?",
        "ile kosztuje bilet",
        "Сколько стоит билет?",
        "多少钱",
    ],
)
def test_a_question_for_a_price_needs_a_number_or_a_currency(question: str) -> None:
    texts = [
        "It is run by the same team.",
        "Tickets are sold.",
        "Ticket | 5",
        "Ten euros.",
        "Free.",
    ]
    assert have_asked_value(question, texts).tolist() == [False, False, True, True, True]


@pytest.mark.parametrize(
    "question",
    [
        "which python version do i need",
        "what version of Java does it need?",
        "minimum browser version?",
        "what's the latest stable version",
        "which version has dark mode",
        "Welche Node-Version brauche ich?",
        "quelle version de Python faut-il",
        "Какая версия нужна?",
    ],
)
def test_a_question_for_a_version_needs_a_number(question: str) -> None:
    texts = ["It supports the latest versions.", "It needs Python 3.11."]
    assert have_asked_value(question, texts).tolist() == [False, True]


@pytest.mark.parametrize(
    "question",
    [
        "How do I set a price limit?",
        "Who pays for the hosting?",
        "how much memory does it need",
        "how do i pin a version",
        "what is version control",
        "what are versions for",
        "how do i get the latest version",
        "Wie wird bezahlt?",
    ],
)
def test_other_questions_need_no_such_value(question: str) -> None:
    assert not asks_for_value(question)
    assert have_asked_value(question, ["Without a number."]).tolist() == [True]
