import pytest

from index.search.question.required_content import asked_values, contain_values, quoted_phrases


def name_asked(question: str, texts: list[str]) -> list[bool]:
    """Return which texts name the price or the version that is asked for."""
    named: list[bool] = contain_values(asked_values(question), texts).tolist()
    return named


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
    assert name_asked(question, texts) == [
        False,
        False,
        True,
        True,
        True,
    ]


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
    assert name_asked(question, texts) == [False, True]


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
    assert not asked_values(question)
    assert name_asked(question, ["Without a number."]) == [True]


@pytest.mark.parametrize(
    "question",
    [
        "how much memory does it cost",
        "how much does it cost in memory",
        "how much attention should I pay to warnings",
        "what does the cost field mean",
        "what does the parameter cost do",
        "what is the cost function",
        "what are the costs of context switching",
        "what is a fee",
        "what is the price field",
        "what did the war cost him",
    ],
)
def test_not_every_cost_is_an_amount_of_money(question: str) -> None:
    assert not asked_values(question)


@pytest.mark.parametrize(
    "text",
    [
        "It costs nothing.",
        "There is no extra charge.",
        "Use it without fees.",
        "A house is 500 gold a week.",
        "The ticket: 10 zł",
        "It is cheap.",
    ],
)
def test_a_price_is_an_amount_in_any_currency_or_none(text: str) -> None:
    assert name_asked("what does it cost?", [text]) == [True]


@pytest.mark.parametrize(
    "question",
    [
        "which versions of the map exist",
        "what versions are there",
        "welche Versionen gibt es",
        "which version is better, the film or the book",
        "what version control do you use",
        "which file has the version",
        "which command shows the version",
        "which browsers support this version",
        "what happens to old versions",
        "what changed in this version",
        "what kind of versions do you keep",
        "what's the latest change in version control",
        "what is the latest on the mobile version",
        "welche Datei enthält die Version",
    ],
)
def test_not_every_question_about_versions_asks_for_a_number(question: str) -> None:
    assert not asked_values(question)


@pytest.mark.parametrize(
    "text", ["Any Python version will do.", "You need the Java Edition.", "Use the LTS release."]
)
def test_a_version_may_have_no_number(text: str) -> None:
    assert name_asked("which version do i need", [text]) == [True]
