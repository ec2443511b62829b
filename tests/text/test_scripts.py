import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.text.folding import fold
from index.text.language import detect_language, has_letter_of
from index.text.sentences import sentence_spans
from index.text.tokenize import terms

SAMPLES: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("script_samples.toml").read_text("utf-8")
)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("bn", "বাংলাদেশের রাজধানী", ["বাংলাদেশের", "রাজধানী"]),
        ("mr", "भारताची राजधानी", ["भारताची", "राजधानी"]),
        ("te", "భారత రాజధాని", ["భారత", "రాజధాని"]),
        ("kn", "ಭಾರತದ ರಾಜಧಾನಿ", ["ಭಾರತದ", "ರಾಜಧಾನಿ"]),
        ("or", "ଭାରତର ରାଜଧାନୀ", ["ଭାରତର", "ରାଜଧାନୀ"]),
        ("gu", "ભારતની રાજધાની", ["ભારતની", "રાજધાની"]),
        ("bo", "བོད་ཡིག", ["བོད", "ཡིག"]),
        ("th", "วิกฤตน้ำ", ["วิก", "กฤ", "ฤต", "ตน้ํา"]),
        ("km", "ប្រទេសខ្មែរ", ["ប្រទេ", "ទេស", "សខ្មែ", "ខ្មែរ"]),
        ("my", "ရန်ကုန်။", ["ရန်", "န်ကု", "ကုန်"]),
        ("ja", "東京・大阪", ["東京", "大阪"]),
    ],
)
def test_marks_stay_with_their_letters(language: str, text: str, expected: list[str]) -> None:
    assert terms(text, language) == expected


def test_hindi_words_are_stemmed_whole() -> None:
    assert terms("भारत की राजधानियों", "hi") == terms("भारत की राजधानी", "hi")
    assert len(terms("भारत की राजधानी", "hi")) == 3


@pytest.mark.parametrize(
    ("language", "spelling", "other"),
    [
        ("vi", unicodedata.normalize("NFD", "Tiếng Việt"), "Tiếng Việt"),
        ("ko", unicodedata.normalize("NFD", "도서관"), "도서관"),
        ("en", "ｕｖ　ｌｏｃｋ　２０２６", "uv lock 2026"),
        ("ja", "ﾃﾞｰﾀ", "データ"),
        ("he", "שָׁלוֹם", "שלום"),
        ("he", "צה״ל", 'צה"ל'),
        ("ar", "مُحَمَّـــد", "محمد"),
        ("ar", "کتاب", "كتاب"),
        ("fa", "می‌روم", "میروم"),
        ("fa", "كتابخانه", "کتابخانه"),
        ("fa", "۱۴۰۳", "1403"),
        ("hi", "ज़मीन", "जमीन"),
        ("hi", "पाँच", "पांच"),
        ("ne", "१९९०", "1990"),
        ("th", "พ.ศ. ๒๕๖๓", "พ.ศ. 2563"),
        ("my", "၁၉၄၈", "1948"),
        ("si", "ශ්‍රී", "ශ්රී"),
        ("ml", "മലയാളത്തില്‍", "മലയാളത്തിൽ"),
        ("hy", "Ինչպե՞ս", "Ինչպես"),
        ("am", "ኃይለ ሥላሴ", "ሀይለ ስላሴ"),
        ("ka", "ᲗᲑᲘᲚᲘᲡᲘ", "თბილისი"),
        ("tr", "İSTANBUL IŞIK", "istanbul ışık"),
        ("ru", "за́мок", "замок"),
        ("el", "ΑΘΗΝΑΣ", "αθηνας"),
    ],
)
def test_spellings_of_a_word_have_the_same_terms(language: str, spelling: str, other: str) -> None:
    assert terms(spelling, language) == terms(other, language)


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("도서관에서", "도서관은"),
        ("책을", "책은"),
        ("서울까지", "서울에서부터"),
        ("학생들의", "학생"),
    ],
)
def test_korean_particles_are_removed(word: str, other: str) -> None:
    assert terms(word, "ko") == terms(other, "ko")


def test_korean_words_are_found_inside_compounds() -> None:
    assert set(terms("열차", "ko")) <= set(terms("야간열차가", "ko"))


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("km", "ស្ពានចាស់។ ស្ពានថ្មី។"),
        ("bo", "ཟམ་པ་རྙིང་པ་ཡིན། གསར་པ་ཡོད།།"),
        ("my", "တံတား ဟောင်းသည်။ အသစ် ရှိသည်။"),
        ("am", "ድልድዩ አሮጌ ነው። የት ነው፧"),
        ("ur", "پل پرانا ہے۔ کہاں ہے؟"),
        ("hy", "Կամուրջը հին է։ Որտե՞ղ է։"),
        ("bn", "সেতুটি পুরনো। এটি কোথায়?"),
        ("el", "Πού είναι; Είναι νέα."),
        ("ja", "橋は古い。どこにある？"),
        ("si", "පාලම පැරණියි. එය කොහේද?"),
        ("th", "รถออก 22:40 น. จากสถานี. รถถึงตอนเช้า"),
    ],
)
def test_two_sentences_are_split_at_the_mark_of_the_script(language: str, text: str) -> None:
    assert len(sentence_spans(text, 0, len(text), language)) == 2


@pytest.mark.parametrize("name", SAMPLES)
def test_the_language_of_each_sample_is_named(name: str) -> None:
    sample = SAMPLES[name]
    language = sample.get("language", name)
    assert detect_language("\n\n".join(sample["passages"])) == language


@pytest.mark.parametrize("name", SAMPLES)
def test_the_script_of_each_sample_is_known(name: str) -> None:
    sample = SAMPLES[name]
    language = sample.get("language", name)
    assert all(has_letter_of(question, [language]) for question in sample["questions"])
    assert not has_letter_of(sample["questions"][0], ["chr"]) or language in {"en", "vi", "tr"}


@given(st.text(max_size=200), st.sampled_from(["en", "fa", "ar", "tr", "hi", "ko", "xx"]))
def test_folding_twice_changes_nothing_more(text: str, language: str) -> None:
    once = fold(text, language)
    assert terms(once, language) == terms(fold(once, language), language)


def test_digits_newer_than_python_are_words_of_their_own() -> None:
    assert len(terms("\U00010d40", "en")) == 1
