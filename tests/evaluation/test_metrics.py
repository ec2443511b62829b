import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.cli.app import main
from index.errors import QuestionError
from index.evaluation.metrics import (
    LabelledQuestion,
    QuestionOutcome,
    auc,
    bootstrap_mean,
    decision_metrics,
    false_answers,
    measure,
    most_confident_misses,
    read_questions,
    retrieval_metrics,
    risk_coverage_curve,
    separability,
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
    labelled = LabelledQuestion(f"{rank}-{probability}", "?", True, "a.txt", 1, ())
    return QuestionOutcome(labelled, rank, highlighted, probability, verdict, 0.01, "", "")


def test_rank_and_highlight_are_those_of_the_labelled_passage(
    searcher: Searcher, questions: Path
) -> None:
    first, second, third = measure(searcher, read_questions(questions))
    assert (first.rank, first.highlighted) == (1, True)
    assert (second.rank, second.highlighted) == (1, False)
    assert third.rank is None
    assert min(first.answer_probability, second.answer_probability) > third.answer_probability


def test_answer_probability_drops_without_the_article(searcher: Searcher, questions: Path) -> None:
    labelled = read_questions(questions)[:1]
    (present,) = measure(searcher, labelled)
    (removed,) = measure(searcher, labelled, expect="removed")
    assert removed.rank is None
    assert ARTICLE not in removed.first
    assert removed.answer_probability < present.answer_probability


def test_retrieval_metrics_are_computed_from_ranks() -> None:
    metrics = retrieval_metrics(
        [outcome(1, highlighted=True), outcome(2), outcome(7), outcome(None)]
    )
    values = {name: round(estimate.value, 4) for name, estimate in metrics.items()}
    mrr = round((1 + 1 / 2 + 1 / 7) / 4, 4)
    assert values == {"R@1": 0.25, "R@5": 0.5, "R@10": 0.75, "MRR@10": mrr, "answer sentence": 1.0}


def test_without_a_paragraph_any_of_the_article_is_right(searcher: Searcher) -> None:
    labelled = LabelledQuestion("1", "When could ISIS resurge in Syria?", True, ARTICLE, None, ())
    (found,) = measure(searcher, [labelled])
    assert found.rank == 1


def test_retrieval_is_measured_on_known_articles_only() -> None:
    unlabelled = LabelledQuestion("1", "?", True, None, None, ())
    unknown = replace(outcome(None), labelled=unlabelled)
    assert retrieval_metrics([unknown]) == {}
    assert retrieval_metrics([outcome(1), unknown])["R@1"].count == 1
    assert most_confident_misses([unknown], 5) == []


def test_auc_counts_ties_half() -> None:
    assert auc(np.array([0.9, 0.5]), np.array([0.5, 0.1])) == 0.875


def test_false_answers_are_counted_at_90_percent_coverage() -> None:
    answerable = np.linspace(0.1, 1.0, 10)  # nine of ten are at or above 0.2
    assert false_answers(answerable, np.array([0.05, 0.15, 0.25, 0.95])) == 0.5


@given(st.lists(st.floats(0, 1), min_size=1), st.lists(st.floats(0, 1), min_size=1))
@settings(deadline=None)  # the first call imports scipy.stats
def test_auc_of_swapped_groups_is_the_complement(first: list[float], second: list[float]) -> None:
    scores = np.array(first), np.array(second)
    assert math.isclose(auc(*scores) + auc(*scores[::-1]), 1)


@given(st.lists(st.booleans(), min_size=1, max_size=50))
@settings(max_examples=25)  # each resamples a thousand times
def test_interval_contains_the_value(values: list[bool]) -> None:
    estimate = bootstrap_mean([float(value) for value in values])
    assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9


def test_curve_ends_where_all_questions_are_answered() -> None:
    risk, coverage = risk_coverage_curve(np.array([0.9, 0.4]), np.array([0.5]))
    assert coverage.tolist() == [0.5, 0.5, 1.0]
    assert risk.tolist() == [0.0, 1.0, 1.0]


def test_separability_of_an_empty_group_is_nan() -> None:
    metrics = separability([outcome(1)], [])
    assert all(math.isnan(estimate.value) for estimate in metrics.values())


def test_most_confident_misses_come_first() -> None:
    outcomes = [outcome(2, 0.3), outcome(1, 0.9), outcome(None, 0.8)]
    misses = most_confident_misses(outcomes, 5)
    assert [miss.answer_probability for miss in misses] == [0.8, 0.3]


def test_decision_metrics_count_answered_questions() -> None:
    answered, closest = outcome(1, verdict=Verdict.ANSWERED), outcome(1, verdict=Verdict.CLOSEST)
    metrics = decision_metrics(
        [answered, answered, closest, closest], [answered, closest, outcome(None)]
    )
    assert {name: round(estimate.value, 3) for name, estimate in metrics.items()} == {
        "coverage": 0.5,
        "false answers": 0.333,
    }
    assert list(decision_metrics([answered], [])) == ["coverage"]


def test_most_confident_wrong_answers_come_first() -> None:
    wrong = [outcome(None, p, verdict=Verdict.ANSWERED) for p in (0.6, 0.9)]
    assert wrongly_answered([*wrong, outcome(None, 0.95)], 5) == wrong[::-1]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_written_on_any_system_are_read(end: str, tmp_path: Path) -> None:
    (file := tmp_path / "q.jsonl").write_bytes(
        f'\ufeff{{"question": "One\u2028two?"}}{end}{end}{{"question": "Three?"}}{end}'.encode()
    )
    asked = [(each.id, each.question) for each in read_questions(file)]
    assert asked == [("1", "One\u2028two?"), ("3", "Three?")]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "line 1: not valid JSON"),
        ("{}", 'line 1 has no text as "question"; write {"id", '),
        ('{"question": 5}', 'line 1 has no text as "question"; write {"id", '),
        ('{"question": "?", "paragraph": "x"}', 'line 1 has a "paragraph" or an "answer" of anot'),
        ('{"question": "?", "paragraph": 1e999}', 'line 1 has a "paragraph" or an "answer" of an'),
        ('{"question": "?", "answer": 5}', 'line 1 has a "paragraph" or an "answer" of another'),
    ],
)
def test_error_names_the_invalid_line(tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "q.jsonl").write_text(line, "utf-8")
    with pytest.raises(QuestionError, match=reason):
        read_questions(tmp_path / "q.jsonl")


def test_error_names_the_missing_paragraph(searcher: Searcher) -> None:
    labelled = LabelledQuestion("1", "When?", True, ARTICLE, 99, ())
    with pytest.raises(QuestionError, match="has no paragraph 99; choose one from 1 to 11"):
        measure(searcher, [labelled])


def test_eval_prints_metrics_and_failures_and_plots_a_curve(
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
    assert [question["rank"] for question in values["questions"]] == [1, 1]
    verdicts = [question["verdict"] for question in values["without_answer"]]
    assert verdicts == ["nothing", "nothing"]


def test_generous_strictness_answers_more(
    index: Path, questions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ["eval", "--questions", str(questions), "--seeds", str(SEEDS), "--index", str(index)]
    coverage = []
    for level in ("strict", "generous"):
        with pytest.raises(SystemExit):
            main([*common, "--json", "--strictness", level])
        coverage.append(json.loads(capsys.readouterr().out)["figures"]["coverage"]["value"])
    assert coverage[0] <= coverage[1] == 1.0


def test_eval_against_other_articles(
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
