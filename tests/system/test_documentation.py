import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

_ROOT = Path(__file__).parents[2]
_PAGES = sorted([*_ROOT.glob("*.md"), *_ROOT.glob("docs/**/*.md")])


def _targets(page: Path) -> set[str]:
    """Return what a page links to or shows, except addresses on the web."""
    blocks = MarkdownIt().enable("table").parse(page.read_text("utf-8"))
    tokens = [token for block in blocks for token in block.children or ()]
    targets = {str(token.attrs.get("href") or token.attrs.get("src") or "") for token in tokens}
    return {target for target in targets if target and "://" not in target}


def _anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).lower().replace(" ", "-") for text in headings}


@pytest.mark.parametrize("page", _PAGES, ids=lambda page: str(page.relative_to(_ROOT)))
def test_links_lead_to_files_and_headings_that_exist(page: Path) -> None:
    assert _PAGES
    for target in _targets(page):
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        assert not anchor or anchor in _anchors(linked), target
