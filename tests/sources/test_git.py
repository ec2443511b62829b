import os
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from dulwich.objects import ObjectID

from index.errors import ReadError
from index.sources.follow import follow
from index.sources.followed import FollowedSource, SourceKind, WhenGone, read_followed
from index.sources.git.check import run_worker
from index.sources.git.location import GitLocation, GitRequest, parse_git_url
from index.sources.git.worker import check_host
from tests.support.articles import read_folder
from tests.support.followed_sites import BRIDGE, TUNNEL, Follower
from tests.support.git_server import GitRepository, serve_git
from tests.support.local_site import LocalSite

A, B = (f"# {name}\n\n{text}\n".encode() for name, text in (("A", BRIDGE), ("B", TUNNEL)))


@pytest.fixture
def follower(seeds: Path) -> Follower:
    return Follower(seeds)


@pytest.fixture
def repository(tmp_path: Path) -> GitRepository:
    return GitRepository(tmp_path / "docs.git")


@pytest.fixture
def url(repository: GitRepository) -> Iterator[str]:
    with serve_git(repository) as served:
        yield served


def test_files_are_saved_as_they_are(
    repository: GitRepository, url: str, follower: Follower
) -> None:
    repository.commit({"README.md": A, "guide/b.md": B, "logo.png": b"\x89PNG", ".git2/x.md": A})
    follower.follow(url, SourceKind.GIT, "docs")
    assert follower.plan().added == ("docs/README.md", "docs/guide/b.md")
    assert follower.files() == {"docs/README.md": A.decode(), "docs/guide/b.md": B.decode()}


def test_nothing_is_fetched_while_the_branch_stays(
    repository: GitRepository, url: str, follower: Follower
) -> None:
    repository.commit({"a.md": A})
    follower.follow(url, SourceKind.GIT, "docs")
    follower.refresh()
    plan = follower.plan()
    assert plan.is_empty
    assert plan.checked == 1
    assert plan.state.pages["a.md"].checked == follower.time.now


def test_branch_and_folder(repository: GitRepository, url: str, follower: Follower) -> None:
    repository.commit({"a.md": A})
    repository.commit({"en/guide/b.md": B, "de/a.md": A}, branch="next")
    follower.follow(f"{url}#next:en", SourceKind.GIT, "docs")
    assert follower.plan().added == ("docs/guide/b.md",)


def test_force_push_and_rename(repository: GitRepository, url: str, follower: Follower) -> None:
    repository.commit({"a.md": A, "b.md": B, "c.md": A + b"\nC is here, too, at the river.\n"})
    follower.follow(url, SourceKind.GIT, "docs")
    follower.refresh()
    changed = A + b"\nIt rains.\n"
    repository.commit({"a.md": changed, "new/b.md": B}, orphan=True)
    plan = follower.plan()
    assert plan.changed == ("docs/a.md",)
    assert plan.added == ("docs/new/b.md",)
    assert plan.removed == ("docs/b.md",)  # renamed
    assert plan.to_confirm == ("docs/c.md",)  # gone
    assert set(follower.files()) == {"docs/a.md", "docs/c.md", "docs/new/b.md"}


def test_file_edited_by_hand_stays(repository: GitRepository, url: str, follower: Follower) -> None:
    repository.commit({"a.md": A, "b.md": B})
    follower.follow(url, SourceKind.GIT, "docs", when_gone=WhenGone.REMOVE)
    follower.refresh()
    for name in ("a.md", "b.md"):
        (follower.seeds / "docs" / name).write_text("My own text.")
    repository.commit({"a.md": A + b"\nMore of it.\n"})
    plan = follower.plan()
    assert plan.is_empty
    assert len(plan.conflicts) == 2


