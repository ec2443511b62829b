"""The commands on followed sources, as a shell runs them, with what can go wrong."""

from pathlib import Path

import pytest

from bot.cli.app import main
from index.sources.outdated import clearing_outdated, is_outdated, mark_outdated
from index.store import snapshot
from tests.support.followed_sites import HTML, TUNNEL, page
from tests.support.local_site import LocalSite

Run = tuple[int, str]


class Shell:
    """Run commands on one folder of articles."""

    def __init__(self, seeds: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.seeds = seeds
        self.index = seeds.with_name("index")
        self._capsys = capsys

    def run(self, *arguments: str, index: bool = True) -> Run:
        """Return the exit status and what was printed."""
        folders = ["--seeds", str(self.seeds), *(["--index", str(self.index)] if index else [])]
        with pytest.raises(SystemExit) as leaving:
            main([*arguments, *folders])
        captured = self._capsys.readouterr()
        return int(leaving.value.code or 0), captured.out + captured.err


@pytest.fixture
def shell(seeds: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(seeds, capsys)


def test_refresh_during_a_build_is_made_up_for(site: LocalSite, shell: Shell) -> None:
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    status, out = shell.run("follow", site.url("/a"), "--private")
    assert status == 0, out
    assert "1 article, 1 KB in the seeds; next check 20" in out
    site.pages["/a"] = (200, HTML, page("A", f"{TUNNEL} It rains."))
    with snapshot.create(shell.index, snapshot.new_name()):
        status, out = shell.run("refresh")
    assert status == 1
    assert "is already building in" in out
    status, out = shell.run("refresh")
    assert (status, "1 changed" in out) == (0, True), out  # of the index
    assert "nothing changed" in out  # in the source
    status, out = shell.run("refresh")
    assert "articles, " not in out


def test_changes_made_during_a_build_are_not_forgotten(seeds: Path) -> None:
    mark_outdated(seeds)
    with clearing_outdated(seeds):
        mark_outdated(seeds)
    assert is_outdated(seeds)
    with pytest.raises(KeyboardInterrupt), clearing_outdated(seeds):
        raise KeyboardInterrupt
    assert is_outdated(seeds)
    with clearing_outdated(seeds):
        pass
    assert not is_outdated(seeds)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["nonsense"], "'nonsense' is not a link; expected an http:// or https:// link"),
        (["ftp://a.example/x"], "ftp link to 'a.example'; expected an http"),
        (["{}", "--every", "5s"], "'5s' is not an interval"),
        (["{}", "--into", "a/b"], "'a/b' is not a folder directly inside seeds"),
        (["{}", "--kind", "feed"], "expected an RSS or Atom feed"),
        (["{}", "--kind", "git"], "there is no git repository, or it is private"),
        (["git@github.com:o/r.git"], "SSH needs a key"),
    ],
)
def test_wrong_input_is_one_line_and_leaves_nothing(
    site: LocalSite, shell: Shell, arguments: list[str], reason: str
) -> None:
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    filled = [each.format(site.url("/a")) for each in arguments]
    status, out = shell.run("follow", *filled, "--private", "--no-build")
    assert status == 1
    assert reason in out
    assert out.count("\n") == 1
    assert list(shell.seeds.iterdir()) == []


def test_patterns_that_select_nothing_are_named(site: LocalSite, shell: Shell) -> None:
    site.pages["/g/"] = (200, HTML, page("G", links=("a", "b")))
    status, out = shell.run("follow", site.url("/g/"), "--private", "--include", "zzz")
    assert status == 3
    assert "is not followed; check --include and --exclude." in out


def test_failure_of_a_page_is_said_once(site: LocalSite, shell: Shell) -> None:
    site.pages["/a"] = (200, HTML, page("A", TUNNEL))
    shell.run("follow", site.url("/a"), "--private", "--no-build")
    site.pages["/a"] = (500, {}, b"")
    status, out = shell.run("refresh", "--no-build")
    assert (status, out.count("500")) == (3, 1)
