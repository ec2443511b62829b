"""Find the titles of pages, sections and labels in a project of Sphinx, and their anchors."""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from index.ingest.includes.files import IncludableFiles
from index.ingest.parsing.roles import ROLE, shown_role
from index.text.markdown.headings import heading_slug

_RST_SUFFIXES = (".rst", ".rest", ".txt")
_MARKDOWN_SUFFIXES = (".md", ".markdown")
_PAGE_SUFFIXES = (".rst", ".rest", ".md", ".txt", ".markdown")
_LINE = r"=\-~^*#\"'`:.+_"  # of what characters
_HEADING = (
    rf"(?:(?P<above>[{_LINE}])(?P=above){{2,}}+[ \t]*\n[ \t]*)?"
    rf"(?P<title>\S[^\n]{{0,300}})\n(?P<below>[{_LINE}])(?P=below){{2,}}+[ \t]*(?:\n|\Z)"
)
_FIRST_HEADING = re.compile(rf"^{_HEADING}", re.MULTILINE)
_LABELLED = re.compile(
    r"^(?P<labels>(?:\.\. _[^\n]{1,200}:[ \t]*\n(?:[ \t]*\n){0,3}){1,20}+)" + _HEADING, re.MULTILINE
)
_LABEL = re.compile(r"^\.\. _`?([^\n]+?)`?:[ \t]*$", re.MULTILINE)
_MARKDOWN_HEADING = re.compile(
    r"^(?P<labels>(?:(?:\([^()\n]{1,200}\)=|\{#[^{}\n]{1,200}\})[ \t]*\n(?:[ \t]*\n)?){0,20}+)"
    r"(?P<marks>#{1,6})[ \t]+(?P<title>[^\n]{1,300})$",
    re.MULTILINE,
)
_MARKDOWN_LABEL = re.compile(r"\{#([\w.:-]+)[^{}\n]*\}|^\(([^()\n]+)\)=", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()]*\)")
_MARKUP = re.compile(r"``|\*\*?|`_*|\\|\{#[^{}]*\}")


def title_of_page(target: str, path: str, files: IncludableFiles, anchor: str = "") -> str | None:
    """Return the title of a page, named with or without its suffix, or of one of its sections."""
    suffixes = ("",) if target.lower().endswith(_PAGE_SUFFIXES) else _PAGE_SUFFIXES
    found = (files.find(target + suffix, path) for suffix in suffixes)
    page = next(filter(None, found), None)
    if page is None or not anchor:
        return files.once(_first_title, page) if page else None
    return files.once(_titles_by_slug_of, page).get(anchor) or title_of_label(anchor, files)


def title_of_label(label: str, files: IncludableFiles) -> str | None:
    """Return the title of the section below a label, which is the same in all files."""
    return files.once(_titles_by_label).get(_normalized(label))


def titles_by_slug(text: str) -> Mapping[str, str]:
    """Return the titles of the sections of a text in Markdown by the anchors made of them."""
    titles: dict[str, str] = {}
    for heading in _MARKDOWN_HEADING.finditer(text):
        title = _plain(heading["title"])
        titles.setdefault(heading_slug(title), title)
    return titles


def _titles_by_slug_of(files: IncludableFiles, page: str) -> Mapping[str, str]:
    return titles_by_slug(_read(page, files))


def _first_title(files: IncludableFiles, page: str) -> str | None:
    text = _read(page, files)
    if not page.lower().endswith(_MARKDOWN_SUFFIXES):
        heading = _FIRST_HEADING.search(text)
        return _plain(heading["title"]) if heading else None
    headings = _MARKDOWN_HEADING.finditer(text)
    return next((_plain(each["title"]) for each in headings if each["marks"] == "#"), None)


def _titles_by_label(files: IncludableFiles) -> dict[str, str]:
    titles: dict[str, str] = {}
    for path in files.list_paths():
        find = _FIND_LABELS.get(PurePosixPath(path).suffix.lower())
        for label, title in find(_read(path, files)) if find else ():
            titles.setdefault(_normalized(label), title)
    return titles


def _labels_in_rst(text: str) -> Iterator[tuple[str, str]]:
    for match in _LABELLED.finditer(text):
        for label in _LABEL.findall(match["labels"]):
            yield label, _plain(match["title"])


def _labels_in_markdown(text: str) -> Iterator[tuple[str, str]]:
    for match in _MARKDOWN_HEADING.finditer(text):
        for attribute, label in _MARKDOWN_LABEL.findall(match["labels"] + match["title"]):
            yield attribute or label, _plain(match["title"])


_FIND_LABELS = {
    **dict.fromkeys(_RST_SUFFIXES, _labels_in_rst),
    **dict.fromkeys(_MARKDOWN_SUFFIXES, _labels_in_markdown),
}


def _read(path: str, files: IncludableFiles) -> str:
    return (files.load(path) or "").replace("\r", "")


def _normalized(label: str) -> str:
    return " ".join(label.casefold().split())


def _plain(title: str) -> str:
    """Remove markup from a title."""
    shown = ROLE.sub(lambda role: shown_role(role["name"], role["content"]).text, title)
    return " ".join(_MARKUP.sub("", _LINK.sub(r"\1", shown)).strip(" \t#").split())
