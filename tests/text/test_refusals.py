import pytest

from bot.text.curator_messages import CuratorMessages
from bot.text.refusals import translate_reason
from bot.text.translator import catalogue_for
from index.errors import ReadError
from index.ingest.formats import parse
from tests.text.test_messages import LANGUAGES, locale_of

ENGLISH = CuratorMessages()
BAD_FILES = [
    ("a.exe", b"MZ", "reason_unsupported"),
    ("a.doc", b"MZ", "reason_save_as"),
    ("empty.txt", b" ", "reason_empty"),
    ("empty.md", b"---\ntitle: Tea\n---\n", "reason_empty"),
    ("binary.txt", b"\x00\x01\x02 text", "reason_not_text"),
    ("picture.txt", b"\x89PNG 12", "reason_not_text"),
    ("broken.pdf", b"no PDF at all", "reason_damaged"),
    ("broken.docx", b"no Word document", "reason_damaged"),
    ("broken.epub", b"PK\x03\x04 nothing", "reason_damaged"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("name", "content", "expected"), BAD_FILES)
def test_reasons_are_translated(language: str, name: str, content: bytes, expected: str) -> None:
    messages = CuratorMessages(catalogue_for(locale_of(language)))
    with pytest.raises(ReadError) as raised:
        parse(name, content)
    reason = str(raised.value)
    assert translate_reason(reason, ENGLISH) == reason
    translated = translate_reason(reason, messages)
    assert translated.startswith(getattr(messages, expected).partition("{")[0])


def test_an_unknown_reason_stays_english() -> None:
    messages = CuratorMessages(catalogue_for(locale_of("de")))
    assert translate_reason("something else", messages) == "something else"
