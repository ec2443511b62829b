import codecs
import contextlib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.parsing.encoding import decode

FRENCH = (
    "Le président a déclaré hier que la réforme des retraites serait adoptée avant l'été, malgré "
    "les manifestations. Où étaient les députés ? À l'Élysée, bien sûr."
)
GERMAN = "Die Straße führt über die Brücke nach München, wo es schön ist. Größe und Höhe zählen."
POLISH = (
    "Zażółć gęślą jaźń. Wczoraj prezydent ogłosił, że wybory odbędą się w październiku. Ludzie "
    "czekają na źródła informacji."
)
CZECH = "Včera prezident oznámil, že volby se budou konat v říjnu, a lidé žluťoučce úpěli ódy."
TURKISH = "Dün hükümet yeni önlemler açıkladı; İstanbul halkı şaşkın, çünkü yağış bekleniyordu."
RUSSIAN = (
    "Комиссия сообщила во вторник, что мост будет закрыт до конца года из-за ремонта опор. "
    "Движение пойдёт в объезд, и жители соседних районов этим недовольны."
)
GREEK = "Η Αθήνα είναι η πρωτεύουσα της Ελλάδας. Χθες η κυβέρνηση ανακοίνωσε νέα μέτρα."
HEBREW = "ירושלים היא בירת ישראל והעיר הגדולה ביותר בה. אתמול הודיעה הממשלה על צעדים חדשים."
JAPANESE = "これは日本語の文章です。東京は日本の首都であり、昨日、政府は新しい政策を発表しました。"
KOREAN = "서울은 대한민국의 수도이며 세계에서 가장 큰 도시 중 하나입니다. 어제 정부가 발표했다."
CHINESE = "委员会星期二表示，由于维修桥墩，大桥将关闭到年底，车辆需要绕行，附近居民对此十分不满。"

TAIWANESE = "委員會星期二表示，由於維修橋墩，大橋將關閉到年底，車輛需要繞行，附近居民對此十分不滿。"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("The café on Main Street opens at 8.", "cp1252"),
        ("He said “yes” – and left. It’s true.", "cp1252"),
        (FRENCH, "latin-1"),
        (FRENCH, "mac_roman"),
        (GERMAN, "cp1252"),
        (POLISH, "cp1250"),
        (POLISH, "iso8859_2"),
        (CZECH, "cp1250"),
        (TURKISH, "cp1254"),
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8_r"),
        (RUSSIAN, "cp866"),
        (GREEK, "iso8859_7"),
        (HEBREW, "cp1255"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (JAPANESE, "iso2022_jp"),
        (KOREAN, "euc_kr"),
        (CHINESE, "gb18030"),
        (TAIWANESE, "big5"),
    ],
)
def test_detects_legacy_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(
    ("mark", "encoding"),
    [
        (codecs.BOM_UTF8, "utf-8"),
        (codecs.BOM_UTF16_LE, "utf-16-le"),
        (codecs.BOM_UTF16_BE, "utf-16-be"),
        (codecs.BOM_UTF32_LE, "utf-32-le"),
        (codecs.BOM_UTF32_BE, "utf-32-be"),
    ],
)
def test_byte_order_mark_sets_encoding_and_is_removed(mark: bytes, encoding: str) -> None:
    assert decode(mark + "Zoë 😀\r\n".encode(encoding)) == "Zoë 😀\r\n"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file is empty (0 bytes)"),
        (b" \r\n\t", "the file is empty (4 bytes)"),
        (codecs.BOM_UTF8 + b"\n", "only white space"),
        (b"%PDF-1.7\n...", "a PDF"),
        (b"PK\x03\x04abc", "a zip archive"),
        (b"\x89PNG\r\n\x1a\n", "a PNG picture"),
        (b"abc\x00def", "a NUL byte at byte 3"),
        (b"\x01\x02\x03 abc \x04\x05", "binary: 5 of 10 characters"),
        (codecs.BOM_UTF16_LE + b"a\x00b", "its byte order mark says UTF-16-LE, but byte 2"),
        ("Příliš žluťoučký kůň. ".encode() + b"\n\xe9t\xe9", "at byte 32, line 2 (0xe9)"),
        (b"ok\n\x9d\x81\x8d", "at byte 3, line 2 (0x9d)"),
        (b"\xe9", "at byte 0, line 1 (0xe9)"),
        (GREEK[:9].encode("iso8859_7"), "no other encoding is certain"),
    ],
)
def test_rejects_what_is_not_text_and_says_why(data: bytes, message: str) -> None:
    with pytest.raises(ReadError) as caught:
        decode(data)
    assert message in str(caught.value)
    assert "expected text in UTF-8" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_line_ends_are_kept() -> None:
    assert decode(b"a\r\nb\rc\nd") == "a\r\nb\rc\nd"


@given(st.text(min_size=1).filter(str.strip))
def test_utf8_text_is_kept_or_rejected_never_changed(text: str) -> None:
    try:
        assert decode(text.encode()) in {text, text.removeprefix("\ufeff")}
    except ReadError:
        assert any(not c.isprintable() for c in text) or text.startswith("{\\rtf")


@given(st.binary(max_size=300))
@example(b"\x80")
@example(b"\xa0")  # a no-break space in Windows-1252
@example(b"\x1b$B\xff")
@example(b"\xff\xfe\x00\xd8")
def test_any_bytes_are_text_or_a_read_error(data: bytes) -> None:
    with contextlib.suppress(ReadError):
        assert decode(data).strip()


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [FRENCH, RUSSIAN, f"{CHINESE}\n\n{CHINESE}\n\n1 2 3 4 5 6"])
def test_utf16_without_a_mark_is_recognized(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_mark_that_a_program_wrote_twice_is_no_text() -> None:
    assert decode(codecs.BOM_UTF8 * 2 + FRENCH.encode()) == FRENCH


def test_few_nuls_are_left_out_of_a_repaired_text() -> None:
    data = FRENCH.encode().replace(b"pr", b"p\0r", 1)
    assert decode(data, repair=True) == FRENCH
    with pytest.raises(ReadError, match="a NUL byte at byte 4"):
        decode(data)
