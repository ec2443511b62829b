"""What a paragraph of plain text is by its looks: title, caption, byline, bare number."""

import re

from index.ingest.parsing.dates import is_date
from index.text.spans import has_words

_LONGEST_TITLE = 200
_LONGEST_CAPTION = 400
_LONGEST_BYLINE = 100

_STOP = re.compile(r"[.。।۔…]\s*[\"'”’»)\]]*\Z")
_COMMA = re.compile(r"[,;،；、]\Z")
_BULLET = re.compile(r"[-*•‣◦–—>]\s")
_SPEAKER = re.compile(r"\w[\w .]{0,20}:\s")
# Words that end in a full stop of their own: Manchester United F.C., Monsters, Inc.
_ABBREVIATION = re.compile(
    r"(?:\b[^\W\d_]\.|\b(?:Inc|Jr|Sr|Co|Corp|Ltd|Bros|St|Mr|Mrs|Ms|Dr|vs|etc|vol|No|Ph\.?D|Esq)\.)\Z",
    re.IGNORECASE,
)
_AGENCY = r"(?:Getty(?: Images)?|AFP|Reuters|EPA|Shutterstock|iStock|Alamy|AP)"
_CREDIT = (
    r"(?:Credit|Photo|Photos|Photograph|Image|Picture|Illustration|Courtesy|File photo|Foto|Bild)"
)
_CAPTION = re.compile(
    rf"\((?:{_CREDIT}\b(?!:?\s*\d)|AP Photo)[^()]{{2,120}}\)\.?\Z"
    rf"|\([^()]{{0,120}}(?:/\s?{_AGENCY}|Getty Images|via AP)\)\.?\Z"
    rf"|\A{_CREDIT}(?:\s(?:credit|by|courtesy of))?:\s"
    rf"|\b(?:Photograph|Photo|Image credit|Photo credit): [^.:]{{2,80}}\Z"
)
_COORDINATES = re.compile(
    r"[(\[]?[-−+]?\d{1,3}\.\d{3,}°?\s*[NSns]?\s*[,;/ ]?\s*[-−+]?\d{1,3}\.\d{3,}°?\s*[EWew]?[)\]]?\Z"
)
_NUMBER = re.compile(r"[\[(–—-]{0,2}\s*\d{1,4}\s*[\])–—-]{0,2}\Z")
_LINK = re.compile(r"(?:https?://|www\.)\S+\Z")
_BYLINE = re.compile(
    r"(?:(?i:by|von|par|por|от)\s+|(?i:author|autor|auteur|作者)s?\s*[:：]\s*)"
    r"(?P<author>[^\W\d_a-z].{1,80})\Z"
)
_NAME_END = re.compile(r"\s*[|•·]\s*|\s+[-–—]\s+")
_DATELINE = re.compile(
    r"(?:first |last )?(?:published|posted|updated|date|modified)\b\s*:?\s*(?:on\s+)?",
    re.IGNORECASE,
)


def is_title(paragraph: str, following: str) -> bool:
    """Whether a file's first paragraph is its title, judged with the paragraph after it."""
    if len(paragraph) > _LONGEST_TITLE or "\n" in paragraph or "\r" in paragraph:
        return False
    if not has_words(paragraph) or _COMMA.search(paragraph) or _BULLET.match(paragraph):
        return False
    if not _STOP.search(paragraph) or _ABBREVIATION.search(paragraph) or paragraph.isupper():
        return True
    short = len(paragraph) <= 60 and len(following) >= 150
    return short and not _SPEAKER.match(paragraph)


def is_headline(paragraph: str) -> bool:
    """Whether a paragraph could stand over a news story: one line of some words, no full stop."""
    words = len(paragraph.split())
    return (words >= 4 or len(paragraph) >= 25) and is_title(paragraph, "")


def is_caption(paragraph: str) -> bool:
    """Whether a paragraph is a photo's caption: it ends in a credit, or is one."""
    return len(paragraph) <= _LONGEST_CAPTION and _CAPTION.search(paragraph) is not None


def is_edge(paragraph: str) -> bool:
    """Whether a paragraph is bare coordinates, a page number, a date or a link: no prose."""
    if len(paragraph) > 300:
        return False
    patterns = (_COORDINATES, _NUMBER, _LINK)
    return any(pattern.match(paragraph) for pattern in patterns) or is_date(paragraph)


def is_number(paragraph: str) -> bool:
    """Whether a paragraph is a bare number as pages carry it."""
    return len(paragraph) <= 10 and _NUMBER.match(paragraph) is not None


def ends_sentence(paragraph: str) -> bool:
    """Whether a paragraph ends as a whole sentence does."""
    return re.search(r"[.!?…。！？।؟۔][\"'”’»」』)\]]*\s*\Z", paragraph[-20:]) is not None


def is_underline(line: str) -> bool:
    """Whether a line only underlines the one above it."""
    return re.match(r"\s*(?:=+|-{3,}|~{3,}|\*{3,}|_{3,})\s*\Z", line[:300]) is not None


def author_of(paragraph: str) -> str | None:
    """The name in a byline ("By Jane Doe | 3 March 2024"); None when it is no byline."""
    if len(paragraph) > _LONGEST_BYLINE or _STOP.search(paragraph):
        return None
    found = _BYLINE.match(paragraph)
    return _NAME_END.split(found["author"].strip())[0] if found else None


def dated(paragraph: str) -> str | None:
    """The part of a date line that holds the date ("Published 3 March 2024"); else None."""
    if len(paragraph) > _LONGEST_BYLINE:
        return None
    label = _DATELINE.match(paragraph)
    rest = paragraph[label.end() :] if label else paragraph
    return rest if is_date(rest) else None
