import json
from pathlib import Path

import numpy as np
import pytest

from bot.cli.app import main
from index.build.pipeline import build
from index.errors import QuestionError
from index.evaluation.calibration import (
    FALSE_ANSWERS,
    Calibration,
    _thresholds,
    calibrate,
    generate_questions,
)
from index.search.verdict import Strictness, load_verdict_models
from index.searcher import Searcher
from index.store import snapshot
from tests.support.index_fixtures import SEEDS, MakeSeeds

SUBJECTS = ("Lighthouse", "Orchard", "Railway", "Glacier", "Bakery", "Harbour", "Museum", "Quarry")
STATEMENTS = (
    "opened its doors to curious visitors from the northern provinces",
    "received a generous donation from an anonymous merchant",
    "employed seventeen apprentices during the difficult winter",
    "was painted bright yellow by volunteers after the storm",
    "published a detailed report about dangerous insects",
    "hosted the annual meeting of retired teachers",
)


@pytest.fixture
def villages(make_seeds: MakeSeeds) -> Path:
    """Write forty-eight facts, six in each of eight articles."""
    files: dict[str, str | bytes] = {}
    for subject in SUBJECTS:
        facts = [f"In {1900 + n} the {subject} {fact}." for n, fact in enumerate(STATEMENTS)]
        files[f"{subject}.txt"] = f"The {subject} of Dunmore\n\n" + "\n\n".join(facts)
    return make_seeds(files)


@pytest.fixture
def village_searcher(index: Path, villages: Path) -> Searcher:
    build(villages, index)
    return Searcher.open(index)


def test_generated_questions_are_deterministic(searcher: Searcher) -> None:
    questions = generate_questions(searcher, 12)
    assert questions == generate_questions(searcher, 12)
    assert len(questions) == 12
    assert all(q.answerable and q.question.endswith("?") for q in questions)


def test_fit_separates_questions_with_and_without_article(
    village_searcher: Searcher,
) -> None:
    with village_searcher as searcher:
        calibration = calibrate(searcher, generate_questions(searcher, 48), generated=True)
    assert calibration.separates
    for level, (answered, _closest) in FALSE_ANSWERS.items():
        assert calibration.risk(level) <= answered + 1 / 48
    coverages = [calibration.coverage(level) for level in Strictness]
    assert coverages == sorted(coverages)
    assert calibration.coverage(Strictness.BALANCED) > 0.5


def test_too_few_questions_are_an_error(searcher: Searcher) -> None:
    with pytest.raises(
        QuestionError,
        match="calibrating needs at least 40 questions with a known article, and there are 5",
    ):
        calibrate(searcher, generate_questions(searcher, 5), generated=True)


def test_equal_scores_do_not_separate() -> None:
    scores = np.linspace(-1, 1, 50)
    calibration = Calibration(
        load_verdict_models()["known"], "known", scores, scores, generated=True
    )
    assert (calibration.auc, calibration.separates) == (0.5, False)


def test_thresholds_cost_a_bounded_share_of_answers() -> None:
    answerable, alike = np.linspace(0, 1, 201), np.linspace(0, 1.2, 201)
    for level, lost in ((Strictness.STRICT, 0.2), (Strictness.BALANCED, 0.1)):
        answered, closest = _thresholds(level, answerable, alike)
        assert (answerable < answered).mean() == pytest.approx(lost, abs=0.01)
        assert closest < answered


def test_thresholds_allow_few_false_answers() -> None:
    answered, _ = _thresholds(Strictness.BALANCED, np.linspace(2, 3, 101), np.linspace(0, 1, 101))
    assert answered == pytest.approx(0.97)


def test_a_calibration_that_does_not_separate_is_not_stored(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    fact = "In the {} of Dunmore, visitors received a generous donation from an old merchant."
    alike = {f"{n}.txt": f"The museum of Dunmore\n\n{fact.format('museum')} {n}" for n in range(60)}
    seeds = make_seeds(dict(alike))
    build(seeds, index)
    before = snapshot.current(index)
    with pytest.raises(SystemExit):
        main(["calibrate", "--seeds", str(seeds), "--index", str(index)])
    output = capsys.readouterr()
    assert "other articles often answer the same question" in output.out
    assert "Nothing was stored." in output.err
    assert snapshot.current(index) == before


def test_reset_returns_to_the_packaged_verdict(
    index: Path, villages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(villages, index)
    options = ["--seeds", str(villages), "--index", str(index)]
    for extra in ([], ["--reset"], ["--reset"]):
        with pytest.raises(SystemExit):
            main(["calibrate", *options, *extra])
    errors = capsys.readouterr().err
    assert "`quoth calibrate --reset` undoes it." in errors
    assert f"Removed; the snapshot is now {snapshot.current(index)}." in errors
    assert "There is no calibration." in errors
    with Searcher.open(index) as searcher:
        assert searcher.contents.verdict_models is None


def test_calibration_is_saved_and_survives_a_rebuild(
    index: Path, villages: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(villages, index)
    before = snapshot.current(index)
    with pytest.raises(SystemExit):
        main(["calibrate", "--seeds", str(villages), "--index", str(index)])
    output = capsys.readouterr()
    assert "generated from the articles" in output.out
    assert "balanced" in output.out
    saved = snapshot.current(index)
    assert saved != before
    assert f"Stored in snapshot {saved}" in output.err
    (villages / "new.txt").write_text("News\n\nA new paragraph about whales.", "utf-8")
    assert build(villages, index).published
    with Searcher.open(index) as searcher:
        assert searcher.contents.verdict_models is not None
        assert searcher.contents.verdict_models["known"] != load_verdict_models()["known"]


def test_dry_run_publishes_nothing(
    index: Path, villages: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    build(villages, index)
    before = snapshot.current(index)
    labelled = {
        "question": "What colour was the Lighthouse painted by volunteers?",
        "article": "Lighthouse.txt",
        "paragraph": 4,
    }
    questions = tmp_path / "questions.jsonl"
    questions.write_text("\n".join([json.dumps(labelled)] * 45), "utf-8")
    common = ["calibrate", "--dry-run", "--seeds", str(villages), "--index", str(index)]
    plot = tmp_path / "curve.png"
    with pytest.raises(SystemExit):
        main([*common, "--questions", str(questions), "--plot", str(plot)])
    assert "from your file" in capsys.readouterr().out
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert snapshot.current(index) == before


def test_calibrating_few_articles_is_an_error(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["calibrate", "--seeds", str(SEEDS), "--index", str(index)])
    assert exit_info.value.code == 1
    assert "needs at least 40" in capsys.readouterr().err
