from pathlib import Path

import pytest

from index.build.pipeline import build
from tests.support.articles import read_file

_PAGE = "## One\n\nIt hums.\n\n## Two\n\nIt drips.\n"


def _write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "navigation"),
    [
        (
            "docs/SUMMARY.md",
            "# Summary\n\n- [Start](a.md)\n  - [The `pump`, *new*](./b/ch02.md#x)\n",
        ),
        ("docs/SUMMARY.md", '[The pump, new](b/ch02.md "Pump")'),
        ("docs/_sidebar.md", "* Guide\n  * [The pump, new](/b/ch02)\n"),
        ("mkdocs.yml", "nav:\n  - Start: a.md\n  - Parts:\n    - 'The pump, new': b/ch02.md\n"),
        ("x/mkdocs.yaml", 'docs_dir: "../docs"\nnav:\n- The pump, new: "b/ch02.md"\n'),
    ],
)
def test_pages_without_a_title_are_named_as_in_the_navigation(
    tmp_path: Path, name: str, navigation: str
) -> None:
    titled = "# The valve\n\nIt hums.\n"
    files = {name: navigation, "docs/b/ch02.md": _PAGE, "docs/a.md": titled}
    seeds = _write(tmp_path, files)
    assert read_file(seeds / "docs/b/ch02.md", seeds).metadata.title == "The pump, new"
    assert read_file(seeds / "docs/a.md", seeds).metadata.title == "The valve"


@pytest.mark.parametrize("navigation", ["See [it](ch02.md) first.", "- [It](https://a.example/x)"])
def test_other_links_give_no_title(tmp_path: Path, navigation: str) -> None:
    seeds = _write(tmp_path, {"SUMMARY.md": navigation, "ch02.md": _PAGE})
    assert read_file(seeds / "ch02.md", seeds).metadata.title == "Ch02"


def test_a_name_that_changes_in_the_navigation_is_noticed(tmp_path: Path) -> None:
    files = {"SUMMARY.md": "- [Pump](ch02.md)", "ch02.md": _PAGE}
    seeds, index = _write(tmp_path / "seeds", files), tmp_path / "index"
    build(seeds, index)
    assert not build(seeds, index).published
    (seeds / "SUMMARY.md").write_text("- [Pumps](ch02.md)", "utf-8")
    assert build(seeds, index).published
