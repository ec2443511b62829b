"""Recognize publisher, title, author and date in the first paragraphs of a plain text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.heuristics import (
    byline_author,
    date_part,
    is_caption,
    is_headline,
    is_page_furniture,
    is_title,
)
from index.ingest.parsing.normalize import words_of

_MAX_PUBLISHER_CHARS = 40
_PUBLISHER = re.compile(
    r"[A-Z]{2,6}\d{0,2}\Z"  # KTLA, CNN, FOX31
    r"|.*\.(?:com|org|net|co\.uk|de|fr|es|info|news)\Z"
    r"|.*\b(?:News|Times|Post|Press|Herald|Tribune|Journal|Gazette|Chronicle|Observer|Guardian|"
    r"Telegraph|Daily|Weekly|Magazine|Reuters|Examiner|Inquirer|Dispatch|Courier|Zeitung|Spiegel|"
    r"Monde|Figaro|País)\b"
)
_SUBJECT_CHARS = 80  # in which prose names its subject
_NAME_CONNECTORS = {"and", "by", "con", "di", "et", "par", "por", "und", "von", "with", "y"}
_MIN_CAPITALIZED_CHARS = 4  # title case leaves shorter words in lower case


@dataclass(frozen=True, slots=True)
class Byline:
    """Numbers of the paragraphs that form an article's head, and the metadata they give.

    ``title`` is the number of the title's paragraph, which is one of ``numbers``.
    """

    numbers: frozenset[int] = frozenset()
    title: int | None = None
    metadata: ParsedMetadata = field(default_factory=ParsedMetadata)


def guess_byline(opening: Sequence[str]) -> Byline:
    """Recognize the head of a file without front matter from its first paragraphs."""
    if len(opening) < 2 or not is_title(opening[0], opening[1]):
        return Byline()
    title = 1 if _starts_with_publisher(opening) else 0
    metadata = ParsedMetadata(
        title=" ".join(opening[title].split()),
        publisher=" ".join(opening[0].split()) if title else None,
    )
    return _extend(Byline(frozenset(range(title + 1)), title, metadata), opening)


def match_byline(opening: Sequence[str], front_matter: ParsedMetadata) -> Byline:
    """Find the paragraphs that repeat the front matter's title, and the bylines after them."""
    values = {words_of(value) for value in (front_matter.title, front_matter.publisher) if value}
    repeated = [number for number, text in enumerate(opening[:2]) if words_of(text) in values]
    title = words_of(front_matter.title or "")
    number = next((number for number in repeated if words_of(opening[number]) == title), None)
    return _extend(Byline(frozenset(repeated), number), opening) if repeated else Byline()


def leading_bylines(
    opening: Sequence[str], content_metadata: ParsedMetadata, file_metadata: ParsedMetadata
) -> tuple[int, ParsedMetadata]:
    """Count the first paragraphs that only give author, publisher or date; return what they give.

    For files that also carry metadata of their own: ``content_metadata`` describes their text,
    ``file_metadata`` the file itself. A paragraph that only repeats either counts as well.
    """
    metadata = ParsedMetadata()
    for number, paragraph in enumerate(opening):
        for line in re.split(r"\n|\s[|•·]\s", paragraph):
            may_name_author = content_metadata.over(metadata).author is None
            author = byline_author(line) if may_name_author and line.startswith("By ") else None
            given = ParsedMetadata(author=author, published=iso_date(date_part(line) or ""))
            if given == ParsedMetadata() and not _repeats(
                line, content_metadata.over(file_metadata)
            ):
                return number, metadata
            metadata = metadata.over(given)
    return len(opening), metadata


def _repeats(line: str, metadata: ParsedMetadata) -> bool:
    """Return whether a line holds nothing but the title, the publisher, or names of the authors."""
    if words_of(line) in {
        words_of(value) for value in (metadata.title, metadata.publisher) if value
    }:
        return True
    names = set(words_of(line).split()) - _NAME_CONNECTORS
    return bool(names) and names <= set(words_of(metadata.author or "").split())


def _extend(byline: Byline, opening: Sequence[str]) -> Byline:
    """Add the author lines, dates, captions and bare links that directly follow the title."""
    metadata = byline.metadata
    numbers = set(byline.numbers)
    for number in range(max(numbers) + 1, len(opening)):
        text = opening[number]
        author, date = byline_author(text), date_part(text)
        if not author and not date and not is_page_furniture(text) and not is_caption(text):
            break
        metadata = replace(
            metadata,
            author=metadata.author or author,
            published=metadata.published or iso_date(date or (text if author else "")),
        )
        numbers.add(number)
    return replace(byline, numbers=frozenset(numbers), metadata=metadata)


def _starts_with_publisher(opening: Sequence[str]) -> bool:
    """Return whether the first paragraph names the publisher and the second is the headline."""
    if len(opening) < 3:
        return False
    name, headline = opening[0], opening[1]
    if len(name) > _MAX_PUBLISHER_CHARS or len(name.split()) > 5 or len(name) >= len(headline):
        return False
    prose = [text for text in opening[2:] if not is_caption(text) and not byline_author(text)]
    if not is_headline(headline) or not _is_story(prose) or _is_subject(name, prose):
        return False
    return _PUBLISHER.match(name) is not None or _is_title_case(headline) or is_caption(opening[2])


def _is_story(prose: Sequence[str]) -> bool:
    """Return whether one of the first paragraphs of prose consists of whole sentences."""
    return any(len(text) > 80 and re.search(r"[.!?”\"]\s*\Z", text) for text in prose[:3])


def _is_subject(name: str, prose: Sequence[str]) -> bool:
    """Return whether the prose opens with ``name``, which then is the article's subject.

    Further down a newspaper may well name itself ("he told KTLA").
    """
    opening = re.sub(r"\([^()]{0,60}\)", "", prose[0][:_SUBJECT_CHARS]) if prose else ""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", opening, re.IGNORECASE) is not None


def _is_title_case(headline: str) -> bool:
    words = re.findall(r"[^\W_]+", headline)
    words = [word for word in words if len(word) >= _MIN_CAPITALIZED_CHARS]
    capitalized = sum(not word[0].islower() for word in words)
    return len(words) >= 4 and not headline.isupper() and capitalized >= 0.9 * len(words)
