import json
from pathlib import Path

import pytest

from index.errors import ReadError, SourceError
from index.sources.follow import follow
from index.sources.followed import (
    FollowedSource,
    SourceKind,
    WhenGone,
    matches,
    parse_interval,
    read_followed,
    save_followed,
    source_name,
)
from tests.support.followed_sites import HTML, TUNNEL, feed, page, sitemap
from tests.support.local_site import LocalSite


def wanted(url: str, **options: object) -> FollowedSource:
    return FollowedSource("", url, SourceKind.PAGE, private=True, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/guide/", SourceKind.SECTION),
        ("/guide", SourceKind.SECTION),
        ("/guide/index.html", SourceKind.PAGE),
        ("/post/", SourceKind.PAGE),
        ("/feed", SourceKind.FEED),
        ("/sitemap.xml", SourceKind.SITEMAP),
        ("/notes.txt", SourceKind.PAGE),
    ],
)
def test_kind_is_found_out(site: LocalSite, seeds: Path, path: str, kind: SourceKind) -> None:
    for guide in ("/guide/", "/guide", "/guide/index.html"):
        site.pages[guide] = (200, HTML, page("Guide", links=("/guide/a", "/guide/b")))
    site.pages["/post/"] = (200, HTML, page("Post", links=("/", "/post/#comments", "/post/feed/")))
    site.pages["/feed"] = feed(("A", site.url("/a"), TUNNEL))
    site.pages["/sitemap.xml"] = sitemap(site.url("/a"))
    site.pages["/notes.txt"] = (200, {"Content-Type": "text/plain"}, TUNNEL.encode())
    source = follow(wanted(site.url(path)), seeds)
    assert source.kind is kind
    assert read_followed(seeds) == (source,)


def test_kind_can_be_given(site: LocalSite, seeds: Path) -> None:
    site.pages["/guide/index.html"] = (200, HTML, page("Guide"))
    source = follow(wanted(site.url("/guide/index.html")), seeds, kind=SourceKind.SECTION)
    assert source.kind is SourceKind.SECTION


def test_redirect_is_followed_once(site: LocalSite, seeds: Path) -> None:
    site.pages["/old"] = (301, {"Location": "/new"}, b"")
    site.pages["/new"] = (200, HTML, page("A"))
    assert follow(wanted(site.url("/old")), seeds).url == site.url("/new")


def test_following_again_changes_the_options(site: LocalSite, seeds: Path) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    first = follow(wanted(site.url("/a")), seeds)
    second = follow(wanted(site.url("/a"), every="12h", when_gone=WhenGone.REMOVE), seeds)
    assert read_followed(seeds) == (second,)
    assert (second.name, second.every) == (first.name, "12h")


def test_same_url_in_another_folder_is_another_source(site: LocalSite, seeds: Path) -> None:
    site.pages["/a"] = (200, HTML, page("A"))
    private = follow(wanted(site.url("/a"), into="private"), seeds)
    public = follow(wanted(site.url("/a")), seeds)
    assert read_followed(seeds) == (private, public)


def test_nothing_is_followed_that_cannot_be_fetched(site: LocalSite, seeds: Path) -> None:
    with pytest.raises(ReadError, match="404"):
        follow(wanted(site.url("/none")), seeds)
    with pytest.raises(SourceError, match="'1x' is not an interval; expected a number and m, h"):
        follow(wanted(site.url("/none"), every="1x"), seeds)
    with pytest.raises(SourceError, match="not a folder directly inside seeds"):
        follow(wanted(site.url("/none"), into="../up"), seeds)
    assert list(seeds.iterdir()) == []


def test_comments_and_other_sources_stay(seeds: Path) -> None:
    path = seeds / "sources.toml"
    path.write_text('# mine\n[b] # b\nurl = "https://b.example/"\nkind = "page"\n')
    save_followed(FollowedSource("a", "https://a.example/", SourceKind.FEED, limit=3), seeds)
    assert path.read_text() == (
        '# mine\n[b] # b\nurl = "https://b.example/"\nkind = "page"\n\n'
        '[a]\nurl = "https://a.example/"\nkind = "feed"\nevery = "1d"\nlimit = 3\n'
    )


