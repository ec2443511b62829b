import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.questions.follow_up import rewrite_follow_up
from bot.questions.follow_up_terms import find_names

SYRIA = "When could ISIS resurge in Syria?"
TEA = "How long is black tea fermented?"


@pytest.mark.parametrize(
    ("previous", "follow_up", "text"),
    [
        (SYRIA, "what about Iraq?", "When could ISIS resurge in Iraq?"),
        (SYRIA, "And Iraq?", "When could ISIS resurge in Iraq?"),
        (SYRIA, "and in Iraq?", "When could ISIS resurge in Iraq?"),
        (SYRIA, "In Iraq", "When could ISIS resurge in Iraq?"),
        (SYRIA, "How about the NATO?", "When could NATO resurge in Syria?"),
        ("How many troops left in 2018?", "and in 2019?", "How many troops left in 2019?"),
        ("How many troops left in 2018?", "2019?", "How many troops left in 2019?"),
        (TEA, "what about green tea?", "How long is green tea fermented?"),
        ("What is Trump's plan for Syria?", "and Obama's?", "What is Obama's plan for Syria?"),
        ("What is said about Syria?", "and about Iraq?", "What is said about Iraq?"),
        ("Wie lange reift Tee in China?", "und in Japan?", "Wie lange reift Tee in Japan?"),
        ("Wie lange reift Tee in China?", "Was ist mit Japan?", "Wie lange reift Tee in Japan?"),
        ("¿Cuándo volvió ISIS a Siria?", "¿y a Irak?", "¿Cuándo volvió ISIS a Irak?"),
        ("how do i run it on a mac", "and on linux?", "how do i run it on linux"),
        ("does it run on a phone", "and on a pc?", "does it run on a pc"),
        ("läuft es auf einem mac", "und auf linux?", "läuft es auf linux"),
    ],
)
def test_a_new_term_replaces_its_counterpart(previous: str, follow_up: str, text: str) -> None:
    assert rewrite_follow_up(follow_up, previous) == text


INSTALL = "how do i install it on windows?"


@pytest.mark.parametrize(
    ("previous", "follow_up", "text"),
    [
        (INSTALL, "and on linux?", "how do i install it on linux?"),
        (INSTALL, "what about mac", "how do i install it on mac?"),
        (INSTALL, "linux?", "how do i install it on linux?"),
        (INSTALL, "hi, and on linux", "how do i install it on linux?"),
        (INSTALL, "ok thanks! what about mac", "how do i install it on mac?"),
        (INSTALL, "bonjour, what about mac", "how do i install it on mac?"),
        (f"hi {INSTALL}", "and on linux?", "how do i install it on linux?"),
        (INSTALL, "great, and on linux?", "how do i install it on linux?"),
        (INSTALL, "nice and on linux?", "how do i install it on linux?"),
        ("great barrier reef for divers?", "and for swimmers?",
         "great barrier reef for swimmers?"),
        ("cool down time for bows?", "and for swords?", "cool down time for swords?"),
        ("How do I install it on Windows?", "what about mac", "How do I install it on mac?"),
        ("when is it open in june", "and in july?", "when is it open in july"),
        ("when is it open in June?", "and july?", "when is it open in july?"),
        ("when is it open on sunday?", "and saturdays?", "when is it open on saturdays?"),
        ("how much is shipping to france", "and to germany?", "how much is shipping to germany"),
        ("is it open in the winter?", "and in the summer?", "is it open in the summer?"),
        ("is parking free at the north gate?", "and at the south gate?",
         "is parking free at the south gate?"),
        ("how much is it for adults on sunday?", "for kids?", "how much is it for kids on sunday?"),
        ("wie lange ist im juni offen?", "und im juli?", "wie lange ist im juli offen?"),
        ("¿cuánto cuesta en junio?", "¿y en julio?", "¿cuánto cuesta en julio?"),
        (INSTALL, "same question but for mac", "how do i install it on mac?"),
        (INSTALL, "what if i'm on linux?", "how do i install it on linux?"),
        (INSTALL, "on linux pls", "how do i install it on linux?"),
        ("is it open in june?", "also in july then?", "is it open in july?"),
        ("what does --frozen do", "and --locked?", "what does --locked do"),
        ("how do i set UV_CACHE_DIR", "and UV_INDEX?", "how do i set UV_INDEX"),
        ("what is uv.lock", "what about pyproject.toml", "what is pyproject.toml"),
        ("what does uv sync do?", "and uv lock", "what does uv lock do?"),
        ("how to install it on mac", "and to upgrade?",
         "how to install it on mac? and to upgrade?"),
    ],
)  # fmt: skip
def test_follow_ups_in_lower_case_are_understood(previous: str, follow_up: str, text: str) -> None:
    assert rewrite_follow_up(follow_up, previous) == text


