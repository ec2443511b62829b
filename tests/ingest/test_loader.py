import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError, SeedsError
from index.ingest.folder import MAX_BYTES
from index.text.sentences import split_passages
from index.types import Metadata, slug
from tests.support.articles import LoadedFolder, read_file, read_folder

PROSE = "The bridge was closed in May, and nobody knows why it was not opened again in June."
FORMATS = ".txt, .text, .md, .markdown, .html, .htm, .xhtml, .pdf, .docx, .epub, .rss, .atom, .xml"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")


def reasons(loaded: LoadedFolder) -> dict[str, str]:
    return {file.path: file.reason for file in loaded.skipped}


def paths(loaded: LoadedFolder) -> list[str]:
    return [article.path for article in loaded.articles]


def test_articles_of_all_folders_are_ordered_by_path(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.md").write_text("# C\n\nText.", "utf-8")
    write(tmp_path, d=PROSE, a=PROSE)
    loaded = read_folder(tmp_path)
    assert paths(loaded) == ["a.txt", "b/c.md", "d.txt"]
    assert loaded.skipped == ()


def test_article_without_title_is_named_after_its_file(tmp_path: Path) -> None:
    write(tmp_path, **{"using-quoth_well": PROSE})
    article = read_file(tmp_path / "using-quoth_well.txt", tmp_path)
    assert article.metadata == Metadata(title="Using quoth well")
    assert slug(article.path) == "using-quoth_well"


def test_offsets_are_characters_of_the_decoded_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfTitle\r\n\r\n" + "Zoë 😀 came.\r\n".encode())
    article = read_file(tmp_path / "a.txt", tmp_path)
    assert article.text == "Title\r\n\r\nZoë 😀 came.\r\n"
    assert [(block.start, block.end) for block in article.blocks] == [(9, 20)]


def test_progress_counts_files(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, b="", c=PROSE)
    calls: list[tuple[int, int]] = []
    read_folder(tmp_path, lambda done, total: calls.append((done, total)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def test_bad_files_are_listed_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, good=PROSE, empty="", blank=" \n ")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    (tmp_path / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    (tmp_path / "guide.texi").write_bytes(b"@node Guide\n\nText.\n")
    (tmp_path / "mail.eml").write_bytes(b"Subject: The lock\n\nIt opens at six.\n")
    loaded = read_folder(tmp_path)
    assert paths(loaded) == ["good.txt"]
    assert reasons(loaded) == {
        "guide.texi": ".texi files are not supported; save it as .html",
        "mail.eml": ".eml files are not supported; save it as .txt",
        "binary.txt": "a NUL byte at byte 0: binary, or UTF-16 without a byte order mark; "
        "expected text in UTF-8: save it again",
        "blank.txt": "the file is empty (3 bytes); expected text in UTF-8, or delete the file",
        "empty.txt": "the file is empty (0 bytes); expected text in UTF-8, or delete the file",
        "old.doc": ".doc files are not supported; save it as .docx",
    }


def test_file_with_metadata_only_is_noted_not_refused(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, front="---\ntitle: x\n---\n")
    loaded = read_folder(tmp_path)
    assert loaded.skipped == ()
    assert [(note.path, note.text) for note in loaded.notes] == [
        ("front.txt", "contains no paragraphs; add text, or delete the file")
    ]


def test_templates_lists_and_other_xml_are_passed_over(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, requirements="docutils==0.23\n", robots="User-agent: *\nDisallow: /")
    (tmp_path / "base.html").write_text("<body>{% block content %}{% endblock %}</body>", "utf-8")
    (tmp_path / "sitemap.xml").write_text("<urlset><url><loc>x</loc></url></urlset>", "utf-8")
    for folder in ("layouts", "_templates"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "page.html").write_text(f"<p>{PROSE}</p>", "utf-8")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "readme.md").write_text(PROSE, "utf-8")
    loaded = read_folder(tmp_path)
    assert paths(loaded) == ["a.txt"]
    assert (loaded.skipped, loaded.ignored) == ((), {".html": 3, ".txt": 2, ".xml": 1})


def test_files_beside_the_articles_are_counted_not_listed(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    for name in ("a.png", "b.PNG", "style.css", "Makefile"):
        (tmp_path / name).write_text("x", "utf-8")
    loaded = read_folder(tmp_path)
    assert (loaded.skipped, loaded.ignored) == ((), {"": 1, ".css": 1, ".png": 2})


def test_odd_front_matter_is_noted_and_the_article_kept(tmp_path: Path) -> None:
    write(tmp_path, a="---\ntitle: [x\n---\nText.", b="---\ntitle: T\nurl: nowhere\n---\nText.")
    loaded = read_folder(tmp_path)
    assert (paths(loaded), loaded.skipped) == (["a.txt", "b.txt"], ())
    assert [(note.path, note.text) for note in loaded.notes] == [
        (
            "a.txt",
            "front matter: not valid YAML on line 3 (expected ',' or ']', but got "
            "'<stream end>'); it was read line by line",
        ),
        ("b.txt", "front matter: url is 'nowhere'; expected an http:// or https:// URL"),
    ]


def test_date_in_a_file_name_is_the_date_of_a_post(tmp_path: Path) -> None:
    (tmp_path / "2024-05-02-bees-in-may.md").write_text(PROSE, "utf-8")
    (tmp_path / "2024-99-02-bees.md").write_text(PROSE, "utf-8")
    assert [article.metadata for article in read_folder(tmp_path).articles] == [
        Metadata(title="Bees in may", published="2024-05-02"),
        Metadata(title="2024 99 02 bees"),
    ]


def test_hidden_files_and_backups_are_ignored(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.txt").write_text(PROSE, "utf-8")
    for name in (".hidden.txt", "a.txt~", ".a.txt.swp", "a.bak", "#a.txt#", "Thumbs.db"):
        (tmp_path / name).write_text(PROSE, "utf-8")
    write(tmp_path, a=PROSE)
    assert (paths(read_folder(tmp_path)), read_folder(tmp_path).skipped) == (["a.txt"], ())


def test_name_may_start_with_a_number_sign(tmp_path: Path) -> None:
    write(tmp_path, **{"#1 of the year": PROSE})
    assert paths(read_folder(tmp_path)) == ["#1 of the year.txt"]


def test_suffixes_may_be_upper_case(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text(PROSE, "utf-8")
    assert paths(read_folder(tmp_path)) == ["A.TXT"]


def test_missing_or_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeedsError, match=r"no folder .*nowhere; create it and put articles in it"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(SeedsError, match=r"\(0 other files\); supported are \.txt"):
        read_folder(tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(SeedsError, match=r"\(1 other files\)"):
        read_folder(tmp_path)
    with pytest.raises(SeedsError, match=r"a\.png is a file"):
        read_folder(tmp_path / "a.png")


def test_folder_of_bad_files_only_gives_no_articles(tmp_path: Path) -> None:
    write(tmp_path, a="")
    assert (paths(read_folder(tmp_path)), list(reasons(read_folder(tmp_path)))) == ([], ["a.txt"])


def test_second_article_with_a_slug_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    (tmp_path / "a.md").write_text(PROSE, "utf-8")
    loaded = read_folder(tmp_path)
    assert paths(loaded) == ["a.md"]
    assert reasons(loaded) == {"a.txt": "a.md has the slug 'a' too; rename or delete one of them"}


def test_bad_file_does_not_claim_a_slug(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    (tmp_path / "a.md").write_text("", "utf-8")
    assert paths(read_folder(tmp_path)) == ["a.txt"]


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    seeds, outside = tmp_path / "seeds", tmp_path / "outside"
    seeds.mkdir()
    outside.mkdir()
    write(outside, secret=PROSE)
    write(seeds, a=PROSE)
    (seeds / "file.txt").symlink_to(outside / "secret.txt")
    (seeds / "folder").symlink_to(outside)
    (seeds / "nothing.txt").symlink_to(outside / "nothing.txt")
    (seeds / "loop.txt").symlink_to(seeds / "loop.txt")
    skipped = reasons(read_folder(seeds))
    assert paths(read_folder(seeds)) == ["a.txt"]
    assert skipped["file.txt"].startswith("a symbolic link that leads out of the folder")
    assert skipped["folder"].startswith("a symbolic link to a folder, which is not followed")
    nowhere = "a symbolic link that leads nowhere; delete it, or copy the file here"
    assert (skipped["nothing.txt"], skipped["loop.txt"]) == (nowhere, nowhere)


def test_link_to_another_article_is_skipped(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    assert reasons(read_folder(tmp_path)) == {
        "b.txt": "a.txt is the same file; rename or delete one of them"
    }


def test_link_into_a_hidden_folder_is_followed(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    write(tmp_path / "..data", a=PROSE)
    (tmp_path / "a.txt").symlink_to(Path("..data") / "a.txt")
    assert paths(read_folder(tmp_path)) == ["a.txt"]


def test_pipes_and_sockets_are_skipped(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    server = socket.socket(socket.AF_UNIX)
    try:
        server.bind(str(tmp_path / "s.txt"))
        skipped = reasons(read_folder(tmp_path))
    finally:
        server.close()
    assert list(skipped) == ["pipe.txt", "s.txt"]
    assert all(reason.startswith("not a regular file") for reason in skipped.values())


def test_file_without_read_permission_is_listed(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, b=PROSE)
    (tmp_path / "b.txt").chmod(0)
    if os.access(tmp_path / "b.txt", os.R_OK):
        pytest.skip("this user reads everything")
    assert reasons(read_folder(tmp_path))["b.txt"].startswith("cannot be read (Permission denied)")


def test_huge_file_is_skipped_without_reading_it(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert reasons(read_folder(tmp_path)) == {
        "huge.txt": "20,000,001 bytes; the limit is 20,000,000, so split the file"
    }


def test_unprintable_names_are_skipped_and_escaped(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, **{"new\nline": PROSE, "rtl\u202etxt": PROSE})
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text(PROSE, "utf-8")
    skipped = reasons(read_folder(tmp_path))
    assert paths(read_folder(tmp_path)) == ["a.txt"]
    assert sorted(skipped) == ["'caf\\udce9.txt'", "'new\\nline.txt'", "'rtl\\u202etxt.txt'"]
    assert set(skipped.values()) == {"its name contains unprintable characters; rename it"}


def test_names_may_be_in_any_script(tmp_path: Path) -> None:
    write(tmp_path, **{"תקציר": PROSE, "石油": PROSE, "می‌خواهم": PROSE, "a b": PROSE, "😀": PROSE})
    assert len(read_folder(tmp_path).articles) == 5


@given(st.binary(max_size=400), st.sampled_from(["txt", "md"]))
def test_any_bytes_are_an_article_or_a_read_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    file = folder / f"a.{suffix}"
    file.write_bytes(data)
    try:
        article = read_file(file, folder)
    except ReadError:
        return
    assert split_passages(article)
    for block in article.blocks:
        part = article.text[block.start : block.end]
        assert part
        assert part == part.strip()


def test_very_deep_folders_are_skipped(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("Text.", "utf-8")
    folder = tmp_path.joinpath(*["d"] * 60)
    folder.mkdir(parents=True)
    (folder / "b.md").write_text("Text.", "utf-8")
    loaded = read_folder(tmp_path)
    assert [article.path for article in loaded.articles] == ["a.md"]
    assert "over 50 folders deep" in loaded.skipped[0].reason


def test_lists_for_sites_are_no_articles(tmp_path: Path) -> None:
    lists = ("SUMMARY.md", "_Sidebar.md", "_Footer.md", "redirects.txt", "spelling_wordlist.txt")
    for name in (*lists, "summary-of-may.md"):
        (tmp_path / name).write_text(f"# Contents\n\n{PROSE}", "utf-8")
    assert paths(read_folder(tmp_path)) == ["summary-of-may.md"]
