import pytest

from index.search.question.parts import split_question

TWO = [
    ("how do i install it and which python does it need",
     ["how do i install it", "which python does it need"]),
    ("How do I install uv, and which Python does it need?",
     ["How do I install uv", "which Python does it need (uv)"]),
    ("can i publish to pypi with uv and do i need a token?",
     ["can i publish to pypi with uv", "do i need a token"]),
    ("When was the castle built? Who designed it?",
     ["When was the castle built", "Who designed it (castle built)"]),
    ("how do i install uv? how do i uninstall?",
     ["how do i install uv", "how do i uninstall (uv)"]),
    ("where do i report spam & what happens then",
     ["where do i report spam", "what happens then"]),
    ("is there a dark mode and can i turn it off",
     ["is there a dark mode", "can i turn it off (dark mode)"]),
    ("who can post here and can the mods delete it",
     ["who can post here", "can the mods delete it (post)"]),
    ("wo finde ich die regeln und wie melde ich jemanden?",
     ["wo finde ich die regeln", "wie melde ich jemanden"]),
    ("¿cómo instalo uv y qué versión de python necesita?",
     ["cómo instalo uv", "qué versión de python necesita"]),
    ("comment installer uv et quelle version de python faut-il ?",
     ["comment installer uv", "quelle version de python faut-il (installer uv)"]),
    ("come installo uv e quale versione di python serve?",
     ["come installo uv", "quale versione di python serve"]),
    ("как установить uv и какой python ему нужен?",
     ["как установить uv", "какой python ему нужен (установить uv)"]),
    ("怎么安装uv，需要哪个python版本？", ["怎么安装uv", "需要哪个python版本"]),
    ("uvはどうやって入れますか？どのPythonが必要ですか？",
     ["uvはどうやって入れますか", "どのPythonが必要ですか"]),
    ("uv는 어떻게 설치하고 어떤 파이썬이 필요한가요?",
     ["uv는 어떻게 설치하고", "어떤 파이썬이 필요한가요"]),
    ("كيف أثبت uv وأي إصدار من بايثون يحتاج؟", ["كيف أثبت uv", "أي إصدار من بايثون يحتاج"]),
    ("how do i install uv, which python does it need?",
     ["how do i install uv", "which python does it need (uv)"]),
    ("where is the config stored, can i move it",
     ["where is the config stored", "can i move it (config stored)"]),
    ("was ist ein tresor und wie öffne ich den?",
     ["was ist ein tresor", "wie öffne ich den (tresor)"]),
    ("wo ist das tor und wann kann ich den hof sehen?",
     ["wo ist das tor", "wann kann ich den hof sehen"]),
    ("wo ist der server, was kostet er?", ["wo ist der server", "was kostet er (server)"]),
    ("jak zainstalować uv i ile kosztuje?",
     ["jak zainstalować uv", "ile kosztuje (zainstalować uv)"]),
    ("come installo uv e quanto costa?", ["come installo uv", "quanto costa (installo uv)"]),
    ("¿cómo instalo uv y dónde se guarda?", ["cómo instalo uv", "dónde se guarda (instalo uv)"]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "queries"), TWO)
def test_two_questions_in_one_are_split(question: str, queries: list[str]) -> None:
    assert [part.query for part in split_question(question)] == queries


@pytest.mark.parametrize(
    "question",
    [
        "what is the difference between uv and pip",
        "salt and pepper",
        "who wrote pride and prejudice",
        "when and where was he born",
        "who invented the printing press and in what year",
        "who is the man who led the army and who won the battle",
        "how can i tell who voted and when they voted",
        "what happens when i lock and when i sync",
        "what country borders France and is the largest",
        "Agassiz's approach to science combined observation and what?",
        "my build fails with exit 1. how do i fix it?",
        "In addition to Watt, Boulton, and Smeaton, whose engine was an atmosphere design?",
        "When was Michigan Network Inc. formed by Michigan's public universities?",
        "what are the rules and regulations",
        "was ist der unterschied zwischen uv und pip",
        "When the war ended, what happened?",
        "Who is the man, who was born in Rome, that led the army?",
        "What is the city, which is said to be the oldest?",
        "was glaubst du, wie lange das dauert",
        "¿Qué es Madrid, que es la capital de España?",
        "什么是uv和pip的区别",
        "is it a or b? " * 40,
    ],
)
def test_a_single_question_stays_whole(question: str) -> None:
    assert split_question(question) == ()


def test_three_questions_are_split_but_a_list_is_not() -> None:
    three = "how do i install it? does it need python 3.12? and where is the config stored?"
    assert len(split_question(three)) == 3
    assert split_question(f"{three} who made it? is it free to use?") == ()