@pytest.mark.parametrize(
    ("previous", "follow_up"),
    [
        (SYRIA, "Why?"),
        (SYRIA, "why is that?"),
        (SYRIA, "For how long?"),
        (SYRIA, "and then?"),
        (TEA, "what about coffee?"),
        ("Wie lange reift Tee?", "Warum?"),
        ("Wann ist das Treffen?", "wo denn"),
        (TEA, "any example?"),
        (TEA, "link?"),
        ("Wie lange reift Tee?", "mehr details"),
        ("how do i join?", "and as a company?"),
        ("when is the next event?", "and the one after that?"),
        ("como creo una encuesta?", "y borrarla?"),
        ("Wie lösche ich eine Rolle?", "warum geht das nicht"),
        ("Muss ich mich anmelden?", "ab wann?"),
        ("Muss ich mich anmelden?", "und danach?"),
        ("Was ist bei Regen?", "und wenn es schneit?"),
        ("how do i join?", "and after that"),
        ("how do i join?", "and if i am ill?"),
        ("how do i join?", "anything else?"),
        ("how much is a key?", "why so expensive?"),
    ],
)
def test_other_follow_ups_are_appended_to_the_question(previous: str, follow_up: str) -> None:
    assert rewrite_follow_up(follow_up, previous) == f"{previous} {follow_up}"


@pytest.mark.parametrize(
    ("previous", "follow_up", "text"),
    [
        (TEA, "Is it healthy?", "Is it healthy (black tea fermented)"),
        (
            "how do i add a dependency?",
            "and how do i remove it?",
            "how do i remove it (dependency)",
        ),
        ("how do i install uv", "and how to update it", "how to update it (uv)"),
        (
            "wie installiere ich uv",
            "und wie aktualisiere ich es?",
            "wie aktualisiere ich es (uv)",
        ),
        ("how do i set up a bot", "is that free?", "is that free (bot)"),
        ("what is floodgate", "do i need that for java", "do i need that for java (floodgate)"),
        (
            "wann beginnt das training",
            "wie lange dauert es",
            "wie lange dauert es (beginnt training)",
        ),
        (SYRIA, "How many fighters do they have?", "How many fighters do they have? (ISIS, Syria)"),
        ("Who is Ann Lee?", "What did she write?", "What did she write? (Ann Lee)"),
        ("Who is Ann Lee?", "In which year was that?", "In which year was that? (Ann Lee)"),
    ],
)
def test_a_pronoun_brings_the_names_along(previous: str, follow_up: str, text: str) -> None:
    assert rewrite_follow_up(follow_up, previous) == text


@pytest.mark.parametrize(
    ("previous", "follow_up", "text"),
    [
        ("how do i add a dependency?", "and remove one?", "how do i remove a dependency?"),
        ("how to add a user", "delete them", "how to delete a user"),
        (INSTALL, "no, on linux", "how do i install it on linux?"),
        (INSTALL, "i meant on mac", "how do i install it on mac?"),
        ("what does --frozen do", "--locked", "what does --locked do"),
    ],
)
def test_another_verb_or_a_correction_is_understood(
    previous: str, follow_up: str, text: str
) -> None:
    assert rewrite_follow_up(follow_up, previous) == text


