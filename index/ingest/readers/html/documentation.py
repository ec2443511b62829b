"""Find the content of pages that generators of documentation and wikis write: they mark it.

trafilatura looks for an article there as on any page, and loses headings, terms, signatures of
functions, boxes with warnings and short sections.
"""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from index.ingest.readers.html.cleanup.boilerplate import prose_chars
from index.ingest.readers.html.declarations import (
    definitions_from_table,
    join_code_lines,
    join_declaration,
    write_infobox,
)

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def _has_class(name: str) -> str:
    return f"contains(concat(' ', normalize-space(@class), ' '), ' {name} ')"


def _generated_by(name: str) -> str:
    return f"/*[contains(head/meta[@name='generator']/@content, '{name}')]"


_CONTENT = (
    f"//div[{_has_class('bodywrapper')}]/div[{_has_class('body')}]",  # Sphinx
    f"//div[{_has_class('rst-content')}]//div[@role='main']",  # Read the Docs: Sphinx, MkDocs
    f"//article[{_has_class('bd-article')} or @id='furo-main-content']",  # Sphinx: PyData, Furo
    f"//article[{_has_class('md-content__inner')}]",  # Material for MkDocs
    f"//div[{_has_class('page-wrapper')}]//div[{_has_class('content')}]/main",  # mdBook
    f"//section[{_has_class('markdown-section')}]",  # GitBook
    f"//div[{_has_class('theme-doc-markdown')}]",  # Docusaurus
    f"//div[{_has_class('theme-default-content')}]",  # VuePress
    f"//div[{_has_class('vp-doc')}]",  # VitePress
    f"//div[{_has_class('sl-markdown-content')}]",  # Starlight
    f"//div[{_has_class('main-content-wrap')}]/div[@id='main-content']",  # Just the Docs
    f"//div[{_has_class('td-content')}]",  # Docsy
    f"//div[{_has_class('manual-text')}]",  # mandoc
    f"//div[@id='main-content' and {_has_class('wiki-content')}]",  # exports of Confluence
    f"//article[{_has_class('page')} and div[{_has_class('page-body')}]]",  # exports of Notion
    f"//article[.//*[{_has_class('article-votes')}]]//*[{_has_class('article-body')}]",  # Zendesk
    "//article[div[contains(@class, 'intercom-interblocks-')]]",  # Intercom
    "//div[@class='header']/following-sibling::div[@class='contentContainer']",  # Javadoc to 15
    f"{_generated_by('javadoc')}//main",
    f"{_generated_by('Doxygen')}//div[{_has_class('contents')}]",
    f"{_generated_by('AsciiDoc')}//div[@id='content']",
    f"{_generated_by('Asciidoctor')}//div[@id='content']",
    f"{_generated_by('DokuWiki')}//*[@id='dokuwiki__content']"
    f"//div[{_has_class('page')} or {_has_class('dw-content')}]",
    f"{_generated_by('MediaWiki')}//*[@id='mw-content-text']/div[{_has_class('mw-parser-output')}]",
)
_MIN_PROSE_SHARE = 0.2  # of the text on a page outside links
_LAYOUT_LISTS = {  # of Javadoc
    *("blockList", "blockListLast", "summary-list", "details-list", "member-list"),
}
_TABLES: dict[str, "Callable[[HtmlElement], None]"] = {
    "field-list": definitions_from_table,  # of Sphinx, up to version 1
    "memname": join_declaration,  # of Doxygen
    "portable-infobox": write_infobox,  # of Fandom
}
_CODE = {"fragment", "member-signature", "type-signature"}  # of Doxygen, of Javadoc
_TABLES_OF_CONTENTS = {"toc", "toc-macro", "dw__toc", "table-of-contents"}
_PAGE_META = {"td-page-meta", "td-page-meta__lastmod"}  # of Docsy, below the text
_MEDIAWIKI_ASIDES = {  # navigation, pictures, notices about the article
    *("navbox", "vertical-navbox", "nowraplinks", "portal-bar", "portal", "portalbox"),
    *("sistersitebox", "ambox", "thumb", "gallery"),
}
_MEDIAWIKI = "mw-parser-output"
_CONTENTS = {"contents", "topic"}  # of Docutils
_SOURCE_LINKS = {"viewcode-link", "viewcode-back"}  # of Sphinx
_MORE = "More..."  # Doxygen's link from a summary to the description below
_TABS = f".//caption[.//span[{_has_class('tabEnd')}]]"  # of tables of Javadoc


def documentation_body(tree: "HtmlElement") -> "HtmlElement | None":
    """Return the only element that is marked as the content of a generated page, if there is one.

    Its layout is made plain. Pages that list several articles, as of a blog, have more than one,
    and what is small beside the other text of a page is not its content.
    """
    for path in _CONTENT:
        found = tree.xpath(path)
        if isinstance(found, list) and len(found) == 1 and not _is_beside_text(found[0], tree):
            _simplify(found[0])
            return found[0]
    return None


def _is_beside_text(content: "HtmlElement", tree: "HtmlElement") -> bool:
    return prose_chars(content) < _MIN_PROSE_SHARE * prose_chars(tree)


def _simplify(content: "HtmlElement") -> None:
    """Turn what generators use for layout into the elements that say what is meant."""
    for element in [*_surroundings(content)]:
        element.drop_tree()
    for element in [*content.iter("ul")]:
        if not _LAYOUT_LISTS.isdisjoint(_classes(element)):
            _unwrap_list(element)
    for table in [*content.iter("table", "aside")]:
        for name in _TABLES.keys() & _classes(table):
            _TABLES[name](table)
    for element in [*content.iter("div")]:
        if not _CODE.isdisjoint(_classes(element)):
            join_code_lines(element)


def _surroundings(content: "HtmlElement") -> "Iterator[HtmlElement]":
    """Yield what is not the text itself: lists of links, pictures, links to source code, tabs."""
    names = _TABLES_OF_CONTENTS | _PAGE_META
    if _MEDIAWIKI in _classes(content):
        names |= _MEDIAWIKI_ASIDES
    for element in content.iter("div", "nav", "table", "ul", "figure"):
        if _is_aside(element, names):
            yield element
    yield from filter(_is_link_elsewhere, content.iter("a", "span"))
    yield from content.xpath(_TABS)


def _is_aside(element: "HtmlElement", names: set[str]) -> bool:
    classes = _classes(element)
    is_picture = (element.get("typeof") or "").startswith("mw:File")
    return is_picture or classes >= _CONTENTS or not names.isdisjoint(classes)


def _is_link_elsewhere(element: "HtmlElement") -> bool:
    """Return whether an element leads to source code, or from a summary to its description."""
    return (element.text or "").strip() == _MORE or not _SOURCE_LINKS.isdisjoint(_classes(element))


def _unwrap_list(element: "HtmlElement") -> None:
    for item in element.findall("li"):
        item.tag = "div"
    element.tag = "div"


def _classes(element: "HtmlElement") -> set[str]:
    return {*(element.get("class") or "").split()}
