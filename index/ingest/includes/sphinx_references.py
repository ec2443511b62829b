"""Find the titles that pages of Sphinx show in place of references without a text."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import unquote

from index.ingest.includes.files import IncludableFiles
from index.ingest.includes.sphinx_titles import title_of_label, title_of_page, titles_by_slug

_REFERENCE = re.compile(r"[:{](?:std:)?(ref|doc)[:}]`([^`<>\n]{1,200})`")
_LINK = re.compile(r"(?<!!)\[\]\(<?([^()<>\n]{1,300})>?\)")  # [](page.md#anchor), [](#label)


def titles_in_rst(text: str, path: str, files: IncludableFiles) -> Mapping[str, str]:
    """Return the title that each reference to another file stands for.

    Keys are the role and the target as they are written, such as ``doc:../setup``.
    """
    titles = {}
    for role, written in dict.fromkeys(_REFERENCE.findall(text)):
        target = written.strip()
        is_page = role == "doc"
        title = title_of_page(target, path, files) if is_page else title_of_label(target, files)
        if title:
            titles[f"{role}:{target}"] = title
    return titles


def titles_in_markdown(text: str, path: str, files: IncludableFiles) -> Mapping[str, str]:
    """Return the title that each role and each link without a text stands for.

    Keys of links are their targets, those of roles as in reStructuredText.
    """
    targets = dict.fromkeys(_LINK.findall(text))
    own = titles_by_slug(text) if targets else {}
    found = ((target, _title_of_link(target, path, own, files)) for target in targets)
    return {**titles_in_rst(text, path, files), **{key: title for key, title in found if title}}


def _title_of_link(
    target: str, path: str, own: Mapping[str, str], files: IncludableFiles
) -> str | None:
    page, _, anchor = unquote(target).partition("#")
    if ":" in page:  # an address, or the inventory of another project
        return None
    if not page:
        return own.get(anchor) or title_of_label(anchor, files)
    is_label = not anchor and not PurePosixPath(page).suffix
    label_title = title_of_label(page, files) if is_label else None
    return label_title or title_of_page(page, path, files, anchor)
