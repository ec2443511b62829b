import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import ReadError, SeedsError
from index.ingest import LoadedFolder, read_file, read_folder
from index.ingest.loader import MAX_BYTES
from index.text.sentences import split
from index.types import Metadata

PROSE = "The bridge was closed in May, and nobody knows why it was not opened again in June."
FORMATS = ".txt, .text, .md, .markdown, .html, .htm, .xhtml, .pdf, .docx, .epub, .rss, .atom, .xml"


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, "utf-8")


def reasons(reading: LoadedFolder) -> dict[str, str]:
    return {skip.path: skip.reason for skip in reading.skipped}


def paths(reading: LoadedFolder) -> list[str]:
    return [article.path for article in reading.articles]


def test_articles_come_ordered_by_path_from_all_folders(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.md").write_text("# C\n\nText.", "utf-8")
    write(tmp_path, d=PROSE, a=PROSE)
    reading = read_folder(tmp_path)
    assert paths(reading) == ["a.txt", "b/c.md", "d.txt"]
    assert reading.skipped == ()


def test_an_article_without_a_title_is_called_by_its_file(tmp_path: Path) -> None:
    write(tmp_path, **{"using-quoth_well": PROSE})
    article = read_file(tmp_path / "using-quoth_well.txt", tmp_path)
    assert article.metadata == Metadata(title="Using quoth well")
    assert article.slug == "using-quoth_well"


def test_offsets_are_characters_of_the_decoded_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\xef\xbb\xbfTitle\r\n\r\n" + "Zoë 😀 came.\r\n".encode())
    article = read_file(tmp_path / "a.txt", tmp_path)
    assert article.text == "Title\r\n\r\nZoë 😀 came.\r\n"
    assert [(block.start, block.end) for block in article.blocks] == [(9, 20)]


def test_progress_tells_how_many_are_done(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, b="", c=PROSE)
    told: list[tuple[int, int]] = []
    read_folder(tmp_path, lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_bad_files_are_named_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, good=PROSE, empty="", blank=" \n ", front="---\ntitle: x\n---\n")
    write(tmp_path, broken="---\ntitle: [x\n---\nText.", link="---\nurl: nowhere\n---\nText.")
    (tmp_path / "binary.txt").write_bytes(bytes(range(256)))
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "README").write_text("Read me", "utf-8")
    reading = read_folder(tmp_path)
    assert paths(reading) == ["good.txt"]
    assert reasons(reading) == {
        "README": f"a name without suffix; wanted {FORMATS}",
        "binary.txt": "a NUL byte at byte 0: binary, or UTF-16 without a byte order mark; "
        "wanted text in UTF-8: save it again",
        "blank.txt": "the file is empty (3 bytes); wanted text in UTF-8, or delete the file",
        "broken.txt": "broken front matter on line 3: expected ',' or ']', but got "
        "'<stream end>'; wanted lines of key: value",
        "empty.txt": "the file is empty (0 bytes); wanted text in UTF-8, or delete the file",
        "front.txt": "no text but front matter, headings or marks; wanted a paragraph at least",
        "link.txt": "front matter: url is 'nowhere', wanted an http:// or https:// link",
        "picture.png": f"files ending in .png are not read; wanted {FORMATS}",
    }


def test_hidden_files_and_backups_are_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config.txt").write_text(PROSE, "utf-8")
    for name in (".hidden.txt", "a.txt~", ".a.txt.swp", "a.bak", "#a.txt#", "Thumbs.db"):
        (tmp_path / name).write_text(PROSE, "utf-8")
    write(tmp_path, a=PROSE)
    assert (paths(read_folder(tmp_path)), read_folder(tmp_path).skipped) == (["a.txt"], ())


def test_a_name_that_begins_with_a_number_sign_is_an_article(tmp_path: Path) -> None:
    write(tmp_path, **{"#1 of the year": PROSE})
    assert paths(read_folder(tmp_path)) == ["#1 of the year.txt"]


def test_folders_too_deep_to_follow_are_named(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    (tmp_path / "/".join("d" * 60)).mkdir(parents=True)
    reading = read_folder(tmp_path)
    assert paths(reading) == ["a.txt"]
    assert list(reasons(reading).values()) == ["over 50 folders deep; wanted it nearer"]


def test_suffixes_may_be_capitals(tmp_path: Path) -> None:
    (tmp_path / "A.TXT").write_text(PROSE, "utf-8")
    assert paths(read_folder(tmp_path)) == ["A.TXT"]


def test_a_folder_that_is_missing_or_a_file_or_empty_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SeedsError, match=r"no folder .*nowhere; wanted a folder of articles"):
        read_folder(tmp_path / "nowhere")
    with pytest.raises(SeedsError, match=r"0 other files found; wanted files ending in \.txt"):
        read_folder(tmp_path)
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(SeedsError, match=r"1 other files found"):
        read_folder(tmp_path)
    with pytest.raises(SeedsError, match=r"a\.png is a file; wanted a folder"):
        read_folder(tmp_path / "a.png")


def test_a_folder_of_bad_articles_only_is_a_reading_without_articles(tmp_path: Path) -> None:
    write(tmp_path, a="")
    assert (paths(read_folder(tmp_path)), list(reasons(read_folder(tmp_path)))) == ([], ["a.txt"])


