import gzip
import ipaddress
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.web.addresses import is_public, place
from index.ingest.web.fetch import Fetched, FetchLimits, fetch
from tests.support.local_site import Web, serving

HERE = FetchLimits(private=True, seconds=5)


@pytest.fixture
def web() -> Iterator[Web]:
    with serving() as server:
        yield server


def test_a_document_comes_with_its_type_and_address(web: Web) -> None:
    web.pages["/a"] = (200, {"Content-Type": "text/plain; charset=Latin-1"}, b"Hello.")
    assert fetch(web.url("/a"), HERE) == Fetched(web.url("/a"), "text/plain", b"Hello.", "latin-1")


def test_redirects_are_followed_to_their_end(web: Web) -> None:
    web.pages["/a"] = (302, {"Location": "b?x=1#y"}, b"")
    web.pages["/b?x=1"] = b"Hello."
    assert fetch(web.url("/a"), HERE).data == b"Hello."
    assert web.asked == ["/robots.txt", "/a", "/b?x=1"]


def test_a_ring_of_redirects_ends(web: Web) -> None:
    web.pages["/a"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(ReadError, match=r"more than 5 redirects; wanted the final address"):
        fetch(web.url("/a"), HERE)


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://example.org/", "//user:pw@127.0.0.1/", "http://[", "x:"],
)
def test_a_redirect_to_what_is_no_page_is_refused(web: Web, location: str) -> None:
    web.pages["/a"] = (302, {"Location": location}, b"")
    with pytest.raises(ReadError, match="wanted an http:// or https:// link"):
        fetch(web.url("/a"), HERE)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "ftp link to 'example.org'"),
        ("file:///etc/passwd", "file link to ''"),
        ("http://", "http link to ''"),
        ("https://me:pw@example.org/", "with a name or password"),
        ("http://example.org:99999/", "no link"),
        ("http://exam ple.org/", "blanks or controls"),
        ("http://example.org/\r\nX: y", "blanks or controls"),
        ("http://example.org/" + "a" * 3_000, "a link of 3019 characters"),
        ("http://127.0.0.1/", "127.0.0.1 is at 127.0.0.1, a private address"),
        ("http://2130706433/", "private address|no address"),
        ("http://[::1]/", "a private address"),
        ("http://[::ffff:127.0.0.1]/", "a private address"),
        ("http://localhost/", "a private address"),
        ("http://169.254.169.254/latest/meta-data", "a private address"),
    ],
)
def test_links_that_lead_nowhere_or_inside_are_refused(url: str, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        fetch(url)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::5db8:d822", True),
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - it is looked at, not bound
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("fe80::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:db8::1", False),
    ],
)
def test_addresses_are_public_or_not_also_where_they_carry_another(
    address: str, public: bool
) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_a_public_page_cannot_send_us_inside(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name has a public and a private address: one is enough to refuse."""
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 80))
        for host in ("93.184.216.34", "127.0.0.1")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(ReadError, match=r"example\.org is at 127\.0\.0\.1, a private address"):
        fetch("http://example.org/")
    assert web.asked == []


def test_the_name_is_looked_up_once_and_the_checked_address_is_used(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.pages["/a"] = b"Hello."
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, *rest: object, **options: object) -> object:
        asked.append(host)
        return real("127.0.0.1" if host == "example.org" else host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    limits = replace(HERE, robots=False)
    assert fetch(f"http://example.org:{web.port}/a", limits).data == b"Hello."
    assert asked == ["example.org", "127.0.0.1"]  # the second is create_connection's, of a number


def test_robots_are_asked_first_and_obeyed(web: Web) -> None:
    web.pages["/robots.txt"] = b"User-agent: *\nDisallow: /private"
    web.pages["/private/a"] = b"Hello."
    with pytest.raises(ReadError, match=r"robots\.txt of 127\.0\.0\.1 keeps programs away"):
        fetch(web.url("/private/a"), HERE)
    assert web.asked == ["/robots.txt"]
    assert fetch(web.url("/private/a"), replace(HERE, robots=False)).data == b"Hello."


def test_robots_are_asked_again_where_a_redirect_leads(web: Web) -> None:
    web.pages["/a"] = (301, {"Location": "/private"}, b"")
    web.pages["/robots.txt"] = b"User-agent: quoth\nDisallow: /private"
    with pytest.raises(ReadError, match="keeps programs away"):
        fetch(web.url("/a"), HERE)
    assert web.asked == ["/robots.txt", "/a"]


def test_robots_that_fail_keep_us_away(web: Web) -> None:
    web.pages["/robots.txt"] = (503, {}, b"")
    with pytest.raises(ReadError, match=r"robots\.txt of 127\.0\.0\.1 answers 503"):
        fetch(web.url("/a"), HERE)


def test_the_answer_must_be_a_document(web: Web) -> None:
    web.pages["/empty"] = b"  "
    with pytest.raises(ReadError, match=r"the server answers 404 \(Not Found\); wanted 200"):
        fetch(web.url("/nowhere"), HERE)
    with pytest.raises(ReadError, match="the server sends nothing"):
        fetch(web.url("/empty"), HERE)


def test_what_is_too_large_is_refused_by_its_length_or_on_the_way(web: Web) -> None:
    web.pages["/said"] = b"x" * 2_000
    web.pages["/packed"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 500_000))
    limits = replace(HERE, max_bytes=1_000)
    with pytest.raises(ReadError, match="2,000 bytes, wanted 1,000 at most"):
        fetch(web.url("/said"), limits)
    with pytest.raises(ReadError, match="more than 1,000 bytes"):
        fetch(web.url("/packed"), limits)


def test_packed_content_is_unpacked(web: Web) -> None:
    packed = gzip.compress(b"Hello. " * 1_000)
    web.pages["/a"] = (200, {"Content-Encoding": "gzip"}, packed)
    web.pages["/cut"] = (200, {"Content-Encoding": "gzip"}, packed[:40])
    web.pages["/br"] = (200, {"Content-Encoding": "br"}, b"x")
    web.pages["/bad"] = (200, {"Content-Encoding": "gzip"}, b"no gzip")
    assert fetch(web.url("/a"), HERE).data == b"Hello. " * 1_000
    for path, reason in (("/cut", "broke off"), ("/br", "packed as 'br'"), ("/bad", "reached")):
        with pytest.raises(ReadError, match=reason):
            fetch(web.url(path), HERE)


def broken_off(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


def dripping(handler: BaseHTTPRequestHandler) -> None:
    """A byte every now and then, within any timeout of a single read."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)


def dripping_headers(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for number in range(100):
            handler.wfile.write(b"X-%d: y\r\n" % number)
            time.sleep(0.05)


def test_an_answer_that_breaks_off_is_not_saved(web: Web) -> None:
    web.pages["/a"] = broken_off
    with pytest.raises(ReadError, match="broke off before its end"):
        fetch(web.url("/a"), HERE)


@pytest.mark.parametrize("drip", [dripping, dripping_headers])
def test_a_server_that_drips_is_hung_up_on(web: Web, drip: object) -> None:
    web.pages["/a"] = drip  # type: ignore[assignment]
    started = time.monotonic()
    with pytest.raises(ReadError, match="took too long"):
        fetch(web.url("/a"), replace(HERE, seconds=0.5))
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "answer", [b"", b"no http at all\r\n\r\n", b"HTTP/1.0 200 OK\r\nX" + b"y" * 99_999]
)
def test_what_is_no_answer_is_an_error_of_ours(web: Web, answer: bytes) -> None:
    web.pages["/a"] = lambda handler: (handler.wfile.write(answer), None)[1]
    with pytest.raises(ReadError, match="cannot be reached"):
        fetch(web.url("/a"), HERE)


def test_a_server_without_a_certificate_is_not_trusted(web: Web) -> None:
    with pytest.raises(ReadError, match="cannot be reached"):
        fetch(f"https://127.0.0.1:{web.port}/", HERE)


def test_nobody_there_is_an_error_of_ours() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ReadError, match="cannot be reached"):
        fetch(f"http://127.0.0.1:{port}/", HERE)


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://example.org/"]))
def test_any_text_is_a_place_or_our_error(text: str, scheme: str) -> None:
    try:
        at = place(scheme + text)
    except ReadError:
        return
    assert at.target.isascii()
    assert at.target.startswith("/")
    assert not any(character in at.target + at.host for character in " \r\n\0")