def test_hostile_paths_are_refused(
    repository: GitRepository, url: str, follower: Follower, tmp_path: Path
) -> None:
    blob, link = repository.blob(A), repository.blob(b"/etc/passwd")
    evil = repository.tree((b"evil.md", 0o100644, blob))
    tree = repository.tree(
        *((name, 0o100644, blob) for name in (b"..\\up.md", b"a\nb.md", b"c:d.md", b"\xff.md")),
        (b"..", 0o040000, evil),
        (b".git", 0o040000, evil),
        (b"hooks.md", 0o120000, link),
        (b"sub.md", 0o160000, ObjectID(b"1" * 40)),
        (b"ok.md", 0o100755, blob),
    )
    repository.commit_tree(tree)
    follower.follow(url, SourceKind.GIT, "docs")
    plan = follower.plan()
    assert plan.added == ("docs/ok.md",)
    assert plan.notes[0].startswith("5 paths were refused: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["docs.git", "seeds"]
    assert len(read_folder(follower.seeds).articles) == 1


def test_names_that_differ_in_case_or_suffix_are_kept_apart(
    repository: GitRepository, url: str, follower: Follower
) -> None:
    repository.commit({"a.md": A, "a.txt": f"{TUNNEL}\n".encode(), "A.md": B})
    follower.follow(url, SourceKind.GIT, "docs")
    assert len(follower.plan().added) == 3
    assert len(read_folder(follower.seeds).articles) == 3


def test_git_protocol(repository: GitRepository, follower: Follower) -> None:
    repository.commit({"a.md": A})
    with serve_git(repository, "git") as url:
        follower.follow(url, SourceKind.GIT, "docs")
        assert follower.plan().added == ("docs/a.md",)


def test_repository_that_fails_keeps_the_last_good_text(
    repository: GitRepository, url: str, follower: Follower
) -> None:
    repository.commit({"a.md": A})
    follower.follow(url, SourceKind.GIT, "docs")
    follower.refresh()
    follower.follow(url.replace("docs.git", "none.git"), SourceKind.GIT, "docs")
    plan = follower.plan()
    assert plan.is_empty
    assert "there is no git repository, or it is private" in plan.failures[0]
    assert set(follower.files()) == {"docs/a.md"}


@pytest.mark.parametrize("scheme", ["http", "git"])
def test_private_addresses_are_refused(repository: GitRepository, seeds: Path, scheme: str) -> None:
    repository.commit({"a.md": A})
    with (
        serve_git(repository, scheme) as url,
        pytest.raises(ReadError, match=r"it is at 127\.0\.0\.1, a private address"),
    ):
        follow(FollowedSource("", url, SourceKind.PAGE), seeds)
    assert read_followed(seeds) == ()


@pytest.fixture
def one_public_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1 count as public in the process that fetches, and no other address."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(
        "from index.ingest.web import addresses\n"
        "addresses.is_public = lambda address: str(address) == '127.0.0.1'\n"
    )
    paths = [str(folder), os.environ.get("PYTHONPATH", ""), str(Path(__file__).parents[2])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, paths)))


def redirect_to(site: LocalSite, base: str) -> None:
    """Redirect every request of a git client below ``/moved.git`` to another base."""
    query = "/info/refs?service=git-upload-pack"
    site.pages[f"/moved.git{query}"] = (302, {"Location": f"{base}{query}"}, b"")


def worker_reply(url: str, tmp_path: Path) -> str:
    """Fetch without --private; return the paths found, or the reason why none were."""
    request = GitRequest(url, None, "", (".md",), None, False, str(tmp_path))
    try:
        reply = run_worker(request)
    except ReadError as error:
        return str(error)
    return " ".join(file.path for file in reply.files or ())


@pytest.mark.usefixtures("one_public_address")
@pytest.mark.parametrize("host", ["127.0.0.2", "[::1]", "169.254.169.254"])
def test_redirect_to_a_private_host_is_refused(
    repository: GitRepository, url: str, site: LocalSite, tmp_path: Path, host: str
) -> None:
    repository.commit({"a.md": A})
    redirect_to(site, url.replace("127.0.0.1", host))
    reply = worker_reply(site.url("/moved.git"), tmp_path)
    assert "a private address; pass --private to allow it" in reply
    assert len(site.requested) == 1


@pytest.mark.usefixtures("one_public_address")
def test_redirect_to_a_public_host_is_followed(
    repository: GitRepository, url: str, site: LocalSite, tmp_path: Path
) -> None:
    repository.commit({"a.md": A})
    redirect_to(site, url)
    assert worker_reply(site.url("/moved.git"), tmp_path) == "a.md"


@pytest.mark.usefixtures("one_public_address")
@pytest.mark.parametrize("base", ["file:///etc/passwd", "git://127.0.0.2/docs.git", "ssh://h/x"])
def test_redirect_to_another_scheme_is_refused(site: LocalSite, tmp_path: Path, base: str) -> None:
    redirect_to(site, base)
    reply = worker_reply(site.url("/moved.git"), tmp_path)
    assert "scheme" in reply or reply == "No host specified."


@pytest.mark.parametrize("scheme", ["http", "git"])
@pytest.mark.parametrize(
    ("place", "reason"),
    [("127.0.0.1:1", "Connection refused"), ("nowhere.invalid", "[A-Z][a-z ]+")],
)
def test_server_that_is_down_is_one_short_line(
    tmp_path: Path, scheme: str, place: str, reason: str
) -> None:
    url = f"{scheme}://{place}/x.git"
    request = GitRequest(url, None, "", (".md",), None, True, str(tmp_path))
    with pytest.raises(ReadError) as raised:
        run_worker(request)
    assert re.fullmatch(rf"the server cannot be reached \({reason}\)", str(raised.value))


