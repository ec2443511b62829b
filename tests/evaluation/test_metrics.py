import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.app import main
from index.errors import QuestionError
from index.evaluation.metrics import (
    LabelledQuestion,
    QuestionOutcome,
    auc,
    curve,
    decision_metrics,
    false_answers,
    figure,
    measure,
    read_questions,
    retrieval_metrics,
    separability,
    worst,
    wrongly_answered,
)
from index.searcher import Searcher
from index.types import Verdict
from tests.support.index_fixtures import SEEDS

ARTICLE = "000_3ae1e327b51f9f9d.txt"
LINES = [
    {
        "id": "1",
        "question": "When could ISIS resurge in Syria?",
        "answerable": True,
        "article": ARTICLE,
        "paragraph": 4,
        "answer": ["six to twelve months"],
    },
    {
        "id": "2",
        "question": "How many foreign fighters come per month?",
        "answerable": True,
        "article": ARTICLE,
        "paragraph_index": 10,
        "answer": ["no such words"],
    },
    {"id": "3", "question": "How do I cook rice?", "answerable": False},
]


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, LINES)), "utf-8")
    return file


def outcome(
    rank: int | None,
    probability: float = 0.5,
    highlighted: bool | None = None,
    verdict: Verdict = Verdict.NOTHING,
) -> QuestionOutcome:
    asked = LabelledQuestion(f"{rank}-{probability}", "?", True, "a.txt", 1, ())
    return QuestionOutcome(asked, rank, highlighted, probability, verdict, 0.01, "", "")


def test_questions_are_measured_by_the_paragraph_that_answers(
    searcher: Searcher, questions: Path
) -> None:
    first, second, third = measure(searcher, read_questions(questions))
    assert (first.rank, first.highlighted) == (1, True)
    assert (second.rank, second.highlighted) == (1, False)
    assert third.rank is None
    assert min(first.probability, second.probability) > third.probability


def test_without_its_article_a_question_is_judged_less_sure(
    searcher: Searcher, questions: Path
) -> None:
    asked = read_questions(questions)[:1]
    (there,) = measure(searcher, asked)
    (removed,) = measure(searcher, asked, expect="removed")
    assert removed.rank is None
    assert ARTICLE not in removed.first
    assert removed.probability < there.probability


def test_finding_counts_ranks() -> None:
    figures = retrieval_metrics(
        [outcome(1, highlighted=True), outcome(2), outcome(7), outcome(None)]
    )
    values = {name: round(figure.value, 4) for name, figure in figures.items()}
    mrr = round((1 + 1 / 2 + 1 / 7) / 4, 4)
    assert values == {"R@1": 0.25, "R@5": 0.5, "R@10": 0.75, "MRR@10": mrr, "answer sentence": 1.0}


def test_auc_counts_pairs_and_ties_half() -> None:
    assert auc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == 0.875


def test_false_answers_are_those_above_the_threshold_of_nine_tenths() -> None:
    there = np.linspace(0.1, 1.0, 10)  # the threshold that lets nine of ten pass is 0.2
    assert false_answers(there, np.array([0.05, 0.15, 0.25, 0.95])) == 0.5


@given(st.lists(st.floats(0, 1), min_size=1), st.lists(st.floats(0, 1), min_size=1))
def test_auc_turns_round_with_its_groups(there: list[float], absent: list[float]) -> None:
    one, other = np.array(there), np.array(absent)
    assert math.isclose(auc(one, other) + auc(other, one), 1)


@given(st.lists(st.booleans(), min_size=1, max_size=50))
def test_an_interval_holds_its_value(values: list[bool]) -> None:
    found = figure([float(value) for value in values])
    assert found.low - 1e-9 <= found.value <= found.high + 1e-9


def test_the_curve_ends_where_everything_is_answered() -> None:
    line = curve([outcome(1, 0.9), outcome(1, 0.4)], [outcome(None, 0.5)])
    assert line.coverage.tolist() == [0.5, 0.5, 1.0]
    assert line.risk.tolist() == [0.0, 1.0, 1.0]


def test_nothing_to_judge_is_no_figure() -> None:
    assert all(math.isnan(figure.value) for figure in separability([outcome(1)], []).values())


def test_the_surest_mistakes_come_first() -> None:
    outcomes = [outcome(2, 0.3), outcome(1, 0.9), outcome(None, 0.8)]
    assert [one.probability for one in worst(outcomes, 5)] == [0.8, 0.3]


def test_coverage_and_false_answers_count_what_is_answered() -> None:
    answered, closest = outcome(1, verdict=Verdict.ANSWERED), outcome(1, verdict=Verdict.CLOSEST)
    figures = decision_metrics(
        [answered, answered, closest, closest], [answered, closest, outcome(None)]
    )
    assert {name: round(one.value, 3) for name, one in figures.items()} == {
        "coverage": 0.5,
        "false answers": 0.333,
    }
    assert list(decision_metrics([answered], [])) == ["coverage"]


def test_answers_where_none_are_wanted_come_surest_first() -> None:
    wrong = [outcome(None, sure, verdict=Verdict.ANSWERED) for sure in (0.6, 0.9)]
    assert wrongly_answered([*wrong, outcome(None, 0.95)], 5) == wrong[::-1]


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "line 1"), ("{}", "'question'"), ('{"question": "?", "paragraph": "x"}', "ValueError")],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "q.jsonl").write_text(line, "utf-8")
    with pytest.raises(QuestionError, match=said):
        read_questions(tmp_path / "q.jsonl")


def test_a_paragraph_that_is_not_there_is_named(searcher: Searcher) -> None:
    asked = LabelledQuestion("1", "When?", True, ARTICLE, 99, ())
    with pytest.raises(QuestionError, match="has 11 paragraphs, wanted one of them, not 99"):
        measure(searcher, [asked])


def test_eval_prints_figures_failures_and_a_curve(
    index: Path, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["eval", "--questions", str(questions), "--seeds", str(SEEDS), "--index", str(index)]
    with pytest.raises(SystemExit):
        main([*common, "--failures", "3", "--plot", str(tmp_path / "curve.png")])
    out = capsys.readouterr().out
    assert "R@1" in out
    assert "false answers at 90% coverage" in out
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(SystemExit):
        main([*common, "--json", "--against", "removed"])
    values = json.loads(capsys.readouterr().out)
    assert values["figures"]["R@1"]["value"] == 1.0
    assert values["figures"]["AUC"]["count"] == 2
    assert [one["rank"] for one in values["questions"]] == [1, 1]
    assert [one["verdict"] for one in values["without_answer"]] == ["nothing", "nothing"]


def test_a_generous_judge_answers_more(
    index: Path, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["eval", "--questions", str(questions), "--seeds", str(SEEDS), "--index", str(index)]
    coverage = []
    for level in ("strict", "generous"):
        with pytest.raises(SystemExit):
            main([*common, "--json", "--strictness", level])
        coverage.append(json.loads(capsys.readouterr().out)["figures"]["coverage"]["value"])
    assert coverage[0] <= coverage[1] == 1.0


def test_eval_asks_other_articles(
    index: Path, questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "rice.txt").write_text("Cooking\n\nRice is cooked in water for ten minutes.", "utf-8")
    with pytest.raises(SystemExit):
        main(
            [
                *("eval", "--questions", str(questions), "--seeds", str(SEEDS)),
                *("--index", str(index), "--json", "--against", str(other)),
            ]
        )
    assert json.loads(capsys.readouterr().out)["figures"]["AUC"]["value"] == 1.0
