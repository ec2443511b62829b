"""The head of a plain text: who published it, what it is called, by whom, when."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.heuristics import (
    author_of,
    dated,
    is_caption,
    is_edge,
    is_headline,
    is_title,
)

_LONGEST_PUBLISHER = 40
_OUTLET = re.compile(
    r"[A-Z]{2,6}\d{0,2}\Z"  # KTLA, CNN, FOX31
    r"|.*\.(?:com|org|net|co\.uk|de|fr|es|info|news)\Z"
    r"|.*\b(?:News|Times|Post|Press|Herald|Tribune|Journal|Gazette|Chronicle|Observer|Guardian|"
    r"Telegraph|Daily|Weekly|Magazine|Reuters|Examiner|Inquirer|Dispatch|Courier|Zeitung|Spiegel|"
    r"Monde|Figaro|País)\b"
)
_OPENING = 80  # characters in which prose names its subject
_BETWEEN_NAMES = {"and", "by", "con", "di", "et", "par", "por", "und", "von", "with", "y"}
_MINOR_WORD = 4  # letters; shorter words stay small in a headline's title case


@dataclass(frozen=True, slots=True)
class Byline:
    """Paragraph numbers that belong to the head, the title's among them, and what they say."""

    numbers: frozenset[int] = frozenset()
    title: int | None = None
    found: ParsedMetadata = field(default_factory=ParsedMetadata)


def guess(opening: Sequence[str]) -> Byline:
    """The head that a file's first paragraphs make, when the file says nothing else of itself."""
    if len(opening) < 2 or not is_title(opening[0], opening[1]):
        return Byline()
    at = 1 if _is_masthead(opening) else 0
    publisher = _line(opening[0]) if at else None
    head = Byline(
        frozenset(range(at + 1)), at, ParsedMetadata(title=_line(opening[at]), publisher=publisher)
    )
    return _with_bylines(head, opening)


def known(opening: Sequence[str], front: ParsedMetadata) -> Byline:
    """The head when front matter tells the title: only what repeats it, and bylines after it."""
    told = {_folded(value) for value in (front.title, front.publisher) if value}
    repeated = [number for number, text in enumerate(opening[:2]) if _folded(text) in told]
    title = next((n for n in repeated if _folded(opening[n]) == _folded(front.title or "")), None)
    return _with_bylines(Byline(frozenset(repeated), title), opening) if repeated else Byline()


def under_title(
    opening: Sequence[str], said: ParsedMetadata, made: ParsedMetadata
) -> tuple[int, ParsedMetadata]:
    """How many of the first paragraphs only say who wrote it, for whom and when; what they say.

    For files that speak of themselves elsewhere, too: ``said`` is what they say of their text,
    ``made`` of their making.
    """
    found = ParsedMetadata()
    for number, paragraph in enumerate(opening):
        for line in re.split(r"\n|\s[|•·]\s", paragraph):
            byline = said.over(found).author is None and line.startswith("By ")
            told = ParsedMetadata(author=author_of(line) if byline else None, published=_date(line))
            if told == ParsedMetadata() and not _repeats(line, said.over(made)):
                return number, found
            found = found.over(told)
    return len(opening), found


def _date(line: str) -> str | None:
    return iso_date(dated(line) or "")


def _repeats(line: str, told: ParsedMetadata) -> bool:
    """Whether a line holds nothing but the title, the publisher, or names of the authors."""
    if _folded(line) in {_folded(value) for value in (told.title, told.publisher) if value}:
        return True
    names = set(_folded(line).split()) - _BETWEEN_NAMES
    return bool(names) and names <= set(_folded(told.author or "").split())


def _with_bylines(head: Byline, opening: Sequence[str]) -> Byline:
    """The head with the bylines, dates and bare links that stand right under it."""
    found = head.found
    numbers = set(head.numbers)
    for number in range(max(numbers) + 1, len(opening)):
        text = opening[number]
        author, date = author_of(text), dated(text)
        if not author and not date and not is_edge(text) and not is_caption(text):
            break
        found = replace(
            found,
            author=found.author or author,
            published=found.published or iso_date(date or (text if author else "")),
        )
        numbers.add(number)
    return replace(head, numbers=frozenset(numbers), found=found)


def _is_masthead(opening: Sequence[str]) -> bool:
    """Whether a publisher's name stands first and the headline second, with a story after them."""
    if len(opening) < 3:
        return False
    name, headline = opening[0], opening[1]
    if len(name) > _LONGEST_PUBLISHER or len(name.split()) > 5 or len(name) >= len(headline):
        return False
    if not is_headline(headline) or not _is_story(opening[2:]):
        return False
    if _is_subject(name, opening[2:]):
        return False
    return _OUTLET.match(name) is not None or _is_title_case(headline) or is_caption(opening[2])


def _is_story(rest: Sequence[str]) -> bool:
    """Whether whole sentences follow, be it after captions and bylines."""
    body = [text for text in rest if not is_caption(text) and not author_of(text)]
    return any(len(text) > 80 and re.search(r"[.!?”\"]\s*\Z", text) for text in body[:3])


def _is_subject(name: str, rest: Sequence[str]) -> bool:
    """Whether the prose begins with the name: then it is what the article is about.

    Further down a paper may well speak of itself ("he told KTLA").
    """
    prose = [text for text in rest if not is_caption(text) and not author_of(text)]
    opening = re.sub(r"\([^()]{0,60}\)", "", prose[0][:_OPENING]) if prose else ""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", opening, re.IGNORECASE) is not None


def _is_title_case(headline: str) -> bool:
    words = [word for word in re.findall(r"[^\W_]+", headline) if len(word) >= _MINOR_WORD]
    large = sum(not word[0].islower() for word in words)
    return len(words) >= 4 and not headline.isupper() and large >= 0.9 * len(words)


def _line(text: str) -> str:
    return " ".join(text.split())


def _folded(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))
