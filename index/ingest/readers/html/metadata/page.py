"""Read the metadata of a page: those that readers see, then those in its <head>."""

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from index.ingest.parsing.dates import iso_date
from index.ingest.parsing.document import ParsedMetadata
from index.ingest.parsing.normalize import clean_value, language_code
from index.ingest.readers.html.metadata.author import page_author
from index.ingest.readers.html.metadata.bylines import Byline
from index.ingest.readers.html.metadata.date import page_date
from index.ingest.readers.html.metadata.head import HeadMetadata
from index.ingest.readers.html.metadata.page_lines import is_fact, page_lines
from index.ingest.readers.html.metadata.teasers import without_teasers
from index.ingest.readers.html.metadata.title import page_title

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def page_metadata(
    tree: "HtmlElement", head: HeadMetadata, bylines: Sequence[Byline], notices: str
) -> ParsedMetadata:
    """Read metadata from the page, before trafilatura changes it; ``notices`` are of copyright."""
    body = tree.find("body")
    body_language = None if body is None else body.get("lang")  # set by Word
    language = language_code(tree.get("lang") or tree.get("{xml}lang") or body_language)
    title = page_title(tree, head)
    lines = page_lines(tree, title)
    return ParsedMetadata(
        title=title or _fallback_title(tree),
        publisher=head.publisher(),
        author=page_author(head, lines, title, bylines, notices),
        published=page_date(tree, head, lines, language) or _markup_date(tree, head),
        url=head.url(),
        language=language,
    )


def _fallback_title(tree: "HtmlElement") -> str | None:
    from trafilatura.metadata import extract_title  # noqa: PLC0415 - importing it takes time

    return clean_value(extract_title(tree))


def _markup_date(tree: "HtmlElement", head: HeadMetadata) -> str | None:
    """Return the date in the page's markup or address, but none from its prose."""
    from htmldate import find_date  # noqa: PLC0415 - as above

    page = without_teasers(tree)
    if any(map(is_fact, page.iter("tr"))):
        page = deepcopy(page)
        for row in [*filter(is_fact, page.iter("tr"))]:
            row.drop_tree()
    day = find_date(page, extensive_search=False, original_date=True, url=head.url())
    return iso_date(day or "")
