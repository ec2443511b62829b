import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.ingest.web.robots import Robots


def allows(text: str, path: str, agent: str = "Quoth") -> bool:
    return Robots.parse(text, agent).allows(path)


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
def test_the_longest_rule_that_matches_decides(rules: str, path: str, allowed: bool) -> None:
    assert allows(f"User-agent: *\n{rules}\n", path) is allowed


def test_our_own_group_goes_before_the_one_for_all() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: Other\nUser-Agent: quoth/2\nDisallow: /b"
    assert allows(text, "/a")
    assert not allows(text, "/b")
    assert not allows(text, "/a", agent="Else")


def test_groups_of_the_same_agent_count_together() -> None:
    text = "User-agent: *\nDisallow: /a\nUser-agent: x\nDisallow: /\nUser-agent: *\nDisallow: /b"
    assert [allows(text, path) for path in ("/a", "/b", "/c")] == [False, False, True]


def test_many_stars_take_no_time() -> None:
    started = time.monotonic()
    assert allows("User-agent: *\nDisallow: /" + "*a" * 2_000 + "$", "/" + "a" * 1_500 + "b")
    assert time.monotonic() - started < 1


@given(st.text(max_size=200), st.text(max_size=40))
def test_any_text_is_read(text: str, path: str) -> None:
    allows(text, f"/{path}")
    allows(f"User-agent: *\nDisallow: /{text}", f"/{path}")
