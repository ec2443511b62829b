import asyncio
import json
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.api.access import AccessPolicy, RequestLimiter, is_loopback
from bot.api.http_server import error_reply
from bot.api.routes import ROUTES, openapi_document
from bot.config.settings import Settings, read_settings
from bot.services.search_pool import SearchPool
from index.errors import SettingsError, StorageUnavailable
from tests.api.conftest import TOKEN, serving, serving_in_thread


async def request(method: str, url: str, **options: Any) -> tuple[int, Any, dict[str, str]]:
    async with aiohttp.ClientSession() as session, session.request(method, url, **options) as reply:
        assert reply.headers["Server"] == "quoth"
        return reply.status, json.loads(await reply.text()), dict(reply.headers)


async def test_every_endpoint_answers(settings: Settings) -> None:
    async with serving(settings) as url:
        question = {"question": "Is black tea fermented for hours?", "quotes": 1}
        status, answer, _ = await request("POST", f"{url}/v1/ask", json=question)
        assert (status, answer["verdict"]) == (200, "answered")
        (quote,) = answer["quotes"]
        assert (quote["article"], quote["paragraph"]) == ("tea.md", 2)
        assert quote["highlight"]["text"] == "Black tea is fermented for two to four hours."
        query = {"query": "caffeine", "limit": 1}
        _, ranking, _ = await request("POST", f"{url}/v1/search", json=query)
        assert [each["article"] for each in ranking["results"]] == ["web/coffee.md"]
        text = {"text": "“Black tea is fermented … for years”"}
        _, verified, _ = await request("POST", f"{url}/v1/verify", json=text)
        assert verified["match"] == "exact"
        options = {"article": "long.txt", "paragraph": "70", "count": "50"}
        _, shown, _ = await request("GET", f"{url}/v1/show", params=options)
        assert [each["paragraph"] for each in shown["paragraphs"]] == list(range(70, 80))
        assert shown["next"] is None
        _, listed, _ = await request("GET", f"{url}/v1/sources", params={"limit": "2"})
        assert (listed["total"], len(listed["sources"])) == (4, 2)


async def test_collections_of_a_server_stay_hidden(settings: Settings) -> None:
    async with serving(settings) as url:
        text = {"text": "The museum will be sold to the highest bidder in June."}
        _, verified, _ = await request("POST", f"{url}/v1/verify", json=text)
        assert verified["match"] == "none"
        question = {"question": "Will the museum be sold to the highest bidder?", "quotes": 50}
        _, answer, _ = await request("POST", f"{url}/v1/ask", json=question)
        assert "secret" not in json.dumps(answer)
        query = {"query": "the museum will be sold", "limit": 50}
        _, ranking, _ = await request("POST", f"{url}/v1/search", json=query)
        assert "secret" not in json.dumps(ranking)
        named = question | {"article": "secret/plan.txt"}
        assert (await request("POST", f"{url}/v1/ask", json=named))[0] == 422
        options = {"article": "secret/plan.txt"}
        assert (await request("GET", f"{url}/v1/show", params=options))[0] == 404
        _, listed, _ = await request("GET", f"{url}/v1/sources")
        assert "secret" not in json.dumps(listed)
        async with aiohttp.ClientSession() as session:
            assert (await session.get(f"{url}/a/secret/plan.txt")).status == 404


