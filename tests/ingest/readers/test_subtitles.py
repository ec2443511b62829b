import pytest
from hypothesis import given

from index.errors import ReadError
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.readers.subtitles import read_subtitles
from tests.support.format_files import block_texts, sections
from tests.support.fuzz import assert_parses_or_rejects, few_examples, mutations

TALK = """1
00:00:01,000 --> 00:00:04,000
Welcome to the lock. It was
<i>built</i> in 1901 &amp; opens

2
00:00:04,500 --> 00:00:06,000
{\\an8}at nine o'clock.

3
00:00:06,500 --> 00:00:08,000
[Music]

4
01:02:03,000 --> 01:02:05,500
Boats pay 5 €.
"""
INTERVIEW = """WEBVTT - Talking about the lock
Kind: captions
Language: en

STYLE
::cue { color: lime }

NOTE The first speaker is the keeper.

intro
00:01.000 --> 00:04.000 align:right size:50%
<v Ada Reed>Who may come in?

00:04.000 --> 00:06.000
<v.loud Tom>Everybody <00:05.000><c.red>may.</c></v>
"""
ROLLING = """WEBVTT

00:00:01.000 --> 00:00:03.000
so<00:00:02.000><c> the lock</c>

00:00:03.000 --> 00:00:03.010
so the lock

00:00:03.010 --> 00:00:05.000
so the lock
opens at<00:00:04.000><c> nine</c>

00:00:07.000 --> 00:00:08.000
opens at nine
"""


def test_sentences_go_on_over_cues_and_begin_at_a_time() -> None:
    for text in (TALK, "\ufeff" + TALK.replace("\n", "\r\n")):
        document = read_subtitles(text.encode())
        assert block_texts(document) == [
            "Welcome to the lock. It was built in 1901 & opens at nine o'clock.",
            "Boats pay 5 €.",
        ]
        assert sections(document) == ["0:01", "1:02:03"]


def test_speakers_title_and_language_are_read() -> None:
    document = read_subtitles(INTERVIEW.encode())
    assert block_texts(document) == ["Ada Reed: Who may come in?", "Tom: Everybody may."]
    assert document.metadata == ParsedMetadata(title="Talking about the lock", language="en")


def test_lines_that_roll_are_read_once() -> None:
    assert block_texts(read_subtitles(ROLLING.encode())) == [
        "so the lock opens at nine opens at nine"
    ]


@pytest.mark.parametrize(("end", "count"), [(".", 3), ("", 2)])
def test_long_speeches_are_cut_between_cues(end: str, count: int) -> None:
    cue = "{0}\n00:00:{0:02},000 --> 00:00:{0:02},900\n{1}"
    lines = [
        f"Lock {n} was built in 1901 and painted nine times since then{end}" for n in range(25)
    ]
    cues = "\n\n".join(cue.format(number, line) for number, line in enumerate(lines))
    texts = block_texts(read_subtitles(cues.encode()))
    assert len(texts) == count
    assert " ".join(texts) == " ".join(lines)


@pytest.mark.parametrize("data", [b"WEBVTT\n", b"Just a text.\n\nWithout times.", b"\n"])
def test_files_without_times_are_rejected(data: bytes) -> None:
    with pytest.raises(ReadError):
        read_subtitles(data)


@few_examples
@given(mutations(INTERVIEW.encode()))
def test_mutated_files_parse_or_raise_read_error(data: bytes) -> None:
    assert_parses_or_rejects(read_subtitles, data)