@pytest.mark.parametrize(
    ("previous", "follow_up", "text"),
    [
        ("was ist ein tresor", "wozu brauche ich den", "wozu brauche ich den (tresor)"),
        ("was kostet die karte", "wo bekomme ich die her?",
         "wo bekomme ich die her (kostet karte)"),
        ("wie hoch ist der beitrag", "und wann muss ich den bezahlen",
         "wann muss ich den bezahlen (hoch beitrag)"),
        ("wo finde ich die rollen", "und wie lösche ich die", "wie lösche ich die (rollen)"),
        ("Was ist ein Tresor?", "Wie lege ich den an?", "Wie lege ich den an? (Tresor)"),
    ],
)  # fmt: skip
def test_a_german_article_without_a_noun_is_a_pronoun(
    previous: str, follow_up: str, text: str
) -> None:
    assert rewrite_follow_up(follow_up, previous) == text


@pytest.mark.parametrize(
    ("previous", "follow_up", "text"),
    [
        ("Wie ändere ich mein Kennwort?", "und auf dem Handy?",
         "Wie ändere ich mein Kennwort? und auf dem Handy?"),
        ("Wie hoch ist der Beitrag?", "und für Kinder?",
         "Wie hoch ist der Beitrag? und für Kinder?"),
        ("Wie hoch ist der Beitrag pro Jahr?", "und pro Monat?",
         "Wie hoch ist der Beitrag pro Monat?"),
        ("Was kostet der Tee?", "und das Wasser?", "Was kostet das Wasser?"),
        ("Wie lange reift der Tee im Fass?", "und die Milch?",
         "Wie lange reift die Milch im Fass?"),
        ("kann ich mit karte zahlen", "und mit gutschein?", "kann ich mit gutschein zahlen"),
    ],
)  # fmt: skip
def test_a_german_noun_replaces_only_its_counterpart(
    previous: str, follow_up: str, text: str
) -> None:
    assert rewrite_follow_up(follow_up, previous) == text


def test_a_pronoun_without_a_subject_to_refer_to_stands_alone() -> None:
    assert rewrite_follow_up("how do i update it", "how do i install it") is None


@pytest.mark.parametrize(
    ("previous", "follow_up"),
    [
        ("how do i install uv", "how do i create a poll and how long does it run"),
        ("wie lösche ich die app", "wie erstelle ich eine umfrage und wie lange läuft sie"),
    ],
)
def test_two_questions_in_one_stand_alone(previous: str, follow_up: str) -> None:
    assert rewrite_follow_up(follow_up, previous) is None


@pytest.mark.parametrize(
    "follow_up",
    [
        "What did Trump say about the wall?",
        "How many fighters does ISIS have?",
        "Did Trump say that he would leave?",
        "Is it true that coffee grows in Peru?",
        "Where does coffee grow?",
        "Which countries have joined since 2019?",
    ],
)
def test_a_question_with_its_own_subject_stands_alone(follow_up: str) -> None:
    assert rewrite_follow_up(follow_up, SYRIA) is None


def test_a_long_or_empty_previous_text_is_ignored() -> None:
    assert rewrite_follow_up("what about Iraq?", "word " * 100) is None
    assert rewrite_follow_up("what about Iraq?", "") is None


def test_a_chain_of_follow_ups_keeps_the_subject() -> None:
    first = rewrite_follow_up("what about Iraq?", SYRIA)
    assert first is not None
    assert rewrite_follow_up("and in Turkey?", first) == "When could ISIS resurge in Turkey?"


def test_names_include_people_places_years_and_quotations() -> None:
    question = "What did Trump's envoy to the Islamic State say in 2018 of “safe zones”?"
    assert find_names(question) == ["Trump", "Islamic State", "2018", "“safe zones”"]


@given(st.text(max_size=80), st.text(max_size=80))
def test_every_character_comes_from_a_member(follow_up: str, previous: str) -> None:
    query = rewrite_follow_up(follow_up, previous)
    assert query is None or set(query) <= set(f"{follow_up} {previous}") | set("?(), ")


