import gzip
import ipaddress
import socket
import time
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError
from index.ingest.web.addresses import is_public, parse_url
from index.ingest.web.fetch import Fetched, FetchLimits, fetch
from tests.support.local_site import LocalSite, Response

LOCAL = FetchLimits(allow_private=True, timeout_seconds=5)


def test_returns_document_with_media_type_charset_and_url(site: LocalSite) -> None:
    site.pages["/a"] = (200, {"Content-Type": "text/plain; charset=Latin-1"}, b"Hello.")
    assert fetch(site.url("/a"), LOCAL) == Fetched(
        site.url("/a"), "text/plain", b"Hello.", "latin-1"
    )


def test_follows_redirects(site: LocalSite) -> None:
    site.pages["/a"] = (302, {"Location": "b?x=1#y"}, b"")
    site.pages["/b?x=1"] = b"Hello."
    assert fetch(site.url("/a"), LOCAL).data == b"Hello."
    assert site.requested == ["/robots.txt", "/a", "/b?x=1"]


def test_rejects_redirect_loop(site: LocalSite) -> None:
    site.pages["/a"] = (302, {"Location": "/a"}, b"")
    with pytest.raises(ReadError, match=r"over 5 redirects; use the final address"):
        fetch(site.url("/a"), LOCAL)


@pytest.mark.parametrize(
    "location",
    ["file:///etc/passwd", "ftp://example.org/", "//user:pw@127.0.0.1/", "http://[", "x:"],
)
def test_rejects_redirect_to_other_schemes_or_credentials(site: LocalSite, location: str) -> None:
    site.pages["/a"] = (302, {"Location": location}, b"")
    with pytest.raises(ReadError, match="expected an http:// or https:// link"):
        fetch(site.url("/a"), LOCAL)


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ftp://example.org/", "ftp link to 'example.org'"),
        ("file:///etc/passwd", "file link without a host"),
        ("http://", "http link without a host"),
        ("https://me:pw@example.org/", "with a user name or password"),
        ("http://example.org:99999/", "invalid link"),
        ("http://exam ple.org/", "spaces in it"),
        ("http://example.org/\r\nX: y", "spaces in it"),
        ("http://example.org/" + "a" * 3_000, "the link is too long"),
        ("http://127.0.0.1/", "it is at 127.0.0.1, a private address"),
        ("http://2130706433/", "not a canonical IPv4 address"),
        ("http://[::1]/", "a private address"),
        ("http://[::ffff:127.0.0.1]/", "a private address"),
        ("http://localhost/", "a private address"),
        ("http://169.254.169.254/latest/meta-data", "a private address"),
    ],
)
def test_rejects_invalid_urls_and_private_addresses(url: str, reason: str) -> None:
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
        ("0.0.0.0", False),  # noqa: S104 - only parsed, not bound
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
def test_public_and_private_addresses_are_told_apart(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_never_connects_to_the_private_address_of_a_host(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    addresses = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, site.port))
        for host in ("127.0.0.1", "93.184.216.34")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: addresses)
    with pytest.raises(ReadError, match=r"example\.org.* is at 127\.0\.0\.1, a private address"):
        fetch("http://example.org/")
    assert site.requested == []


