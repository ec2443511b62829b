"""Classify paragraphs of plain text: title, caption, byline, page furniture."""

import re

from index.ingest.parsing.dates import is_date
from index.text.spans import has_words

_MAX_TITLE_CHARS = 200
_MAX_CAPTION_CHARS = 400
_MAX_BYLINE_CHARS = 100

_FULL_STOP = re.compile(r"[.。।۔…]\s*[\"'”’»)\]]*\Z")
_TRAILING_COMMA = re.compile(r"[,;،；、]\Z")
_LIST_MARK = re.compile(r"[-*•‣◦–—>]\s")
_SPEAKER = re.compile(r"\w[\w .]{0,20}:\s")
# Abbreviations that end in a full stop: Manchester United F.C., Monsters, Inc.
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
_PAGE_NUMBER = re.compile(r"[\[(–—-]{0,2}\s*\d{1,4}\s*[\])–—-]{0,2}\Z")
_BARE_LINK = re.compile(r"(?:https?://|www\.)\S+\Z")
_BYLINE = re.compile(
    r"(?:(?i:by|von|par|por|от)\s+|(?i:author|autor|auteur|作者)s?\s*[:：]\s*)"
    r"(?P<author>[^\W\d_a-z].{1,80})\Z"
)
_AFTER_NAME = re.compile(r"\s*[|•·]\s*|\s+[-–—]\s+")
_DATE_LABEL = re.compile(
    r"(?:first |last )?(?:published|posted|updated|date|modified)\b\s*:?\s*(?:on\s+)?",
    re.IGNORECASE,
)


def is_title(paragraph: str, following: str) -> bool:
    """Return whether a file's first paragraph is its title; ``following`` is the next paragraph."""
    if len(paragraph) > _MAX_TITLE_CHARS or "\n" in paragraph or "\r" in paragraph:
        return False
    if not has_words(paragraph) or _TRAILING_COMMA.search(paragraph) or _LIST_MARK.match(paragraph):
        return False
    if not _FULL_STOP.search(paragraph) or _ABBREVIATION.search(paragraph) or paragraph.isupper():
        return True
    is_short = len(paragraph) <= 60 and len(following) >= 150
    return is_short and not _SPEAKER.match(paragraph)


def is_headline(paragraph: str) -> bool:
    """Return whether a paragraph could be a headline: one line of several words, no full stop."""
    word_count = len(paragraph.split())
    return (word_count >= 4 or len(paragraph) >= 25) and is_title(paragraph, "")


def is_caption(paragraph: str) -> bool:
    """Return whether a paragraph is a photo credit, or a caption that ends in one."""
    return len(paragraph) <= _MAX_CAPTION_CHARS and _CAPTION.search(paragraph) is not None


def is_page_furniture(paragraph: str) -> bool:
    """Return whether a paragraph is only coordinates, a page number, a date or a link."""
    if len(paragraph) > 300:
        return False
    patterns = (_COORDINATES, _PAGE_NUMBER, _BARE_LINK)
    return any(pattern.match(paragraph) for pattern in patterns) or is_date(paragraph)


def is_page_number(paragraph: str) -> bool:
    """Return whether a paragraph is a page number."""
    return len(paragraph) <= 10 and _PAGE_NUMBER.match(paragraph) is not None


def ends_sentence(paragraph: str) -> bool:
    """Return whether a paragraph ends like a complete sentence."""
    return re.search(r"[.!?…。！？।؟۔][\"'”’»」』)\]]*\s*\Z", paragraph[-20:]) is not None


def is_underline(line: str) -> bool:
    """Return whether a line only underlines the line above it."""
    return re.match(r"\s*(?:=+|-{3,}|~{3,}|\*{3,}|_{3,})\s*\Z", line[:300]) is not None


def byline_author(paragraph: str) -> str | None:
    """Return the name in a byline ("By Jane Doe | 3 March 2024"); None if it is not one."""
    if len(paragraph) > _MAX_BYLINE_CHARS or _FULL_STOP.search(paragraph):
        return None
    match = _BYLINE.match(paragraph)
    return _AFTER_NAME.split(match["author"].strip())[0] if match else None


def date_part(paragraph: str) -> str | None:
    """Return the date in a date line ("Published 3 March 2024"), as written; else None."""
    if len(paragraph) > _MAX_BYLINE_CHARS:
        return None
    label = _DATE_LABEL.match(paragraph)
    rest = paragraph[label.end() :] if label else paragraph
    return rest if is_date(rest) else None