@pytest.mark.parametrize(
    ("toml", "reason"),
    [
        ("[a", "cannot be read"),
        ("a = 1", r"\[a\]: 1 is not a source; expected a table"),
        ('[a]\nkind = "page"', r"\[a\]: url: Field required"),
        ('[a]\nurl = "https://a.example"\nkind = "x"', "kind: Input should be 'page', 'feed'"),
        ('[a]\nurl = "u"\nkind = "page"\nlimit = 0', "limit: Input should be greater than 0"),
        ('[a]\nurl = "u"\nkind = "page"\nevery = "1s"', "'1s' is not an interval"),
        ('[a]\nurl = "u"\nkind = "page"\ninto = "a/b"', "not a folder directly inside seeds"),
        ('["../a"]\nurl = "u"\nkind = "page"', "a name has letters, digits"),
        ('[a]\nurl = "u"\nkind = "page"\nlimits = 3', "unknown key 'limits'; known are every"),
    ],
)
def test_mistake_in_the_list_is_named(seeds: Path, toml: str, reason: str) -> None:
    (seeds / "sources.toml").write_text(toml)
    with pytest.raises(SourceError, match=reason):
        read_followed(seeds)


def test_names_are_short_and_unique() -> None:
    assert source_name("https://www.docs.example.org/guide/v2/") == "docs-example-org-guide-v2"
    assert source_name("https://a.example/x.git", ["a-example-x"]) == "a-example-x-2"
    assert len(source_name(f"https://a.example/{'long/' * 50}")) <= 60


@pytest.mark.parametrize(
    ("text", "seconds"), [("10m", 600), ("12 h", 43_200), ("1d", 86_400), ("2W", 1_209_600)]
)
def test_intervals(text: str, seconds: int) -> None:
    assert parse_interval(text) == seconds


def test_patterns() -> None:
    url = "https://a.example/guide/en/a.html"
    assert [matches(url, p) for p in ("guide", "*/en/*", "/en/*", "*.html", "*/de/*", "en")] == [
        *(True, True, True, True, False, True)
    ]


def test_list_is_not_an_article(site: LocalSite, seeds: Path) -> None:
    from tests.support.articles import read_folder

    site.pages["/a"] = (200, {"Content-Type": "text/plain"}, TUNNEL.encode())
    follow(wanted(site.url("/a")), seeds)
    (seeds / "b.txt").write_text(TUNNEL)
    loaded = read_folder(seeds)
    assert (len(loaded.articles), loaded.ignored) == (1, {})


def test_output_of_the_commands(
    site: LocalSite,
    seeds: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from bot.cli.app import main

    monkeypatch.setenv("QUOTH_INDEX", str(tmp_path / "index"))  # refreshing makes up for a build
    site.pages["/guide/"] = (200, HTML, page("Guide", links=("a", "b")))
    site.pages["/guide/a"] = (200, HTML, page("A", TUNNEL))
    site.pages["/guide/b"] = (404, {}, b"")

    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as leaving:
            main([*arguments, "--seeds", str(seeds)])
        captured = capsys.readouterr()
        return int(leaving.value.code or 0), captured.out + captured.err

    url = site.url("/guide/")
    status, out = run("follow", url, "--private", "--into", "docs", "--no-build")
    assert status == 0, out
    assert f"Following the docs section {url} as 127-0-0-1-guide, every 1d" in out
    assert "  + docs/guide.md\n  + docs/a.md\n" in out
    assert "Run `quoth build` to index the changes." in out
    site.pages["/guide/a"] = (200, HTML, page("A", f"{TUNNEL} It rains."))
    status, out = run("refresh", "--dry-run")
    assert (status, "would be 1 changed" in out) == (0, True), out
    assert "It rains" not in (seeds / "docs" / "a.md").read_text()
    status, out = run("refresh", "127-0-0-1-guide", "--no-build")
    assert (status, "  ~ docs/a.md" in out) == (0, True), out
    status, out = run("followed", "--json")
    (listed,) = json.loads(out)
    assert listed["articles"] == ["docs/a.md", "docs/guide.md"]
    status, out = run("refresh", "--due")
    assert "There is nothing to check now" in out
    status, out = run("unfollow", url)
    assert "2 files stay as ordinary articles" in out
    status, out = run("refresh", "nothing")
    assert (status, "quoth: 'nothing' is not followed" in out) == (1, True)


def test_page_without_text_is_not_followed(
    site: LocalSite, seeds: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.cli.app import main

    site.pages["/a"] = (200, HTML, b"<html><body><script>x()</script></body></html>")
    with pytest.raises(SystemExit) as leaving:
        main(["follow", site.url("/a"), "--private", "--seeds", str(seeds)])
    assert leaving.value.code == 3
    assert "is not followed" in capsys.readouterr().err
    assert read_followed(seeds) == ()
