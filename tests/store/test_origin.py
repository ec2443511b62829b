import shutil
from pathlib import Path

import pytest

from index.store.origin import ORIGIN_FILE, Origin, Overlap

PATHS = [f"{n}.md" for n in range(6)]


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    folder = tmp_path / "seeds"
    folder.mkdir()
    for path in PATHS:
        (folder / path).write_text(f"# Tea {path}\n\nTea is green.\n", "utf-8")
    return folder


def change(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).write_text("# Something else\n", "utf-8")


def test_edited_articles_are_of_the_same_folder(seeds: Path) -> None:
    origin = Origin.of(seeds, PATHS)
    change(seeds, *PATHS)
    assert origin.overlap(seeds) is Overlap.SAME


def test_moved_folder_is_the_same_with_some_edited_articles(seeds: Path, tmp_path: Path) -> None:
    origin = Origin.of(seeds, PATHS)
    moved = seeds.rename(tmp_path / "moved")
    change(moved, *PATHS[:3])
    assert origin.overlap(moved) is Overlap.SAME


def test_copy_with_other_line_ends_is_the_same(seeds: Path, tmp_path: Path) -> None:
    origin = Origin.of(seeds, PATHS)
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in PATHS:
        (copy / path).write_bytes((seeds / path).read_bytes().replace(b"\n", b"\r\n"))
    assert origin.overlap(copy) is Overlap.SAME


def test_larger_folder_with_the_same_articles_is_the_same(seeds: Path, tmp_path: Path) -> None:
    origin = Origin.of(seeds, PATHS)
    copy = Path(shutil.copytree(seeds, tmp_path / "copy"))
    for number in range(50):
        (copy / f"new{number}.md").write_text("# New\n", "utf-8")
    assert origin.overlap(copy) is Overlap.SAME


def test_folder_that_shares_a_name_has_nothing(seeds: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    change(other, PATHS[0], "a.md", "b.md")
    assert Origin.of(seeds, PATHS).overlap(other) is Overlap.NONE


def test_single_article_of_the_same_name_is_doubtful(seeds: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    change(other, PATHS[0])
    assert Origin.of(seeds, PATHS[:1]).overlap(other) is Overlap.SOME


def test_folder_with_one_article_in_common_is_doubtful(seeds: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(seeds / PATHS[0], other)
    assert Origin.of(seeds, PATHS).overlap(other) is Overlap.SOME


def test_other_articles_mounted_at_the_same_path_are_found(seeds: Path) -> None:
    origin = Origin.of(seeds, PATHS)
    shutil.rmtree(seeds)
    seeds.mkdir()
    change(seeds, PATHS[0], "a.md")
    assert origin.overlap(seeds) is Overlap.NONE


def test_origin_is_read_as_it_was_written(seeds: Path, tmp_path: Path) -> None:
    origin = Origin.of(seeds, PATHS)
    origin.write(tmp_path)
    assert Origin.read(tmp_path) == origin
    assert Origin.read(seeds) is None
    (tmp_path / ORIGIN_FILE).write_text("[]", "utf-8")
    assert Origin.read(tmp_path) is None


def test_few_of_many_articles_are_remembered(tmp_path: Path) -> None:
    for number in range(100):
        (tmp_path / f"{number}.txt").write_text(f"Tea {number}", "utf-8")
    origin = Origin.of(tmp_path, [f"{number}.txt" for number in range(100)])
    assert 16 <= len(origin.digests) <= 32