@pytest.mark.parametrize(
    ("previous", "follow_up", "query"),
    [
        ("how do i set the port", "and the host?", "how do i set the host"),
        ("what is a vault", "what about a note", "what is a note"),
        ("wie setze ich den port", "und die adresse?", "wie setze ich die adresse"),
        ("cómo cambio el puerto", "y la dirección?", "cómo cambio la dirección"),
        ("cómo instalo uv en windows", "¿qué tal en mac?", "cómo instalo uv en mac"),
        ("wie lösche ich einen beitrag", "und wie bearbeite ich einen?",
         "wie bearbeite ich einen (beitrag)"),
        ("how do i set the port of the server", "and the host?",
         "how do i set the port of the server? and the host?"),
    ],
)  # fmt: skip
def test_a_term_with_its_article_replaces_another(
    previous: str, follow_up: str, query: str
) -> None:
    assert rewrite_follow_up(follow_up, previous) == query


MAC = "how do i install it on mac"


@pytest.mark.parametrize(
    ("previous", "follow_up", "query"),
    [
        ("how do i install mods for forge?", "and fabric?", "how do i install mods for fabric?"),
        ("how do i install mods for Forge?", "and fabric?", "how do i install mods for fabric?"),
        ("where do i put plugins", "and config files?", "where do i put config files"),
        ("how do i craft a sword", "what about armor", "how do i craft armor"),
        ("how do i reset my password", "and username", "how do i reset my username"),
        ("is it ok to post memes", "and links?", "is it ok to post links"),
        ("can i bring dogs", "and cats?", "can i bring cats"),
        ("how do bedrock players join", "and java players?", "how do java players join"),
        ("how much is the team plan?", "and the pro one?", "how much is the pro plan?"),
        ("how do i test react components", "and vue ones?", "how do i test vue components"),
        ("is the game free", "and the dlc?", "is the dlc free"),
        ("what does /kick do", "and /ban?", "what does /ban do"),
        ("what's new in v2.0", "v2.1?", "what's new in v2.1"),
        ("wie hoch ist die miete in berlin", "und hamburg?", "wie hoch ist die miete in hamburg"),
        ("wo finde ich regeln", "und rollen?", "wo finde ich rollen"),
        ("cómo cambio mi nombre", "y contraseña?", "cómo cambio mi contraseña"),
        ("comment installer sur windows", "et sur linux ?", "comment installer sur linux"),
        ("how many days do i get", "and sick leave?", "how many days do i get? and sick leave?"),
        ("what is the best sword in the game", "and armor?",
         "what is the best sword in the game? and armor?"),
        ("when is it open in june", "and pools?", "when is it open in june? and pools?"),
        ("how do i install uv?", "how about windows", "how do i install uv? how about windows"),
    ],
)  # fmt: skip
def test_a_term_in_lower_case_replaces_the_one_asked_about(
    previous: str, follow_up: str, query: str
) -> None:
    assert rewrite_follow_up(follow_up, previous) == query


@pytest.mark.parametrize(
    "follow_up",
    [
        "wbu windows", "hbu windows?", "& windows?", "n windows", "i'm on windows", "im on windows",
        "ok, but i use windows", "i have windows", "no i meant windows",
        "is it the same on windows?", "does that work on windows too?",
        "does the same apply to windows",
    ],
)  # fmt: skip
def test_another_system_in_other_words_is_understood(follow_up: str) -> None:
    assert rewrite_follow_up(follow_up, MAC) == "how do i install it on windows"


@pytest.mark.parametrize(
    "follow_up",
    [
        "und wie siehts mit linux aus?", "wie sieht's bei linux aus", "geht das auch unter linux?",
        "gilt das auch für linux?", "ich nutze linux", "nutze linux",
    ],
)  # fmt: skip
def test_another_system_in_german_is_understood(follow_up: str) -> None:
    previous = "wie starte ich es unter windows"
    assert rewrite_follow_up(follow_up, previous) == "wie starte ich es unter linux"


def test_the_version_of_a_system_goes_with_it() -> None:
    question = "does it run on windows 10?"
    assert rewrite_follow_up("windows 11?", question) == "does it run on windows 11?"
    assert rewrite_follow_up("linux?", question) == "does it run on linux?"
