"""Read subtitles and transcripts of talks (SubRip, WebVTT): what is said becomes paragraphs.

The section of each is the time at which it begins, so that a citation leads to the place.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from index.errors import ReadError
from index.ingest.parsing.builder import DocumentBuilder
from index.ingest.parsing.document import ParsedDocument, ParsedMetadata
from index.ingest.parsing.encoding import decode
from index.ingest.parsing.heuristics import ends_sentence
from index.ingest.parsing.normalize import clean_line, clean_value, language_code

_TIME = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_SPEAKER = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^>]+)>")
_MARKUP = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_SOUND = re.compile(r"\s*(?:\[[^\[\]]*\]|♪.*)\s*")  # [Music]
_TITLE = re.compile(r"WEBVTT[ \t]+(?!FILE$)(?:-[ \t]*)?(\S.*)", re.MULTILINE)
_LANGUAGE = re.compile(r"^Language:[ \t]*(\S+)", re.MULTILINE)
_MAX_ROLLING_SECONDS = 0.1  # between cues that show a line again
_MIN_PAUSE_SECONDS = 3.0  # between paragraphs
_MIN_PARAGRAPH_CHARS = 500  # before one may end with a sentence
_MAX_PARAGRAPH_CHARS = 1_000  # of captions without punctuation


@dataclass(frozen=True, slots=True)
class Cue:
    """The lines shown from one time to another, in seconds, and who speaks, if it says so."""

    start: float
    end: float
    lines: tuple[str, ...]
    speaker: str | None = None


def read_subtitles(data: bytes) -> ParsedDocument:
    """Parse a file of subtitles. Raises ReadError if it has none."""
    text = "\n".join(decode(data).splitlines())
    blocks = _BLANK_LINES.split(text)
    cues = [*_without_repeated_lines(filter(None, map(_cue, blocks)))]
    if not cues:
        raise ReadError("contains no subtitles with times; save it as .srt or .vtt again")
    builder = DocumentBuilder()
    for paragraph in _paragraphs(cues):
        builder.section = _clock(paragraph[0].start)
        builder.add_paragraph(_spoken(paragraph))
    title, language = _TITLE.match(blocks[0]), _LANGUAGE.search(blocks[0])
    metadata = ParsedMetadata(
        title=clean_value(title[1]) if title else None,
        language=language_code(language[1]) if language else None,
    )
    return builder.build(metadata)


def _cue(block: str) -> Cue | None:
    """Parse a cue; None for a header, styles and comments, and for music."""
    lines = block.split("\n")
    timings = [_TIMING.fullmatch(line) for line in lines[:2]]  # behind a number or a name
    timing = next(filter(None, timings), None)
    if timing is None:
        return None
    below = lines[timings.index(timing) + 1 :]
    shown = (clean_line(html.unescape(_MARKUP.sub("", line))) for line in below)
    texts = tuple(line for line in shown if line and not _SOUND.fullmatch(line))
    speaker = _SPEAKER.search(block)
    name = clean_line(html.unescape(speaker[1])) if speaker else None
    parts = timing.groups("0")
    return Cue(_seconds(parts[:4]), _seconds(parts[4:]), texts, name) if texts else None


def _seconds(parts: Sequence[str]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours) * 3_600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _without_repeated_lines(cues: Iterable[Cue]) -> Iterator[Cue]:
    """Yield the cues without first lines that the one before ends with: captions may roll."""
    last = Cue(-1, -1, ("",))
    for cue in cues:
        rolls = cue.start - last.end <= _MAX_ROLLING_SECONDS and cue.lines[0] == last.lines[-1]
        last = cue
        if lines := cue.lines[rolls:]:
            yield replace(cue, lines=lines)


def _paragraphs(cues: Iterable[Cue]) -> Iterator[Sequence[Cue]]:
    """Yield the cues of each paragraph."""
    paragraph: list[Cue] = []
    for cue in cues:
        if paragraph and _begins_paragraph(cue, paragraph):
            yield paragraph
            paragraph = []
        paragraph.append(cue)
    yield paragraph


def _begins_paragraph(cue: Cue, paragraph: Sequence[Cue]) -> bool:
    """Return whether a cue begins a paragraph: somebody else speaks, or a sentence has ended."""
    last, text = paragraph[-1], _spoken(paragraph)
    if cue.speaker != last.speaker or len(text) > _MAX_PARAGRAPH_CHARS:
        return True
    is_long = len(text) >= _MIN_PARAGRAPH_CHARS
    return ends_sentence(text) and (is_long or cue.start - last.end >= _MIN_PAUSE_SECONDS)


def _spoken(paragraph: Sequence[Cue]) -> str:
    text = " ".join(line for cue in paragraph for line in cue.lines)
    speaker = paragraph[0].speaker
    return f"{speaker}: {text}" if speaker else text


def _clock(seconds: float) -> str:
    minutes, second = divmod(int(seconds), 60)
    hour, minute = divmod(minutes, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"
