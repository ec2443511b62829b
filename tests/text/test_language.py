import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.language import detect_language, plausible_languages

ENGLISH = "The committee said on Tuesday that the bridge would be closed until the end of the year."
SAMPLES = {
    "en": ENGLISH,
    "de": "Der Ausschuss teilte am Dienstag mit, dass die Brücke bis zum Jahr 2031 gesperrt ist.",
    "fr": "La commission a annoncé mardi que le pont resterait fermé jusqu'à la fin de l'année.",
    "es": "La comisión anunció el martes que el puente permanecerá cerrado hasta finales de año.",
    "ru": "Комиссия сообщила во вторник, что мост будет закрыт до конца года из-за ремонта опор.",
    "uk": "Комісія повідомила у вівторок, що міст буде закрито до кінця року через ремонт опор.",
    "ar": "أعلنت اللجنة يوم الثلاثاء أن الجسر سيبقى مغلقا حتى نهاية العام بسبب أعمال الصيانة.",
    "fa": "این کمیته روز سه‌شنبه اعلام کرد که پل تا پایان سال به دلیل تعمیرات بسته خواهد ماند.",
    "hi": "समिति ने मंगलवार को कहा कि मरम्मत के कारण पुल साल के अंत तक बंद रहेगा और यातायात दूसरी ओर जाएगा।",
}
SHORT = {
    "zh": "石油危机",
    "ja": "石油の危機について",
    "ko": "석유 위기",
    "th": "วิกฤตการณ์น้ำมัน",
    "el": "Η κρίση",
    "he": "משבר הנפט",
    "ru": "Кризис",
    "ka": "ნავთობი",
}


@pytest.mark.parametrize(("language", "text"), SAMPLES.items())
def test_prose_is_detected(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(("language", "text"), SHORT.items())
def test_a_script_decides_even_with_few_letters(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize("text", ["", "   ", "42", "Qx", "KTLA", "😀 ... !?", "Bonjour"])
def test_unclear_text_is_taken_for_english(text: str) -> None:
    assert detect_language(text) == "en"


def test_chinese_prose_may_contain_kana() -> None:
    assert (
        detect_language(
            "昨天，政府宣布了新的经济措施，记者在东京的の餐厅采访了专家，专家表示支持。"
        )
        == "zh"
    )


@pytest.mark.parametrize("language", ["de", "en", "es"])
def test_documentation_may_have_more_code_than_text(language: str) -> None:
    code = "docker compose exec mysql-server mysqldump --all-databases > backup.sql\n" * 2
    assert detect_language(f"{SAMPLES[language]}\n\n```bash\n{code}```\n") == language


def test_english_prose_may_contain_foreign_words() -> None:
    assert detect_language(ENGLISH + " Its motto is “Москва” and 東京.") == "en"


def test_english_may_have_a_foreign_title() -> None:
    assert detect_language("Die Brücke\n\n" + ENGLISH * 3) == "en"


@given(st.text(max_size=300))
def test_every_text_always_gets_the_same_code(text: str) -> None:
    assert detect_language(text) == detect_language(text)
    assert 2 <= len(detect_language(text)) <= 3


@pytest.mark.parametrize(
    ("text", "languages", "plausible"),
    [
        ("how do i upload a file", "de en es", "en"),
        ("wie lade ich eine datei hoch", "de en es", "de"),
        ("cómo subo un archivo", "de en es", "es"),
        ("how do i upload a file", "en zh", "en"),
        ("怎么上传文件", "de en zh", "zh"),
        ("सभासद किती पुस्तके नेऊ शकतात?", "en hi mr", "hi mr"),
        ("как загрузить файл", "de en", "de en"),
        ("404", "de en", "de en"),
    ],
)
def test_a_question_is_in_one_of_the_languages_of_the_articles(
    text: str, languages: str, plausible: str
) -> None:
    assert plausible_languages(text, languages.split()) == {*plausible.split()}
