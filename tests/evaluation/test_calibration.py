import json
from pathlib import Path

import numpy as np
import pytest

from bot.cli.app import main
from index.build.pipeline import build
from index.errors import QuestionError
from index.evaluation.calibration import FALSE_ANSWERS, Calibration, calibrate, draw_questions
from index.search.verdict import Strictness, load_verdict_models
from index.searcher import Searcher
from index.store import snapshot
from tests.support.index_fixtures import SEEDS, MakeSeeds

SUBJECTS = ("Lighthouse", "Orchard", "Railway", "Glacier", "Bakery", "Harbour", "Museum", "Quarry")
DEEDS = (
    "opened its doors to curious visitors from the northern provinces",
    "received a generous donation from an anonymous merchant",
    "employed seventeen apprentices during the difficult winter",
    "was painted bright yellow by volunteers after the storm",
    "published a detailed report about dangerous insects",
    "hosted the annual meeting of retired teachers",
)


@pytest.fixture
def villages(make_seeds: MakeSeeds) -> Path:
    """Forty-eight small facts, six in each of eight articles."""
    files: dict[str, str | bytes] = {
        f"{subject}.txt": f"The {subject} of Dunmore\n\n"
        + "\n\n".join(f"In {1900 + n} the {subject} {deed}." for n, deed in enumerate(DEEDS))
        for subject in SUBJECTS
    }
    return make_seeds(files)


@pytest.fixture
def searcher_of_villages(index: Path, villages: Path) -> Searcher:
    build(villages, index)
    return Searcher.open(index)


def test_questions_drawn_from_the_corpus_are_the_same_each_time(searcher: Searcher) -> None:
    drawn = draw_questions(searcher, 12)
    assert drawn == draw_questions(searcher, 12)
    assert len(drawn) == 12
    assert all(one.answerable and one.question.endswith("?") for one in drawn)


def test_a_fit_tells_questions_with_their_article_from_those_without(
    searcher_of_villages: Searcher,
) -> None:
    with searcher_of_villages as searcher:
        fitted = calibrate(searcher, draw_questions(searcher, 48), drawn=True)
    assert fitted.separates
    for level, (answered, _closest) in FALSE_ANSWERS.items():
        assert fitted.risk(level) <= answered + 1 / 48
    coverages = [fitted.coverage(level) for level in Strictness]
    assert coverages == sorted(coverages)
    assert fitted.coverage(Strictness.BALANCED) > 0.5


def test_too_few_questions_fit_nothing(searcher: Searcher) -> None:
    with pytest.raises(QuestionError, match="5 questions with a known article, wanted at least 40"):
        calibrate(searcher, draw_questions(searcher, 5), drawn=True)


def test_classes_that_do_not_separate_are_said_so() -> None:
    same = np.linspace(-1, 1, 50)
    fitted = Calibration(load_verdict_models()["known"], "known", same, same, drawn=True)
    assert (fitted.auc, fitted.separates) == (0.5, False)


def test_a_fit_is_stored_and_outlives_a_rebuild(
    index: Path, villages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(villages, index)
    before = snapshot.current(index)
    with pytest.raises(SystemExit):
        main(["calibrate", "--seeds", str(villages), "--index", str(index)])
    said = capsys.readouterr()
    assert "drawn from the articles" in said.out
    assert "balanced" in said.out
    stored = snapshot.current(index)
    assert stored != before
    assert f"Stored in snapshot {stored}" in said.err
    (villages / "new.txt").write_text("News\n\nA new paragraph about whales.", "utf-8")
    assert build(villages, index).published
    with Searcher.open(index) as searcher:
        assert searcher.parts.verdict_models is not None
        assert searcher.parts.verdict_models["known"] != load_verdict_models()["known"]


def test_a_dry_run_stores_nothing(
    index: Path, villages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(villages, index)
    before = snapshot.current(index)
    line = {
        "question": "What colour was the Lighthouse painted by volunteers?",
        "article": "Lighthouse.txt",
        "paragraph": 4,
    }
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join([json.dumps(line)] * 45), "utf-8")
    common = ["calibrate", "--dry-run", "--seeds", str(villages), "--index", str(index)]
    picture = tmp_path / "curve.png"
    with pytest.raises(SystemExit):
        main([*common, "--questions", str(questions), "--plot", str(picture)])
    assert "of your file" in capsys.readouterr().out
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert snapshot.current(index) == before


def test_seeds_too_small_to_calibrate_are_told_so(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["calibrate", "--seeds", str(SEEDS), "--index", str(index)])
    assert leaving.value.code == 1
    assert "wanted at least 40" in capsys.readouterr().err
