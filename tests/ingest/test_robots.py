import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from index.errors import ReadError
from index.ingest.web.fetch import FetchLimits, fetch
from tests.support.local_site import LocalSite

LOCAL = FetchLimits(allow_private=True, timeout_seconds=5)


def is_allowed(site: LocalSite, robots_txt: bytes | str, path: str) -> bool:
    site.pages["/robots.txt"] = robots_txt.encode() if isinstance(robots_txt, str) else robots_txt
    with pytest.raises(ReadError, match=r"disallows it|answered 404") as caught:
        fetch(site.url(path), LOCAL)
    return "answered 404" in str(caught.value)


@pytest.mark.parametrize(
    ("rules", "path", "allowed"),
    [
        ("", "/a", True),
        ("Disallow:", "/a", True),
        ("Disallow: /", "/a", False),
        ("Disallow: /a", "/ab", False),
        ("Disallow: /a/", "/a", True),
        ("Disallow: /a\nAllow: /a/b", "/a/b/c", True),
        ("Allow: /a\nDisallow: /a", "/a", True),
        ("Disallow: /*.pdf$", "/x/y.pdf", False),
        ("Disallow: /*.pdf$", "/x/y.pdf?z", True),
        ("Disallow: /*?", "/x?y", False),
        ("Disallow: /a*b*c", "/a1b2c3", False),
        ("Disallow: /a$", "/a", False),
        ("Disallow: /a$", "/ab", True),
        ("Disallow: /%7Ejoe # comment", "/~joe/x", False),
        ("Disallow: /ü", "/%C3%BC", False),
        ("disallow : /a", "/a", False),
    ],
)
def test_longest_matching_rule_decides(
    site: LocalSite, rules: str, path: str, allowed: bool
) -> None:
    assert is_allowed(site, f"User-agent: *\n{rules}\n", path) is allowed


def test_rules_for_quoth_override_those_for_all(site: LocalSite) -> None:
    robots_txt = "User-agent: *\nDisallow: /\n\nUser-agent: Other\nUser-Agent: quoth\nDisallow: /b"
    assert is_allowed(site, robots_txt, "/a")
    assert not is_allowed(site, robots_txt, "/b")
    assert not is_allowed(site, robots_txt.replace("quoth", "else"), "/a")


def test_groups_of_the_same_agent_are_merged(site: LocalSite) -> None:
    robots_txt = (
        "User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: *\nDisallow: /b"
    )
    allowed = [is_allowed(site, robots_txt, path) for path in ("/a", "/b", "/c")]
    assert allowed == [False, False, True]


def test_byte_order_mark_is_ignored(site: LocalSite) -> None:
    assert not is_allowed(site, b"\xef\xbb\xbfUser-agent: *\nDisallow: /a", "/a")


def test_rules_past_half_a_megabyte_are_ignored(site: LocalSite) -> None:
    rules = "User-agent: *\nDisallow: /a\n" + "# padding\n" * 50_000 + "Disallow: /b\n"
    assert not is_allowed(site, rules, "/a")
    assert is_allowed(site, rules, "/b")


def test_patterns_with_many_stars_are_fast(site: LocalSite) -> None:
    started = time.process_time()
    pattern = "*a" * 2_000 + "$"
    assert is_allowed(site, f"User-agent: *\nDisallow: /{pattern}", "/" + "a" * 1_500 + "b")
    assert time.process_time() - started < 1


@given(st.text(max_size=200))
def test_any_text_is_parsed_as_robots_txt(text: str) -> None:
    for robots_txt in (text, f"User-agent: *\nDisallow: /{text}"):
        Protego.parse(robots_txt).can_fetch("http://example.org/a?b", "Quoth")
