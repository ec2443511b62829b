from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from bot.api.values import answer_values
from bot.cli.output.answers import print_answer
from index.build.pipeline import build
from index.searcher import Searcher
from index.types import Verdict

ARTICLES = {
    "leave.md": """# Leave

Everyone may take a sabbatical of three months after five years.

Ask for a sabbatical in the first week of a quarter. The signed form goes to Ingrid Halvorsen.
""",
    "museum.md": """# The harbour museum

The museum opens at ten and closes at six. It doesn't charge an entrance fee on Sundays.

Lighthouses are shown on the second floor.
""",
    "boats.md": "# Boats\n\nBoats are lifted out of the water in autumn.\n",
}


def indexed(articles: Mapping[str, str], folder: Path) -> Searcher:
    """Open an index of articles by their names."""
    seeds = folder / "seeds"
    seeds.mkdir()
    for name, text in articles.items():
        (seeds / name).write_text(text, "utf-8")
    build(seeds, folder / "index")
    return Searcher.open(folder / "index")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with indexed(ARTICLES, tmp_path_factory.mktemp("spelling")) as searcher:
        yield searcher


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("how do i ask for a sabatical", "how do i ask for a sabbatical"),  # dropped
        ("how do i ask for a sabbbatical", "how do i ask for a sabbatical"),  # added
        ("how do i ask for a sabnatical", "how do i ask for a sabbatical"),  # changed
        ("how do i ask for a sabbatcial", "how do i ask for a sabbatical"),  # swapped
        ("whne does the musuem close?", "when does the museum close?"),
        ("who is Ingrid Halvorson", "who is Ingrid Halvorsen"),
        ("Are there Lihgthouses?", "Are there Lighthouses?"),
    ],
)
def test_a_slip_of_the_fingers_is_corrected(
    library: Searcher, question: str, corrected: str
) -> None:
    answer = library.ask(question)
    assert answer.corrected == corrected
    assert answer.question == question
    spelled = library.ask(corrected)
    assert (answer.verdict, answer.quotes) == (spelled.verdict, spelled.quotes)
    assert answer.verdict is not Verdict.NOTHING


@pytest.mark.parametrize(
    "question",
    [
        "how do i ask for a sabbatical",
        "does the signer need a form",  # another form of "signed"
        "are goats lifted out of the water",  # a word that the encoder knows
        'what is a "long sabatical"',  # a phrase in quotation marks
        "who is Erik Zmolek",  # like nothing in the articles
        "what does a pkce cost",  # too short
        "does it charge a wfee",  # the first letter differs
    ],
)
def test_other_words_stay_as_they_are(library: Searcher, question: str) -> None:
    assert library.ask(question).corrected is None


def test_the_corrected_question_is_told(
    library: Searcher, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = library.ask("how do i ask for a sabatical")
    assert answer_values(answer, ranking=False)["corrected"] == "how do i ask for a sabbatical"
    print_answer(answer)
    assert "I understood this as: how do i ask for a sabbatical\n" in capsys.readouterr().out
    plain = library.ask("how do i ask for a sabbatical")
    assert "corrected" not in answer_values(plain, ranking=False)
    print_answer(plain)
    assert "I understood" not in capsys.readouterr().out


def test_a_missing_apostrophe_is_put_in_without_a_word(library: Searcher) -> None:
    answer = library.ask("why doesnt it charge a fee on sundays")
    spelled = library.ask("why doesn't it charge a fee on sundays")
    assert answer.corrected is None
    assert answer.quotes == spelled.quotes


GERMAN_ARTICLES = {
    "urlaub.md": """# Urlaub

Ein Sabbatjahr beginnt am ersten Tag eines Quartals und dauert drei Monate. Den Antrag bekommt die
Personalabteilung, und sie entscheidet innerhalb von zwei Wochen.
""",
    "museum.md": """# Das Museum am Hafen

Das Museum öffnet um zehn Uhr und schließt um sechs Uhr. Die Leuchttürme sind im zweiten Stock.
""",
}


@pytest.fixture(scope="module")
def german_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    with indexed(GERMAN_ARTICLES, tmp_path_factory.mktemp("german")) as searcher:
        yield searcher


@pytest.mark.parametrize(
    ("question", "corrected"),
    [
        ("wann beginnt ein sabatjahr", "wann beginnt ein Sabbatjahr"),
        ("Wann schliesst das Musuem?", "Wann schliesst das Museum?"),
        ("wer entshceidet innerhalb von zwei wochen", "wer entscheidet innerhalb von zwei wochen"),
    ],
)
def test_slips_are_corrected_in_languages_without_tokens(
    german_library: Searcher, question: str, corrected: str
) -> None:
    assert german_library.ask(question).corrected == corrected


@pytest.mark.parametrize(
    "question",
    [
        "wann schließen die museen",  # another form of a word in the articles
        "wer nimmt den urlaubsantrag",  # a compound with one
        "wessen antrag dauert",  # a function word like "wissen"
        "wer bekommt den Auftrag",  # two letters differ
    ],
)
def test_words_without_tokens_stay_as_they_are(german_library: Searcher, question: str) -> None:
    assert german_library.ask(question).corrected is None