def test_the_second_article_of_a_slug_is_refused(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    (tmp_path / "a.md").write_text(PROSE, "utf-8")
    reading = read_folder(tmp_path)
    assert paths(reading) == ["a.md"]
    assert reasons(reading) == {
        "a.txt": "a.md has the slug 'a' too; rename one of them or delete it"
    }


def test_a_bad_file_does_not_take_a_slug(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    (tmp_path / "a.md").write_text("", "utf-8")
    assert paths(read_folder(tmp_path)) == ["a.txt"]


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    seeds, outside = tmp_path / "seeds", tmp_path / "outside"
    seeds.mkdir()
    outside.mkdir()
    write(outside, secret=PROSE)
    write(seeds, a=PROSE)
    (seeds / "file.txt").symlink_to(outside / "secret.txt")
    (seeds / "folder").symlink_to(outside)
    (seeds / "nothing.txt").symlink_to(outside / "nothing.txt")
    (seeds / "loop.txt").symlink_to(seeds / "loop.txt")
    found = reasons(read_folder(seeds))
    assert paths(read_folder(seeds)) == ["a.txt"]
    assert found["file.txt"].startswith("a link that leads out of the folder")
    assert found["folder"].startswith("a link to a folder, which is not followed")
    assert found["nothing.txt"].startswith("cannot be read (No such file or directory)")
    assert found["loop.txt"].startswith("cannot be read (")


def test_a_link_to_an_article_beside_it_is_the_same_file(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    assert reasons(read_folder(tmp_path)) == {
        "b.txt": "a.txt is the same file; rename one of them or delete it"
    }


def test_a_link_into_a_hidden_folder_beside_it_is_read(tmp_path: Path) -> None:
    (tmp_path / "..data").mkdir()
    write(tmp_path / "..data", a=PROSE)
    (tmp_path / "a.txt").symlink_to(Path("..data") / "a.txt")
    assert paths(read_folder(tmp_path)) == ["a.txt"]


def test_pipes_sockets_and_folders_are_no_articles(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "folder.txt").mkdir()
    server = socket.socket(socket.AF_UNIX)
    try:
        server.bind(str(tmp_path / "s.txt"))
        found = reasons(read_folder(tmp_path))
    finally:
        server.close()
    assert list(found) == ["pipe.txt", "s.txt"]
    assert all(reason.startswith("no plain file") for reason in found.values())


def test_a_file_without_permission_is_named(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, b=PROSE)
    (tmp_path / "b.txt").chmod(0)
    if os.access(tmp_path / "b.txt", os.R_OK):
        pytest.skip("this user reads everything")
    assert reasons(read_folder(tmp_path))["b.txt"].startswith("cannot be read (Permission denied)")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE)
    with (tmp_path / "huge.txt").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert reasons(read_folder(tmp_path)) == {
        "huge.txt": "20,000,001 bytes, wanted 20,000,000 at most; split the file"
    }


def test_names_that_cannot_be_shown_are_refused_in_one_line(tmp_path: Path) -> None:
    write(tmp_path, a=PROSE, **{"new\nline": PROSE, "rtl\u202etxt": PROSE})
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).write_text(PROSE, "utf-8")
    found = reasons(read_folder(tmp_path))
    assert paths(read_folder(tmp_path)) == ["a.txt"]
    assert sorted(found) == ["'caf\\udce9.txt'", "'new\\nline.txt'", "'rtl\\u202etxt.txt'"]
    assert set(found.values()) == {"its name holds characters that cannot be shown; rename it"}


def test_names_in_every_script_are_fine(tmp_path: Path) -> None:
    write(tmp_path, **{"תקציר": PROSE, "石油": PROSE, "می‌خواهم": PROSE, "a b": PROSE, "😀": PROSE})
    assert len(read_folder(tmp_path).articles) == 5


@pytest.mark.parametrize("name", ["../outside.txt", "/etc/passwd", "sub/../../outside.txt"])
def test_a_single_file_must_lie_inside_seeds(tmp_path: Path, name: str) -> None:
    (tmp_path / "seeds").mkdir()
    write(tmp_path, outside=PROSE)
    with pytest.raises(ReadError, match="is not inside"):
        read_file(tmp_path / "seeds" / name, tmp_path / "seeds")


def test_a_single_file_that_is_refused_is_named(tmp_path: Path) -> None:
    write(tmp_path, a="")
    with pytest.raises(ReadError, match=r"^a\.txt: the file is empty \(0 bytes\)"):
        read_file(tmp_path / "a.txt", tmp_path)
    with pytest.raises(ReadError, match=r"^b\.png: files ending in \.png are not read"):
        read_file(tmp_path / "b.png", tmp_path)
    with pytest.raises(ReadError, match=r"^c\.txt: cannot be read \(No such file"):
        read_file(tmp_path / "c.txt", tmp_path)


@given(st.binary(max_size=400), st.sampled_from(["txt", "md"]))
def test_any_bytes_are_an_article_or_our_error(
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
    assert split(article)
    for block in article.blocks:
        part = article.text[block.start : block.end]
        assert part
        assert part == part.strip()
