import shutil
from pathlib import Path

import pytest

from index.build import embeddings as vectors
from index.build import pipeline as builder
from index.build.pipeline import Changes, build
from index.embed.encoder import OnnxEncoder
from index.errors import SeedsError
from index.searcher import Searcher
from index.store import snapshot
from tests.support.index_fixtures import SEEDS, MakeSeeds


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def test_a_build_that_changes_nothing_publishes_nothing(index: Path) -> None:
    report = build(SEEDS, index)
    assert not report.published
    assert report.name == snapshot.current(index)
    assert report.changes == Changes()


def test_only_what_is_new_is_encoded(index: Path, seeds: Path) -> None:
    (seeds / "news.txt").write_text("A headline\n\nA lone new paragraph.", "utf-8")
    report = build(seeds, index)
    assert report.changes == Changes(added=("news.txt",))
    assert report.encoded.new == 2  # its window with the title, and its sentence
    assert report.encoded.reused > 40


def test_vectors_that_are_reused_are_those_of_a_fresh_build(index: Path, seeds: Path) -> None:
    (seeds / "aaa.txt").write_text("A headline\n\nIt comes first and moves every row.", "utf-8")
    build(seeds, index)
    shutil.copytree(seeds, seeds.parent / "again")
    fresh = index.parent / "fresh"
    build(seeds.parent / "again", fresh)
    question = "When could ISIS resurge in Syria?"
    scores = []
    for folder in (index, fresh):
        searcher = Searcher.open(folder)
        scores.append(
            [(hit.row, round(hit.score, 3)) for hit in searcher.ask(question, ranking=5).ranking]
        )
        searcher.close()
    assert scores[0] == scores[1]


def test_the_report_tells_what_was_added_changed_and_removed(index: Path, seeds: Path) -> None:
    (seeds / "using-quoth.md").write_text("# Another text\n\nIt says something else.", "utf-8")
    (seeds / "new.txt").write_text("New\n\nIt was not there before.", "utf-8")
    next(seeds.glob("000_*.txt")).unlink()
    report = build(seeds, index)
    assert report.changes == Changes(
        ("new.txt",), ("using-quoth.md",), ("000_3ae1e327b51f9f9d.txt",)
    )


def test_a_bad_file_is_left_out_by_name_and_the_rest_is_built(
    index: Path, make_seeds: MakeSeeds
) -> None:
    report = build(make_seeds({"good.txt": "Title\n\nSome text here.", "bad.txt": b""}), index)
    assert [skip.path for skip in report.skipped] == ["bad.txt"]
    assert report.counts.articles == 1


def test_without_any_article_the_index_in_service_stays(index: Path, make_seeds: MakeSeeds) -> None:
    name = snapshot.current(index)
    with pytest.raises(SeedsError, match=r"bad\.txt"):
        build(make_seeds({"bad.txt": b"\0\1\2"}), index)
    assert snapshot.current(index) == name


def test_a_damaged_snapshot_is_not_reused_and_a_build_mends_it(index: Path) -> None:
    damaged = index / "snapshots" / str(snapshot.current(index)) / "text.bin"
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    assert build(SEEDS, index).published
    Searcher.open(index).close()


def test_progress_is_told_by_step(index: Path, seeds: Path) -> None:
    (seeds / "new.txt").write_text("New\n\nIt was not there before.", "utf-8")
    told: list[tuple[str, int, int]] = []
    build(seeds, index, None, lambda *step: told.append(step))
    assert list(dict.fromkeys(step for step, _, _ in told)) == [
        "reading",
        "splitting",
        "passages",
        "encoding",
        "indexing words",
    ]
    assert all(0 <= done <= total for _, done, total in told)


def test_an_interrupted_build_leaves_the_index_in_service(index: Path, seeds: Path) -> None:
    name = snapshot.current(index)
    (seeds / "new.txt").write_text("New\n\nIt was not there before.", "utf-8")

    def interrupt(step: str, _done: int, _total: int) -> None:
        if step == "encoding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(seeds, index, None, interrupt)
    assert snapshot.current(index) == name
    assert not (index / "building").exists()
    assert build(seeds, index).published


