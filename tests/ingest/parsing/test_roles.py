import time

import pytest

from index.ingest.readers.myst.references import write_references
from index.ingest.readers.rst.reader import read_rst
from tests.support.format_files import block_texts

_ROLES = [
    ("term", "pump", "pump"),
    ("term", "pumps <pump>", "pumps"),
    ("class", "~harbour.boats.Boat", "`Boat`"),
    ("py:class", ".Boat", "`Boat`"),
    ("func", "harbour.ring", "`harbour.ring()`"),
    ("py:meth", "~.Boat.sail()", "`sail()`"),
    ("func", "the bell <harbour.ring>", "the bell"),
    ("option", "--loud", "`--loud`"),
    ("file", "/etc/boat.toml", "`/etc/boat.toml`"),
    ("file", "{name}.clinic{suffix}", "`name.clinicsuffix`"),
    ("samp", "3.{x}.0", "`3.x.0`"),
    ("pep", "8", "PEP 8"),
    ("pep", "8#naming", "PEP 8"),
    ("pep", "the guide <8#naming>", "the guide"),
    ("rfc", "2822", "RFC 2822"),
    ("cve", "2020-10735", "CVE 2020-10735"),
    ("kbd", "Ctrl+C", "Ctrl+C"),
    ("guilabel", "Save", "Save"),
    ("menuselection", "File --> Save", "File ‣ Save"),
    ("abbr", "GRT (gross register tons)", "GRT (gross register tons)"),
    ("issue", "12", "#12"),
    ("config:option", "server-core:core.dns", "`core.dns`"),
    ("math", "a_1", "$a_1$"),
    ("sup", "2", "²"),
    ("code", "a", "`a`"),
]


@pytest.mark.parametrize(("role", "content", "shown"), _ROLES)
def test_a_role_shows_what_a_page_does(role: str, content: str, shown: str) -> None:
    assert write_references(f"See {{{role}}}`{content}`.", {}) == f"See {shown}."
    assert block_texts(read_rst(f"See :{role}:`{content}`."))[0] in {f"See {shown}.", "See ²."}


def test_an_icon_is_left_out() -> None:
    assert write_references("Press {octicon}`plug;1.5em` here.", {}) == "Press  here."


def test_what_markdown_would_take_for_markup_is_escaped() -> None:
    assert write_references("{guilabel}`a*b_c _d`", {}) == r"a\*b_c \_d"


def test_only_roles_outside_of_code_are_rewritten() -> None:
    text = "`127.0.0.1:{port}`, `{name}` and `` {ref}`a` ``\n\n~~~\n{ref}`a`\n~~~\n"
    assert write_references(text, {"ref:a": "A"}) == text


def test_a_role_may_go_on_in_the_next_line() -> None:
    assert write_references("{ref}`the long\nlabel <a>`", {}) == "the long label"


def test_references_are_written_in_linear_time() -> None:
    start = time.perf_counter()
    write_references("{a}`" * 50_000 + "[](" * 50_000 + "{a}``b" * 50_000, {})
    assert time.perf_counter() - start < 5
