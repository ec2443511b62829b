from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build.pipeline import build
from index.search.related_terms import VERB_WEIGHT
from index.search.term_table import Vocabulary
from index.searcher import Searcher
from index.text.tokenize import word_terms


def joined(question: str, text: str, language: str = "de") -> dict[str, set[str]]:
    vocabulary = Vocabulary(sorted({*word_terms(text, language)}))
    found = vocabulary.joined_verbs(question, language)
    assert all(weight == VERB_WEIGHT for each in found.values() for weight in each.values())
    return {term: {*others} for term, others in found.items()}


@pytest.mark.parametrize(
    ("question", "text", "term", "verb"),
    [
        ("Wie richte ich den Cronjob ein?", "einrichten ausrichten", "richt", "einricht"),
        ("wie richte ich den cronjob ein", "Er wird eingerichtet.", "richt", "eingericht"),
        ("wie setz ich mein passwort zurück", "zurückzusetzen", "setz", "zuruckzusetz"),
        ("wann schaltet es sich ab, wenn niemand da ist", "abschaltet", "schalt", "abschalt"),
        ("wo meldet man sich ab und wer hilft", "abmeldet", "meld", "abmeld"),
        ("wo lade ich das programm runter", "heruntergeladen", "lad", "heruntergelad"),
    ],
)
def test_a_verb_is_joined_to_the_prefix_at_the_end(
    question: str, text: str, term: str, verb: str
) -> None:
    assert joined(question, text) == {term: {verb}}


def test_dutch_verbs_are_joined_too() -> None:
    assert joined("hoe zet ik het licht aan?", "aanzetten", "nl") == {"zet": {"aanzet"}}


@pytest.mark.parametrize(
    ("question", "text", "language"),
    [
        ("Wie richte ich ein neues Konto?", "einrichten", "de"),  # "ein" ends no clause
        ("Wie richte ich den Cronjob ein?", "ausrichten", "de"),  # no passage has the verb
        ("Richte ein", "einrichten", "de"),
        ("Hur richte jag det ein?", "einrichten", "sv"),
    ],
)
def test_other_words_are_not_joined(question: str, text: str, language: str) -> None:
    assert joined(question, text, language) == {}


@given(st.text("abein richte村ü,ⅧzZ", max_size=30))
def test_any_question_can_be_joined(question: str) -> None:
    joined(f"{question} ein", "einrichten einbauen")


def test_a_colloquial_prefix_is_another_form() -> None:
    vocabulary = Vocabulary(["heruntergelad", "herunterlad", "hinaufgelad"])
    found = vocabulary.related("runterlad", "de")
    assert found == {"herunterlad": VERB_WEIGHT, "heruntergelad": VERB_WEIGHT}


def test_a_question_with_a_separated_verb_is_answered(tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for name, text in {
        "zeiten.md": "# Zeiten\n\nDer Dienst wird in der Verwaltung eingerichtet.\n",
        "geraete.md": "# Geräte\n\nDie Antenne ist auf den Dienst zu richten, sagt die Bande.\n",
    }.items():
        (seeds / name).write_text(text, "utf-8")
    build(seeds, tmp_path / "index")
    with Searcher.open(tmp_path / "index") as searcher:
        answer = searcher.ask("wie richte ich den dienst ein")
        assert answer.quotes[0].passage.text == "Der Dienst wird in der Verwaltung eingerichtet."
        assert answer.corrected is None