def test_connects_to_the_address_that_was_checked(
    site: LocalSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.pages["/a"] = b"Hello."
    looked_up: list[str] = []
    getaddrinfo = socket.getaddrinfo

    def look_up(host: str, *rest: object, **options: object) -> object:
        looked_up.append(host)
        return getaddrinfo("127.0.0.1" if host == "example.org" else host, *rest, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    limits = replace(LOCAL, respect_robots=False)
    assert fetch(f"http://example.org:{site.port}/a", limits).data == b"Hello."
    assert looked_up == ["example.org"]


def test_obeys_robots_txt_unless_told_not_to(site: LocalSite) -> None:
    site.pages["/robots.txt"] = b"User-agent: *\nDisallow: /private"
    site.pages["/private/a"] = b"Hello."
    with pytest.raises(ReadError, match=r"robots\.txt of 127\.0\.0\.1 disallows it"):
        fetch(site.url("/private/a"), LOCAL)
    assert site.requested == ["/robots.txt"]
    assert fetch(site.url("/private/a"), replace(LOCAL, respect_robots=False)).data == b"Hello."


def test_checks_robots_txt_again_after_a_redirect(site: LocalSite) -> None:
    site.pages["/a"] = (301, {"Location": "/private"}, b"")
    site.pages["/robots.txt"] = b"User-agent: quoth\nDisallow: /private"
    with pytest.raises(ReadError, match="disallows it"):
        fetch(site.url("/a"), LOCAL)
    assert site.requested == ["/robots.txt", "/a"]


def test_robots_txt_that_fails_disallows_everything(site: LocalSite) -> None:
    site.pages["/robots.txt"] = (503, {}, b"")
    with pytest.raises(ReadError, match=r"robots\.txt of 127\.0\.0\.1 answers 503"):
        fetch(site.url("/a"), LOCAL)


def test_rejects_error_status_and_empty_document(site: LocalSite) -> None:
    site.pages["/empty"] = b"  "
    with pytest.raises(ReadError, match=r"the server answered 404 \(Not Found\)"):
        fetch(site.url("/nowhere"), LOCAL)
    with pytest.raises(ReadError, match="the server sent an empty document"):
        fetch(site.url("/empty"), LOCAL)


def test_rejects_large_documents_declared_or_compressed(site: LocalSite) -> None:
    site.pages["/declared"] = b"x" * 2_000
    site.pages["/compressed"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"x" * 500_000))
    limits = replace(LOCAL, max_bytes=1_000)
    with pytest.raises(ReadError, match="2,000 bytes; the limit is 1,000"):
        fetch(site.url("/declared"), limits)
    with pytest.raises(ReadError, match="more than 1,000 bytes"):
        fetch(site.url("/compressed"), limits)


def test_decompresses_gzip_and_rejects_other_encodings(site: LocalSite) -> None:
    compressed = gzip.compress(b"Hello. " * 1_000)
    site.pages["/a"] = (200, {"Content-Encoding": "gzip"}, compressed)
    site.pages["/truncated"] = (200, {"Content-Encoding": "gzip"}, compressed[:40])
    site.pages["/br"] = (200, {"Content-Encoding": "br"}, b"x")
    site.pages["/invalid"] = (200, {"Content-Encoding": "gzip"}, b"no gzip")
    assert fetch(site.url("/a"), LOCAL).data == b"Hello. " * 1_000
    for path, reason in (
        ("/truncated", "broke off"),
        ("/br", "encoding 'br'"),
        ("/invalid", "cannot be reached"),
    ):
        with pytest.raises(ReadError, match=reason):
            fetch(site.url(path), LOCAL)


def send_half(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 100\r\n\r\nonly this")


def drip_body(handler: BaseHTTPRequestHandler) -> None:
    """Send a byte at a time, within any timeout of a single read."""
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(100):
            handler.wfile.write(b"x")
            time.sleep(0.05)


def drip_headers(handler: BaseHTTPRequestHandler) -> None:
    with suppress(OSError):
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
        for number in range(100):
            handler.wfile.write(b"X-%d: y\r\n" % number)
            time.sleep(0.05)


def test_rejects_truncated_response(site: LocalSite) -> None:
    site.pages["/a"] = send_half
    with pytest.raises(ReadError, match="broke off before its end"):
        fetch(site.url("/a"), LOCAL)


@pytest.mark.parametrize("drip", [drip_body, drip_headers])
def test_deadline_holds_against_slow_servers(site: LocalSite, drip: Response) -> None:
    site.pages["/a"] = drip
    started = time.monotonic()
    with pytest.raises(ReadError, match="took too long"):
        fetch(site.url("/a"), replace(LOCAL, timeout_seconds=0.5))
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    "response", [b"", b"no http at all\r\n\r\n", b"HTTP/1.0 200 OK\r\nX" + b"y" * 99_999]
)
def test_invalid_http_raises_read_error(site: LocalSite, response: bytes) -> None:
    site.pages["/a"] = lambda handler: (handler.wfile.write(response), None)[1]
    with pytest.raises(ReadError, match="cannot be reached"):
        fetch(site.url("/a"), LOCAL)


def test_rejects_server_without_certificate(site: LocalSite) -> None:
    with pytest.raises(ReadError, match="cannot be reached"):
        fetch(f"https://127.0.0.1:{site.port}/", LOCAL)


def test_refused_connection_raises_read_error() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    with pytest.raises(ReadError) as caught:
        fetch(url, LOCAL)
    reason = "127.0.0.1 cannot be reached (Connection refused); check the link"
    assert str(caught.value) == f"{url}: {reason}"


@given(st.text(max_size=60), st.sampled_from(["", "http://", "https://", "http://example.org/"]))
def test_any_text_is_parsed_safely_or_rejected(text: str, scheme: str) -> None:
    try:
        url = parse_url(scheme + text)
    except ReadError:
        return
    assert url.geturl().isascii()
    assert url.path.startswith("/")
    assert not any(character in url.geturl() for character in " \r\n\0")
    assert parse_url(url.geturl()) == url
