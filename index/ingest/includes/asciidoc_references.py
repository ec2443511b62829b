"""Find the titles that pages of AsciiDoc show in place of references without a text."""

import re
from collections.abc import Iterator, Mapping

from index.ingest.includes.files import IncludableFiles

_REFERENCE = re.compile(
    r"xref:([^\s\[\]]{1,300})\[\]|<<([\w#/.:][^<>,\n]{0,200})>>"
)  # xref:page.adoc#anchor[], <<anchor>>
_ANTORA = re.compile(r"(?:[^$@]*@)?(?:(?:[\w.-]*:)?([\w.-]*):)?(?:page\$)?(.*)")
_SECTION = re.compile(
    r"^(?P<ids>(?:\[[^\n]{1,200}\][ \t]*\n){0,5}+)={1,6}[ \t]+(?P<title>\S[^\n]{0,300})$",
    re.MULTILINE,
)
_ID = re.compile(r"\[\[([\w.:-]+)(?:,[^\[\]]*)?\]\]|\[[^\[\]\n#=]*#([\w.:-]+)|\[id=\"?([\w.:-]+)")
_NOT_IN_IDS = re.compile(r"[^\w\s.-]+")
_SEPARATORS = re.compile(r"[\s._-]+")


def titles_in_asciidoc(text: str, path: str, files: IncludableFiles) -> Mapping[str, str]:
    """Return the title that each reference without a text stands for, by its target.

    Titles have their markup, but no references.
    """
    targets = dict.fromkeys(macro or anchor for macro, anchor in _REFERENCE.findall(text))
    own = _titles_by_id(text) if targets else {}
    found = ((target, _title(target, path, own, files)) for target in targets)
    return {target: title for target, title in found if title and not _REFERENCE.search(title)}


def _title(target: str, path: str, own: Mapping[str, str], files: IncludableFiles) -> str | None:
    page, mark, anchor = target.partition("#")
    if not page or not (mark or page.endswith(".adoc")):
        return own.get(anchor or page)
    found = _find_page(page, path, files)
    if found is None:
        return None
    titles = files.once(_titles_of_page, found)
    return titles.get(anchor) if anchor else next(iter(titles.values()), None)


def _find_page(page: str, path: str, files: IncludableFiles) -> str | None:
    """Return the path of a page that is named as in Antora or relative to this one."""
    coordinates = _ANTORA.fullmatch(page)
    module, name = coordinates.groups() if coordinates else (None, page)
    name = name if name.endswith(".adoc") else f"{name}.adoc"
    in_module = files.find(f"{module}/pages/{name}", path) if module else None
    return in_module or files.find(name, path)


def _titles_of_page(files: IncludableFiles, path: str) -> dict[str, str]:
    return _titles_by_id((files.load(path) or "").replace("\r", ""))


def _titles_by_id(text: str) -> dict[str, str]:
    """Return the titles of sections by their ids, also those that are made of the titles."""
    titles: dict[str, str] = {}
    for section in _SECTION.finditer(text):
        title = _ID.sub("", section["title"]).strip(" ]")
        for key in (*_ids(section["ids"] + section["title"]), _generated_id(title)):
            titles.setdefault(key, title)
    return titles


def _ids(text: str) -> Iterator[str]:
    return (next(filter(None, groups)) for groups in _ID.findall(text))


def _generated_id(title: str) -> str:
    """Return the id that Asciidoctor makes of a title."""
    words = _SEPARATORS.sub("_", _NOT_IN_IDS.sub("", title.lower()))
    return f"_{words.strip('_')}"
