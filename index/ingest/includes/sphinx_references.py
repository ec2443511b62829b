"""Find the titles that pages of Sphinx show in place of references to other pages."""

import re
from collections.abc import Iterator, Mapping

from index.ingest.includes.files import IncludableFiles

_REFERENCE = re.compile(r":(?:std:)?(ref|doc):`([^`<>\n]{1,200})`")
_PAGE_SUFFIXES = (".rst", ".rest", ".md", ".txt")
_LABEL_SUFFIXES = (".rst", ".rest", ".txt")
_LINE = r"=\-~^*#\"'`:.+_"  # of what characters
_HEADING = (
    rf"(?:(?P<above>[{_LINE}])(?P=above){{2,}}+[ \t]*\n[ \t]*)?"
    rf"(?P<title>\S[^\n]{{0,300}})\n(?P<below>[{_LINE}])(?P=below){{2,}}+[ \t]*(?:\n|\Z)"
)
_FIRST_HEADING = re.compile(rf"^{_HEADING}", re.MULTILINE)
_FIRST_MARKDOWN_HEADING = re.compile(r"^# (?P<title>[^\n]{1,300})$", re.MULTILINE)
_LABELS = re.compile(
    r"^(?P<labels>(?:\.\. _[^\n]{1,200}:[ \t]*\n(?:[ \t]*\n)?){1,20}+)" + _HEADING, re.MULTILINE
)
_LABEL = re.compile(r"^\.\. _`?([^\n]+?)`?:[ \t]*$", re.MULTILINE)
_ROLE = re.compile(r":[\w:+-]+:`([^`<>]*?)(?:\s*<[^`<>]*>)?`")
_MARKUP = re.compile(r"``|\*\*?|`_*|\\")


def titles_in_rst(text: str, path: str, files: IncludableFiles) -> Mapping[str, str]:
    """Return the title that each reference to another file stands for.

    Keys are the role and the target as they are written, such as ``doc:../setup``.
    """
    titles = {}
    for role, target in dict.fromkeys(_REFERENCE.findall(text)):
        find = _title_of_page if role == "doc" else _title_of_label
        if title := find(target.strip(), path, files):
            titles[f"{role}:{target.strip()}"] = title
    return titles


def _title_of_page(target: str, path: str, files: IncludableFiles) -> str | None:
    found = (files.find(target + suffix, path) for suffix in _PAGE_SUFFIXES)
    page = next(filter(None, found), None)
    return files.once(_first_title, page) if page else None


def _first_title(files: IncludableFiles, page: str) -> str | None:
    pattern = _FIRST_MARKDOWN_HEADING if page.endswith(".md") else _FIRST_HEADING
    heading = pattern.search(_read(page, files))
    return _plain(heading["title"]) if heading else None


def _title_of_label(target: str, _: str, files: IncludableFiles) -> str | None:
    return files.once(_titles_by_label).get(_normalized(target))


def _titles_by_label(files: IncludableFiles) -> dict[str, str]:
    """Return the title below each label; a label is the same in all files of a project."""
    titles: dict[str, str] = {}
    for path in files.list_paths():
        if path.lower().endswith(_LABEL_SUFFIXES):
            for label, title in _labelled(_read(path, files)):
                titles.setdefault(_normalized(label), title)
    return titles


def _labelled(text: str) -> Iterator[tuple[str, str]]:
    for match in _LABELS.finditer(text):
        for label in _LABEL.findall(match["labels"]):
            yield label, _plain(match["title"])


def _read(path: str, files: IncludableFiles) -> str:
    return (files.load(path) or "").replace("\r", "")


def _normalized(label: str) -> str:
    return " ".join(label.casefold().split())


def _plain(title: str) -> str:
    """Remove markup from a title."""
    return _MARKUP.sub("", _ROLE.sub(r"\1", title)).strip(" \t#")
