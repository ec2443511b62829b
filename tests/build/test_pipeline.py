import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from index.build import article_columns, embeddings, previous
from index.build.pipeline import Changes, build
from index.embed.onnx import OnnxEncoder
from index.errors import SeedsError
from index.search.passage_terms import PassageTerms, parse_passage
from index.searcher import Searcher
from index.store import snapshot
from tests.support.index_fixtures import SEEDS, MakeSeeds


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEEDS, tmp_path / "seeds"))


def test_unchanged_articles_publish_nothing(index: Path) -> None:
    report = build(SEEDS, index)
    assert not report.published
    assert report.name == snapshot.current(index)
    assert report.changes == Changes()


def test_only_new_texts_are_encoded(index: Path, seeds: Path) -> None:
    (seeds / "news.txt").write_text("A headline\n\nA lone new paragraph.", "utf-8")
    report = build(seeds, index)
    assert report.changes == Changes(added=("news.txt",))
    assert report.encoded.new == 2  # its chunk and its sentence
    assert report.encoded.reused > 40


def test_reused_vectors_rank_like_those_of_a_fresh_build(index: Path, seeds: Path) -> None:
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


def test_a_rebuild_writes_the_files_of_a_fresh_build(
    index: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seeds / "code.md").write_text(
        "# Code\n\n## Caches\n\nRun UvCache:\n\n```sh\nuv add httpx\n```\n", "utf-8"
    )
    (seeds / "zoo.md").write_text("# Zoo\n\n## Hours\n\nÖffnet um 9 Uhr.\n", "utf-8")
    build(seeds, index)
    (seeds / "aaa.txt").write_text("A headline\n\nIt comes first and moves every row.", "utf-8")
    next(seeds.glob("000_*.txt")).unlink()
    parsed: list[str] = []

    def count_parsed(text: str, *rest: Any) -> PassageTerms:
        parsed.append(text)
        return parse_passage(text, *rest)

    monkeypatch.setattr(article_columns, "parse_passage", count_parsed)
    build(seeds, index)
    assert parsed == ["It comes first and moves every row."]
    fresh = index.parent / "fresh"
    build(seeds, fresh)
    with snapshot.open_current(index) as reused, snapshot.open_current(fresh) as built:
        assert reused.manifest.fingerprint == built.manifest.fingerprint
        assert reused.manifest.counts == built.manifest.counts
        for path in built.folder.glob("*"):  # tantivy names its files at random
            if path.is_file() and path.name != "manifest.json":
                assert (reused.folder / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_changed_include_changes_the_article(index: Path, seeds: Path) -> None:
    (seeds / "page.md").write_text('# Pump\n\n--8<-- "part.md"\n', "utf-8")
    (seeds / "part.md").write_text("# Part\n\nIt pumps water.\n", "utf-8")
    build(seeds, index)
    (seeds / "part.md").write_text("# Part\n\nIt pumps milk.\n", "utf-8")
    assert build(seeds, index).changes.changed == ("page.md", "part.md")


def test_an_include_that_was_missing_is_found_later(index: Path, seeds: Path) -> None:
    (seeds / "page.md").write_text('# Pump\n\nIt hums.\n\n--8<-- "part.md"\n', "utf-8")
    build(seeds, index)
    (seeds / "part.md").write_text("# Part\n\nIt pumps milk.\n", "utf-8")
    assert build(seeds, index).changes == Changes(added=("part.md",), changed=("page.md",))


def test_a_changed_sidecar_is_read(index: Path, seeds: Path) -> None:
    (seeds / "tea.html").write_text("<h1>Tea</h1><p>Black tea is drunk with milk.</p>", "utf-8")
    build(seeds, index)
    (seeds / "tea.html.yaml").write_text("publisher: The Tea Board\n", "utf-8")
    assert build(seeds, index).published
    with Searcher.open(index) as searcher:
        (tea,) = [source for source in searcher.opened.sources() if source.path == "tea.html"]
        assert tea.metadata.publisher == "The Tea Board"


def test_notes_on_unchanged_articles_are_reported_again(index: Path, seeds: Path) -> None:
    (seeds / "tea.md").write_text("---\npublished: someday\n---\n# Tea\n\nIt is hot.\n", "utf-8")
    (first,) = build(seeds, index).notes
    assert build(seeds, index).notes == (first,)


def test_other_code_reads_every_article_again(
    index: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(seeds, index)
    monkeypatch.setattr(previous, "code_version", lambda: "another")
    report = build(seeds, index)
    assert report.published
    assert report.encoded.new == 0
    assert report.changes == Changes()
    assert not build(seeds, index).published


def test_report_lists_added_changed_and_removed_articles(index: Path, seeds: Path) -> None:
    (seeds / "using-quoth.md").write_text("# Another text\n\nIt says something else.", "utf-8")
    (seeds / "new.txt").write_text("New\n\nIt was not there before.", "utf-8")
    next(seeds.glob("000_*.txt")).unlink()
    report = build(seeds, index)
    assert report.changes == Changes(
        ("new.txt",), ("using-quoth.md",), ("000_3ae1e327b51f9f9d.txt",)
    )


def test_unreadable_file_is_skipped_and_reported(index: Path, make_seeds: MakeSeeds) -> None:
    report = build(make_seeds({"good.txt": "Title\n\nSome text here.", "bad.txt": b""}), index)
    assert [skip.path for skip in report.skipped] == ["bad.txt"]
    assert report.counts.articles == 1


def test_build_without_articles_keeps_the_current_snapshot(
    index: Path, make_seeds: MakeSeeds
) -> None:
    name = snapshot.current(index)
    with pytest.raises(SeedsError, match=r"bad\.txt"):
        build(make_seeds({"bad.txt": b"\0\1\2"}), index)
    assert snapshot.current(index) == name


def test_build_replaces_a_damaged_snapshot(index: Path) -> None:
    damaged = index / "snapshots" / str(snapshot.current(index)) / "text.bin"
    damaged.write_bytes(b"x" + damaged.read_bytes()[1:])
    assert build(SEEDS, index).published
    Searcher.open(index).close()


def test_progress_is_reported_by_step(index: Path, seeds: Path) -> None:
    (seeds / "new.txt").write_text("New\n\nIt was not there before.", "utf-8")
    calls: list[tuple[str, int, int]] = []
    build(seeds, index, None, lambda *step: calls.append(step))
    assert list(dict.fromkeys(step for step, _, _ in calls)) == [
        "reading",
        "passages",
        "encoding",
        "indexing words",
    ]
    assert all(0 <= done <= total for _, done, total in calls)


def test_interrupted_build_keeps_the_current_snapshot(index: Path, seeds: Path) -> None:
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


def test_checkpoint_that_is_not_needed_is_removed(index: Path, seeds: Path) -> None:
    (seeds / "new.txt").write_text("New\n\nIt was not there before.", "utf-8")

    def interrupt(step: str, done: int, total: int) -> None:
        if step == "encoding" and done == total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(seeds, index, None, interrupt)
    assert (index / "checkpoint").exists()
    (seeds / "new.txt").unlink()
    assert not build(seeds, index).published
    assert not (index / "checkpoint").exists()


def test_text_beyond_the_encoder_limit_is_found(index: Path, make_seeds: MakeSeeds) -> None:
    filler = "The committee met again and discussed the budget of the coming year at length. " * 40
    buried = filler + "The lighthouse keeper's parrot speaks Portuguese."
    build(
        make_seeds({"long.txt": f"Minutes\n\n{buried}", "other.txt": f"Budget\n\n{filler}"}), index
    )
    searcher = Searcher.open(index)
    (quote, *_) = searcher.ask("Which language does the bird at the lighthouse talk?").quotes
    assert quote.highlight.text == "The lighthouse keeper's parrot speaks Portuguese."
    encoder = searcher.contents.encoder
    assert isinstance(encoder, OnnxEncoder)
    assert encoder.token_counts([buried])[0] > 2 * encoder.spec.max_tokens
    searcher.close()


def test_answer_in_a_title_is_quoted_with_its_article(index: Path, make_seeds: MakeSeeds) -> None:
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


def test_build_resumes_an_interrupted_build(
    index: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (seeds / "new.txt").write_text("New\n\n" + "\n\n".join(f"Fact {i}." for i in range(30)))
    monkeypatch.setattr(embeddings, "_BATCH_TEXTS", 8)

    def interrupt(step: str, done: int, _total: int) -> None:
        if step == "encoding" and done >= 16:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(seeds, index, None, interrupt)
    assert (index / "checkpoint").exists()
    report = build(seeds, index)
    assert (report.encoded.new, report.encoded.reused > 16) == (30 + 30 - 16, True)
    assert not (index / "checkpoint").exists()


def test_report_names_the_engine(index: Path, seeds: Path) -> None:
    (seeds / "new.txt").write_text("New\n\nA parrot speaks.")
    assert build(seeds, index).encoded.engine.startswith("onnxruntime in ")


@pytest.mark.slow
def test_report_names_torch_and_its_device(index: Path, seeds: Path) -> None:
    (seeds / "new.txt").write_text("New\n\nA parrot speaks.")
    assert build(seeds, index, device="cpu").encoded.engine == "torch on cpu"


def test_language_of_an_unchanged_file_is_not_detected_again(
    index: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def detect_french(text: str) -> str:
        calls.append(text)
        return "fr"

    monkeypatch.setattr(article_columns, "detect_language", detect_french)
    (seeds / "new.txt").write_text("Nouveau\n\nLe perroquet parle portugais.")
    build(seeds, index)
    assert [text.partition("\n")[0] for text in calls] == ["Nouveau"]
    (seeds / "moved.txt").write_text("Tea\n\nIt is drunk with milk.")
    build(seeds, index)
    assert [text.partition("\n")[0] for text in calls] == ["Nouveau", "Tea"]
    with Searcher.open(index) as searcher:
        languages = {source.path: source.metadata.language for source in searcher.opened.sources()}
        assert (languages["new.txt"], languages["moved.txt"], len(languages)) == ("fr", "fr", 4)


def test_language_removed_from_metadata_is_detected_again(index: Path, seeds: Path) -> None:
    text = "Tea\n\nBlack tea is drunk by many people in the morning, with milk."
    (seeds / "tea.md").write_text(f"---\nlanguage: de\n---\n{text}")
    build(seeds, index)
    (seeds / "tea.md").write_text(text)
    build(seeds, index)
    with Searcher.open(index) as searcher:
        (tea,) = [source for source in searcher.opened.sources() if source.path == "tea.md"]
        assert tea.metadata.language == "en"


def test_reading_takes_time_in_proportion_to_the_articles(tmp_path: Path) -> None:
    def steps(count: int) -> int:
        """Build, and count what our functions and generators do."""
        seeds = tmp_path / f"seeds-{count}"
        seeds.mkdir()
        for number in range(count):
            (seeds / f"{number}.txt").write_text("A headline\n\nOne and the same text.", "utf-8")
        events = 0

        def count_event(_frame: object, event: str, _argument: object) -> None:
            nonlocal events
            events += event == "call"

        sys.setprofile(count_event)
        try:
            build(seeds, tmp_path / f"index-{count}")
        finally:
            sys.setprofile(None)
        return events

    _, few, twice, four_times = map(steps, (1, 100, 200, 400))  # the first one imports modules
    assert (four_times - twice) < 2.2 * (twice - few)