async def test_chosen_collections_are_the_only_ones(settings: Settings) -> None:
    chosen = Settings(index=settings.index, serve_collections=("web",))
    async with serving(chosen) as url:
        _, listed, _ = await request("GET", f"{url}/v1/sources")
    assert [each["article"] for each in listed["sources"]] == ["web/coffee.md"]


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        ("{", 400, "not valid JSON"),
        ("[]", 422, "body: Input should be an object"),
        ("{}", 422, "question: Field required"),
        ('{"question": ""}', 422, "question: String should have at least 1 character"),
        ('{"question": " "}', 422, "couldn't find a question"),
        ('{"question": "tea", "quotes": "3"}', 422, "quotes: Input should be a valid integer"),
        ('{"question": "tea", "secret": 1}', 422, "secret: Extra inputs are not permitted"),
        ('{"question": "tea", "since": "???"}', 422, "don't understand the date"),
        ('{"question": "\\ud800 tea?"}', 400, "not valid JSON"),
        (json.dumps({"question": "x" * 70_000}), 413, "Too Large"),
    ],
)
async def test_bad_bodies_get_one_line(
    settings: Settings, body: str, status: int, reason: str
) -> None:
    headers = {"Content-Type": "application/json"}
    async with serving(settings) as url:
        got, values, _ = await request("POST", f"{url}/v1/ask", data=body, headers=headers)
    assert (got, set(values)) == (status, {"error"})
    assert reason in values["error"]
    assert "\n" not in values["error"]


async def test_other_paths_methods_and_types_are_refused(settings: Settings) -> None:
    async with serving(settings) as url:
        assert (await request("GET", f"{url}/v1/none"))[0] == 404
        status, _, headers = await request("GET", f"{url}/v1/ask")
        assert (status, headers["Allow"]) == (405, "POST")
        assert (await request("POST", f"{url}/v1/ask", data="question=tea"))[0] == 415
        twice = f"{url}/v1/show?article=tea.md&article=long.txt"
        assert (await request("GET", twice))[0] == 422
        assert (await request("GET", f"{url}/a/../../etc/passwd"))[0] == 404


async def test_errors_of_the_machine_tell_no_paths(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("/home/operator/index is full")

    monkeypatch.setattr(SearchPool, "read", fail)
    async with serving(settings) as url:
        status, values, _ = await request("GET", f"{url}/v1/sources")
    assert status == 500
    code = values["error"].rpartition(" ")[2]
    assert values["error"] == f"something went wrong; the server's log has it under {code}"
    assert code in caplog.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "localhost.evil.example"}, 421),
        ({"Host": "[::1"}, 421),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "quotes.example.org"}, 200),
        ({"Host": "LOCALHOST:1"}, 200),
        ({"Origin": "http://localhost:3000"}, 200),
    ],
)
async def test_requests_of_web_pages_are_refused(
    settings: Settings, headers: dict[str, str], status: int
) -> None:
    public = settings.model_copy(update={"public_url": "https://quotes.example.org"})
    async with serving(public) as url:
        assert (await request("GET", f"{url}/v1/sources", headers=headers))[0] == status


async def test_a_token_is_needed_if_there_is_one(settings: Settings) -> None:
    secured = Settings(index=settings.index, serve_token=TOKEN)  # type: ignore[arg-type]
    async with serving(secured) as url:
        status, _, headers = await request("GET", f"{url}/v1/sources")
        assert (status, headers["WWW-Authenticate"]) == (401, "Bearer")
        for path in ("/openapi.json", "/a/tea.md", "/v1/none"):
            assert (await request("GET", url + path))[0] == 401
        for sent in (f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer", f"Bearer {TOKEN[:-1]}"):
            wrong = {"Authorization": sent}
            assert (await request("GET", f"{url}/v1/sources", headers=wrong))[0] == 401
        right = {"Authorization": f"bearer {TOKEN}"}
        assert (await request("GET", f"{url}/v1/sources", headers=right))[0] == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "quotes.example.org", ""])  # noqa: S104
def test_other_machines_need_a_token(settings: Settings, host: str) -> None:
    assert not is_loopback(host)
    with pytest.raises(SettingsError, match="set QUOTH_SERVE_TOKEN"):
        AccessPolicy.from_settings(settings, host)


def test_a_short_token_is_refused_without_printing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_SERVE_TOKEN", "secret")
    with pytest.raises(SettingsError) as caught:
        read_settings()
    assert str(caught.value) == (
        "QUOTH_SERVE_TOKEN is not valid: it must have 16 characters or more; see .env.example"
    )
    assert caught.value.__cause__ is None


