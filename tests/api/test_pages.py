import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDict

from bot.api.pages import HEADERS
from bot.config.settings import Settings, read_settings
from bot.services.hot_swap import open_as_configured
from index.errors import SettingsError
from index.store.local import LocalStore
from tests.api.conftest import TOKEN, serving

PUBLIC = "https://quotes.example.org"
CHROMIUM = Path("/usr/bin/chromium")
HAS_CHROMIUM = CHROMIUM.exists()


async def get(url: str, **headers: str) -> tuple[int, str, CIMultiDict[str]]:
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as reply:
        return reply.status, await reply.text(), reply.headers.copy()


async def test_a_page_has_every_paragraph_by_number(settings: Settings) -> None:
    async with serving(settings) as url:
        status, html, headers = await get(f"{url}/a/tea.md")
        assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert re.findall(r'id="(p\d+)"', html) == ["p1", "p2"]
        assert '<h2 dir="auto">Black</h2>' in html
        assert "Tea Board · 2021-03-09" in html
        assert (await get(f"{url}/a/tea.md", **{"If-None-Match": headers["ETag"]}))[0] == 304
        assert (await get(f"{url}/a/none.md"))[0] == 404


async def test_the_start_page_names_what_is_served(settings: Settings) -> None:
    async with serving(settings) as url:
        status, html, headers = await get(f"{url}/")
        links = [f"{url}/{path}" for path in re.findall(r'href="([^"]+)"', html)]
        assert [(await get(link))[0] for link in links] == [200, 200]
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert re.findall(r"<li><code>(.+?)</code>", html) == [
        *("POST /v1/ask", "POST /v1/search", "POST /v1/verify"),
        *("GET /v1/show", "GET /v1/sources"),
    ]
    assert "token" not in html


async def test_a_page_escapes_what_articles_contain(settings: Settings) -> None:
    async with serving(settings) as url:
        status, html, _ = await get(f"{url}/a/odd%20names/a%20b%23c%3F.txt")
    assert status == 200
    assert "Odd &lt;b&gt;names&lt;/b&gt;" in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “marks”\nin two lines" in html
    assert "<script" not in html


async def test_a_page_allows_nothing_but_its_own_style(settings: Settings) -> None:
    async with serving(settings) as url:
        for path in ("/", "/a/tea.md", "/a/none"):
            _, _, headers = await get(url + path)
            assert HEADERS.items() <= headers.items()
    assert HEADERS["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")


async def test_pages_are_public_only_with_a_public_address(settings: Settings) -> None:
    secured = Settings(index=settings.index, serve_token=TOKEN)  # type: ignore[arg-type]
    async with serving(secured) as url:
        assert (await get(f"{url}/a/tea.md"))[0] == (await get(f"{url}/"))[0] == 401
    async with serving(secured.model_copy(update={"public_url": PUBLIC})) as url:
        assert (await get(f"{url}/a/tea.md"))[0] == 200
        assert "Authorization: Bearer TOKEN" in (await get(f"{url}/"))[1]
        assert (await get(f"{url}/v1/sources"))[0] == 401


def test_citations_without_a_link_lead_to_the_page(settings: Settings) -> None:
    public = settings.model_copy(update={"public_url": PUBLIC})
    with open_as_configured(LocalStore(settings.index), public) as searcher:

        def url(question: str) -> str | None:
            return searcher.ask(question).quotes[0].citation.metadata.url

        assert url("Is black tea fermented for hours?") == f"{PUBLIC}/a/tea.md#p2"
        assert url("Does robusta coffee hold twice the caffeine?") == "https://coffee.example/beans"
        odd = searcher.quoter.quote_span(1, "odd names/a b#c?.txt", 0, 1)
        assert odd.citation.metadata.url == f"{PUBLIC}/a/odd%20names/a%20b%23c%3F.txt#p1"
        assert url("Will the museum be sold to the highest bidder in June?") is None


@pytest.mark.parametrize(
    "url", ["quotes.example.org", "ftp://a.example", "https://a/?b", "http://"]
)
def test_a_public_address_must_be_one(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("QUOTH_PUBLIC_URL", url)
    with pytest.raises(SettingsError, match="QUOTH_PUBLIC_URL"):
        read_settings()


@asynccontextmanager
async def browser_page(**options: Any) -> AsyncIterator[Any]:
    """Open a page in Debian's chromium."""
    if not HAS_CHROMIUM:
        pytest.skip("needs Debian's package chromium")
    playwright = pytest.importorskip("playwright.async_api", reason="needs quoth[pictures]")
    async with playwright.async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = await browser.new_page(**options)
        yield page
        await browser.close()


_MARKED = """() => {
  const marked = document.querySelector(':target');
  const style = getComputedStyle(marked);
  const box = marked.getBoundingClientRect();
  return {
    id: marked.id, mark: style.backgroundColor,
    page: getComputedStyle(document.body).backgroundColor,
    visible: box.top >= 0 && box.bottom <= innerHeight,
    wide: document.documentElement.scrollWidth > innerWidth,
  };
}"""


@pytest.mark.parametrize(
    ("scheme", "page_colour", "mark"),
    [
        ("light", "rgb(253, 253, 251)", "rgb(255, 241, 184)"),
        ("dark", "rgb(23, 24, 26)", "rgb(74, 60, 16)"),
    ],
)
async def test_a_browser_marks_the_quoted_paragraph(
    settings: Settings, scheme: str, page_colour: str, mark: str
) -> None:
    phone = {"width": 360, "height": 640}
    async with serving(settings) as url, browser_page(viewport=phone, color_scheme=scheme) as page:
        loaded: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        await page.goto(f"{url}/a/long.txt#p60")
        assert await page.evaluate(_MARKED) == {
            "id": "p60",
            "mark": mark,
            "page": page_colour,
            "visible": True,
            "wide": False,
        }
    assert {each.removeprefix(url) for each in loaded} <= {"/a/long.txt", "/favicon.ico"}
    assert [each for each in complaints if "404" not in each] == []
