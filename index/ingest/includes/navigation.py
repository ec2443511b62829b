"""Find the names that the navigation of a site gives to its pages.

mdBook, GitBook, docsify and MkDocs list the pages in a file. Its names are used for pages without
a title of their own.
"""

import posixpath
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from index.ingest.includes.files import IncludableFiles

_LISTS = {"summary.md", "_sidebar.md"}
_SETTINGS = {"mkdocs.yml", "mkdocs.yaml"}
_LINK = re.compile(  # alone on its line, or in an item
    r"^[ \t]*(?:(?:[-*+]|\d+[.)])[ \t]+)?\[([^\[\]\n]{1,200})\]"
    r"\(<?([^()<>\s]{1,300})>?(?:[ \t][^()\n]{0,200})?\)[ \t]*$",
    re.MULTILINE,
)
_ENTRY = re.compile(  # - "Name": page.md
    r"^[ \t]*-[ \t]+([\"']?)(?P<name>[^\"'\n][^\n]{0,200}?)\1[ \t]*:[ \t]+"
    r"([\"']?)(?P<page>[^\s\"']{1,300}\.(?:md|markdown))\3[ \t]*$",
    re.MULTILINE,
)
_DOCS_FOLDER = re.compile(r"^docs_dir:[ \t]*[\"']?([^\s\"'#]+)", re.MULTILINE)
_MARKUP = re.compile(r"[`*\\]")


def title_in_navigation(path: str, files: IncludableFiles) -> str | None:
    """Return the name that the navigation gives to a page, None if it does not name it."""
    return files.once(_titles_by_page).get(path)


def _titles_by_page(files: IncludableFiles) -> dict[str, str]:
    titles: dict[str, str] = {}
    for path in files.list_paths():
        for folder, target, name in _entries(path, files):
            page = posixpath.normpath(posixpath.join(folder, target.lstrip("/")))
            title = " ".join(_MARKUP.sub("", name).split())
            for each in (page, f"{page}.md"):  # docsify leaves the suffix out
                titles.setdefault(each, title)
    return titles


def _entries(path: str, files: IncludableFiles) -> Iterator[tuple[str, str, str]]:
    """Yield the pages that a file of navigation lists: a folder, the path in it, and the name."""
    file = PurePosixPath(path)
    if file.name.lower() in _LISTS:
        for name, target in _LINK.findall(files.load(path) or ""):
            if ":" not in target:
                yield str(file.parent), unquote(target).partition("#")[0], name
    elif file.name.lower() in _SETTINGS:
        settings = files.load(path) or ""
        folder = _DOCS_FOLDER.search(settings)
        for entry in _ENTRY.finditer(settings):
            yield str(file.parent / (folder[1] if folder else "docs")), entry["page"], entry["name"]