def test_what_an_interrupted_build_had_encoded_does_not_stay_for_ever(
    index: Path, seeds: Path
) -> None:
    (seeds / "new.txt").write_text("New\n\nIt was not there before.", "utf-8")

    def interrupt(step: str, done: int, total: int) -> None:
        if step == "encoding" and done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(seeds, index, None, interrupt)
    assert (index / "encoded").exists()
    (seeds / "new.txt").unlink()
    assert not build(seeds, index).published
    assert not (index / "encoded").exists()


def test_text_beyond_the_models_window_is_found(index: Path, make_seeds: MakeSeeds) -> None:
    filler = "The committee met again and discussed the budget of the coming year at length. " * 40
    buried = filler + "The lighthouse keeper's parrot speaks Portuguese."
    build(
        make_seeds({"long.txt": f"Minutes\n\n{buried}", "other.txt": f"Budget\n\n{filler}"}), index
    )
    searcher = Searcher.open(index)
    (quote, *_) = searcher.ask("Which language does the bird at the lighthouse talk?").quotes
    assert quote.highlight.text == "The lighthouse keeper's parrot speaks Portuguese."
    encoder = searcher.parts.encoder
    assert isinstance(encoder, OnnxEncoder)
    assert encoder.lengths([buried])[0] > 2 * encoder.spec.window
    searcher.close()


def test_the_answer_in_a_title_is_shown_with_its_article(
    index: Path, make_seeds: MakeSeeds
) -> None:
    files: dict[str, str | bytes] = {
        "museum.txt": "Museum closes at 17:30 from May\n\nVisitors were surprised by the news.",
        "park.txt": "The park\n\nThe park is green and large.",
        "school.txt": "The school\n\nPupils learn to read there.",
    }
    build(make_seeds(files), index)
    searcher = Searcher.open(index)
    answer = searcher.ask("When does the museum close?")
    assert answer.quotes[0].citation.metadata.title == "Museum closes at 17:30 from May"
    searcher.close()


def test_a_build_goes_on_where_an_interrupted_one_stopped(
    index: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seeds / "new.txt").write_text("New\n\n" + "\n\n".join(f"Fact {i}." for i in range(30)))
    monkeypatch.setattr(vectors, "_AT_ONCE", 8)

    def interrupt(step: str, done: int, _total: int) -> None:
        if step == "encoding" and done >= 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(seeds, index, None, interrupt)
    assert (index / "encoded").exists()
    report = build(seeds, index)
    assert (report.encoded.new, report.encoded.reused > 16) == (30 + 30 - 16, True)
    assert not (index / "encoded").exists()


def test_it_is_said_what_encodes(index: Path, seeds: Path) -> None:
    (seeds / "new.txt").write_text("New\n\nA parrot speaks.")
    assert build(seeds, index, device="cpu").encoded.engine == "torch on cpu"
    assert build(seeds, index).encoded.engine.startswith("onnxruntime in ")


def test_a_language_is_detected_once_a_text(
    index: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def french(text: str) -> str:
        asked.append(text)
        return "fr"

    monkeypatch.setattr(builder, "detect", french)
    (seeds / "new.txt").write_text("Nouveau\n\nLe perroquet parle portugais.")
    build(seeds, index)
    assert [text.partition("\n")[0] for text in asked] == ["Nouveau"]
    (seeds / "new.txt").rename(seeds / "moved.txt")
    build(seeds, index)
    assert len(asked) == 1
    with Searcher.open(index) as searcher:
        told = {source.path: source.metadata.language for source in searcher.sources()}
        assert (told["moved.txt"], len(told)) == ("fr", 3)


def test_a_language_that_an_article_named_once_is_not_kept(index: Path, seeds: Path) -> None:
    text = "Tea\n\nBlack tea is drunk by many people in the morning, with milk."
    (seeds / "tea.md").write_text(f"---\nlanguage: de\n---\n{text}")
    build(seeds, index)
    (seeds / "tea.md").write_text(text)
    build(seeds, index)
    with Searcher.open(index) as searcher:
        (tea,) = [source for source in searcher.sources() if source.path == "tea.md"]
        assert tea.metadata.language == "en"