@pytest.mark.usefixtures("one_public_address")
def test_redirect_that_loops_ends(site: LocalSite, tmp_path: Path) -> None:
    redirect_to(site, site.url("/moved.git"))
    reply = worker_reply(site.url("/moved.git"), tmp_path)
    assert reply == "the server cannot be reached (too many redirects)"
    assert len(site.requested) <= 7


def test_private_host_is_refused_by_its_address() -> None:
    with pytest.raises(ReadError, match="a private address"):
        check_host("localhost", 80, allow_private=False)


def test_server_that_talks_nonsense_is_one_line(site: LocalSite, tmp_path: Path) -> None:
    site.pages["/x.git/info/refs?service=git-upload-pack"] = (
        *(200, {"Content-Type": "application/x-git-upload-pack-advertisement"}),
        b"0008ABCDzzzz",
    )
    request = GitRequest(site.url("/x.git"), None, "", (".md",), None, True, str(tmp_path))
    with pytest.raises(ReadError) as raised:
        run_worker(request)
    assert "\n" not in str(raised.value)


def test_bomb_only_costs_its_own_process(
    repository: GitRepository, url: str, follower: Follower
) -> None:
    repository.commit({"a.md": b"x" * 40_000_000, "b.md": B})
    follower.follow(url, SourceKind.GIT, "docs")
    plan = follower.plan()
    assert plan.added == ("docs/b.md",)
    assert "over 20,000,000 bytes" in plan.notes[0]
    assert len(zlib.compress(b"x" * 40_000_000)) < 50_000


def test_following_finds_a_repository(repository: GitRepository, url: str, seeds: Path) -> None:
    repository.commit({"docs/a.md": A})
    source = follow(FollowedSource("", f"{url}#main:docs", SourceKind.PAGE, private=True), seeds)
    assert (source.kind, source.name) == (SourceKind.GIT, "127-0-0-1-docs-docs")
    with pytest.raises(ReadError, match="has no folder 'none'"):
        follow(FollowedSource("", f"{url}#main:none", SourceKind.PAGE, private=True), seeds)
    with pytest.raises(ReadError, match=f"^{url}#none: .* has no branch 'none'"):
        follow(FollowedSource("", f"{url}#none", SourceKind.PAGE, private=True), seeds)


@pytest.mark.parametrize(
    ("url", "location"),
    [
        ("https://github.com/o/r", GitLocation("https://github.com/o/r")),
        (
            "https://github.com/o/r/tree/main/docs/en",
            GitLocation("https://github.com/o/r", "main", "docs/en"),
        ),
        (
            "https://gitlab.com/o/r/-/tree/dev/docs",
            GitLocation("https://gitlab.com/o/r", "dev", "docs"),
        ),
        (
            "https://codeberg.org/o/r/src/branch/main/docs",
            GitLocation("https://codeberg.org/o/r", "main", "docs"),
        ),
        ("https://a.example/r.git#dev", GitLocation("https://a.example/r.git", "dev")),
        ("https://a.example/r.git#:docs/", GitLocation("https://a.example/r.git", None, "docs")),
        ("git+https://a.example/r", GitLocation("https://a.example/r")),
        ("git://a.example/r", GitLocation("git://a.example/r")),
        ("https://a.example/guide/", None),
        ("https://github.com/o/r/issues/7", None),
        ("https://[::1", None),
    ],
)
def test_addresses_of_repositories(url: str, location: GitLocation | None) -> None:
    assert parse_git_url(url) == location


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("git@github.com:o/r.git", "SSH needs a key"),
        ("ssh://git@a.example/r.git", "SSH needs a key"),
        ("https://a.example/r.git#main:../up", "not a folder in a repository"),
        ("https://me:pw@a.example/r.git", "a user name or password"),
    ],
)
def test_other_addresses_are_refused_with_a_reason(url: str, reason: str) -> None:
    with pytest.raises(ReadError, match=reason):
        parse_git_url(url)


def test_files_of_known_hosts_link_to_their_page() -> None:
    location = GitLocation("https://github.com/o/r.git")
    assert location.page("docs/a b.md", "main") == "https://github.com/o/r/blob/main/docs/a%20b.md"
    assert GitLocation("https://a.example/r.git").page("a.md", "main") is None