async def test_clients_have_to_wait_after_many_requests(settings: Settings) -> None:
    limited = settings.model_copy(update={"serve_rate": 3})
    async with serving(limited) as url:
        replies = [await request("GET", f"{url}/v1/sources") for _ in range(4)]
    assert [status for status, _, _ in replies] == [200, 200, 200, 429]
    assert replies[-1][2]["Retry-After"] == "20"


def test_the_limiter_refills_and_forgets_clients() -> None:
    now = 0.0
    limiter = RequestLimiter(6, lambda: now)
    assert [limiter.wait_seconds("a") for _ in range(7)] == [0, 0, 0, 0, 0, 0, 10]
    assert limiter.wait_seconds("b") == 0
    now = 10
    assert [limiter.wait_seconds("a") for _ in range(2)] == [0, 10]
    now = 1000
    for client in range(30_000):
        limiter.wait_seconds(str(client))
    assert len(limiter._full_at) <= 10_000


def test_clients_behind_a_proxy_are_told_apart(settings: Settings) -> None:
    public = settings.model_copy(
        update={"public_url": "https://quotes.example.org", "serve_rate": 1}
    )
    policy = AccessPolicy.from_settings(public, "127.0.0.1")
    host = {"host": "quotes.example.org"}

    def status(client: str) -> int:
        refusal = policy.check("127.0.0.1", host | {"x-forwarded-for": client})
        return refusal.status if refusal else 200

    assert status("forged, 192.0.2.1") == 200
    assert status("other, 192.0.2.1") == 429
    assert status("192.0.2.2") == 200
    assert status("2001:db8::1") == 200
    assert status("2001:db8::2") == 429


async def test_many_requests_at_once_are_all_answered(settings: Settings) -> None:
    async with serving(settings) as url:
        body = {"text": "Robusta coffee holds twice the caffeine"}
        replies = await asyncio.gather(
            *(request("POST", f"{url}/v1/verify", json=body) for _ in range(20))
        )
    assert {(status, values["match"]) for status, values, _ in replies} == {(200, "exact")}


def test_the_document_names_the_token_only_if_needed() -> None:
    assert "security" not in openapi_document(needs_token=False)
    assert openapi_document(needs_token=True)["security"] == [{"token": []}]
    assert len(openapi_document(needs_token=False)["paths"]) == len(ROUTES)


@given(st.text(), st.text(), st.text())
def test_any_headers_are_refused_or_served(host: str, origin: str, token: str) -> None:
    policy = AccessPolicy(TOKEN, frozenset({"localhost"}), True, True, RequestLimiter(10_000))
    headers = {"host": host, "origin": origin, "authorization": f"Bearer {token}"}
    refusal = policy.check(host, headers)
    assert refusal is not None
    assert refusal.status in {401, 403, 421}


def test_the_server_does_as_its_openapi_document_says(settings: Settings) -> None:
    import schemathesis
    from schemathesis.core.result import Ok
    from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

    # There is no token here, and an article or a date that fits the schema may still be unknown.
    excluded = [ignored_auth, positive_data_acceptance]
    generous = settings.model_copy(update={"serve_rate": 100_000})
    with serving_in_thread(generous) as url:
        schema = schemathesis.openapi.from_url(f"{url}/openapi.json")
        for result in schema.get_all_operations():
            assert isinstance(result, Ok)

            @hypothesis_settings(
                max_examples=20, deadline=None, suppress_health_check=list(HealthCheck)
            )
            @given(case=result.ok().as_strategy())
            def conforms(case: schemathesis.Case[Any]) -> None:
                case.call_and_validate(excluded_checks=excluded)

            conforms()


def test_unreachable_articles_are_a_temporary_error() -> None:
    response = error_reply(StorageUnavailable("secret"))
    assert (response.status, response.headers["Retry-After"]) == (503, "5")
    assert "reach my articles" in str(response.text)
    assert "secret" not in str(response.text)
