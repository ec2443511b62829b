"""Render plain pages: an article, so that a reader can look at a quoted paragraph, and the start.

``#p12`` in the address marks paragraph 12, without scripts. Pages load nothing.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from html import escape

from bot.api.routes import ROUTES
from index.text.urls import is_http_url
from index.types import Quote, Source

_STYLE = """
:root { color-scheme: light dark; --text: #1c1c1e; --page: #fdfdfb; --soft: #63636b;
  --line: #dcdcd8; --mark: #fff1b8; --edge: #c98a00; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e6e3; --page: #17181a; --soft: #a3a3ab;
  --line: #36373b; --mark: #4a3c10; --edge: #e0a526; --link: #8ab8f0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 42rem; margin: 0 auto; padding: 1.5rem 1.25rem 40vh; }
header { border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; padding-bottom: 1rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; line-height: 1.35; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
header p, footer { color: var(--soft); font-size: .875rem; margin: .25rem 0;
  overflow-wrap: anywhere; }
section { display: grid; grid-template-columns: 2.75rem minmax(0, 1fr); margin: 0 -1rem;
  padding: .4rem .75rem; border-left: 4px solid transparent; scroll-margin-top: 20vh; }
section p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
section > a { color: var(--soft); font-size: .75rem; line-height: 1.7rem; text-decoration: none; }
section:target { background: var(--mark); border-left-color: var(--edge); }
a { color: var(--link); }
a:focus-visible { outline: 2px solid var(--edge); outline-offset: 2px; }
footer { border-top: 1px solid var(--line); margin-top: 2rem; padding-top: 1rem; }
@media (max-width: 30rem) { section { display: block; } section > a { line-height: 1; } }
@media print { main { max-width: none; padding: 0; } }
"""
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def article_page(source: Source, paragraphs: Sequence[Quote]) -> str:
    """Render an article with all its paragraphs."""
    title = escape(source.metadata.title)
    language = escape(source.metadata.language or "en")
    body = "\n".join([*_header(source), *_sections(paragraphs), *_footer(source)])
    return _page(title, body, language)


def start_page(*, needs_token: bool) -> str:
    """Render what is served here: the endpoints and where they are described."""
    endpoints = "\n".join(
        f"<li><code>{route.method} {route.path}</code><br>{escape(route.summary)}</li>"
        for route in ROUTES
    )
    note = "<p>Send the token as <code>Authorization: Bearer TOKEN</code>.</p>\n"
    body = f"""<header><h1>Quoth</h1>
<p>Exact quotes from a collection of articles, each with its source.</p></header>
<p>This server answers programs: <a href="openapi.json">openapi.json</a> describes these endpoints,
and <a href="v1/sources">v1/sources</a> lists the articles. <code>/a/ARTICLE</code> shows one.</p>
<ul>
{endpoints}
</ul>
{note if needs_token else ""}"""
    return _page("Quoth", body, "en")


def missing_page() -> str:
    """Render the page for an article that does not exist or may not be seen."""
    body = "<h1>No such article</h1>\n<p>It may have been removed or renamed.</p>"
    return _page("No such article", body, "en")


def _page(title: str, body: str, language: str) -> str:
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _header(source: Source) -> Iterator[str]:
    metadata = source.metadata
    yield f'<header>\n<h1 dir="auto">{escape(metadata.title)}</h1>'
    origin = filter(None, (metadata.publisher, metadata.author, metadata.published))
    if line := escape(" · ".join(origin)):
        yield f'<p dir="auto">{line}</p>'
    if metadata.url and is_http_url(metadata.url):
        url = escape(metadata.url)
        yield f'<p><a href="{url}" rel="noopener noreferrer">{url}</a></p>'
    yield "</header>"


def _sections(paragraphs: Sequence[Quote]) -> Iterator[str]:
    heading = None
    for quote in paragraphs:
        citation = quote.citation
        if citation.section != heading:
            heading = citation.section
            if heading:
                yield f'<h2 dir="auto">{escape(heading)}</h2>'
        number = citation.paragraph
        link = f'<a href="#p{number}" aria-label="Paragraph {number}">¶ {number}</a>'
        text = escape(quote.passage.text)
        yield f'<section id="p{number}">{link}<p dir="auto">{text}</p></section>'


def _footer(source: Source) -> Iterator[str]:
    yield f"<footer><p>{escape(source.path)} · the text as Quoth quotes it</p></footer>"
