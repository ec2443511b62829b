"""Fit the weights of ranking and verdict, and report their quality on articles not fitted to.

    python -m benchmarks.fit QUESTIONS --work FOLDER [--write]

QUESTIONS has a folder for each question set: squad2_dev and qed in English, and xquad_de, xquad_ru
and xquad_zh for languages that the encoder does not support. Each has ``articles/*.txt`` (a title,
then paragraphs) and ``questions.jsonl``. ``--write`` replaces the weights in the package.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import index.search
from benchmarks.linear import Floats, fit_listwise, fit_logistic
from benchmarks.question_sets import FOLD_COUNT, BenchmarkQuestion, LabelledFeatures, QuestionSet
from index.evaluation.metrics import auc, false_answers
from index.filters import Scope
from index.search.features import SENTENCE_FEATURES, Features
from index.search.ranker import (
    RANKER_FEATURES,
    VERDICT_FEATURES,
    Ranker,
    linear_scores,
    rank_with,
    with_best_sentence,
)
from index.search.verdict import Strictness

SUPPORTED = ("squad2_dev", "qed")
UNSUPPORTED = ("xquad_de", "xquad_ru", "xquad_zh")

# Verdict features without a weight: they tell question sets apart, not answers from their absence.
_EXCLUDED = frozenset(
    """
    has_phrases language_supported passage_is_first_paragraph passage_log_length
    passage_cosine_scaled passage_bm25_scaled passage_second_sentence_gap sentence_log_length
    sentence_is_first sentence_log_new_terms sentence_has_head_noun sentence_has_number
    sentence_has_date sentence_has_percent sentence_has_place sentence_has_reason
    sentence_has_new_name sentence_log_new_names sentence_cumulative_coverage
    sentence_coreference_coverage sentence_coverage_without_names sentence_gives_name
    sentence_completes_coverage sentence_is_nearest
    """.split()
)
# The same for unsupported languages: the meaning of these values differs between languages.
_EXCLUDED_IF_UNSUPPORTED = frozenset(
    """
    score top3_sentence_cosine missing_names log_nearer_candidates passage_cosine
    passage_best_sentence_cosine passage_second_sentence_cosine passage_best_sentence_score
    passage_article_cosine sentence_cosine
    """.split()
)
# Features that only compare sentences of one passage: every passage has one that completes the
# coverage and one that is nearest, and between passages names count most.
_WITHIN_PASSAGE = frozenset({"coverage_without_names", "completes_coverage", "is_nearest"})
# Share of answerable questions allowed below each threshold: answered, closest.
_LOST_SHARES = {
    Strictness.STRICT: (0.2, 0.08),
    Strictness.BALANCED: (0.1, 0.025),
    Strictness.GENEROUS: (0.04, 0.015),
}
# Total weight of the cases of each kind, low for those that look answerable; see docs/quality.md.
_KIND_WEIGHTS = {
    "answerable": 1.0,
    "removed": 0.5,  # without the question's article
    "off": 0.5,  # asked of the other question set
    "deceiving": 0.02,  # written to look answerable
    "near": 0.2,  # a small corpus with the question's article
    "far": 0.1,  # a small corpus without it
    "lacking": 0.01,  # a small corpus with the article, without the answer
}
# Unanswerable kinds, and the answerable kind whose 90 % coverage sets the threshold.
_REPORTED_KINDS = {
    **dict.fromkeys(("removed", "off", "deceiving"), "answerable"),
    "lacking": "near",
}

Labelled = dict[str, list[LabelledFeatures]]  # by question set
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class VerdictCase:
    """Verdict features of a question in a corpus that does or does not answer it."""

    set_name: str
    kind: str
    fold: int
    features: tuple[float, ...]

    @property
    def is_answerable(self) -> bool:
        """Whether the corpus contains the answer."""
        return self.kind in {"answerable", "near"}


def fit_ranker(labelled: Labelled) -> Ranker:
    """Fit the weights for sentences, for passages, and for the sentence to highlight."""
    items = [item for of_set in labelled.values() for item in of_set]
    weights = np.concatenate(
        [np.full(len(of_set), 1 / len(of_set)) for of_set in labelled.values()]
    )
    has_answer = np.array([item.is_answer.any() for item in items])
    answered = [item for item in items if item.is_answer.any()]
    all_rows = [item.features.sentences for item in answered]
    all_labels = [item.is_answer for item in answered]
    in_relevant = [item.is_relevant[item.features.sentence_to_passage] for item in answered]
    rows = [each[mask] for each, mask in zip(all_rows, in_relevant, strict=True)]
    labels = [each[mask] for each, mask in zip(all_labels, in_relevant, strict=True)]
    # Constant features get no weight.
    between = np.array([name not in _WITHIN_PASSAGE for name in SENTENCE_FEATURES], np.float64)
    sentences = fit_listwise(
        [each * between for each in (*all_rows, *rows)],
        [*all_labels, *labels],
        np.tile(weights[has_answer], 2),
    )
    highlights = fit_listwise(rows, labels, weights[has_answer])
    return Ranker(sentences, _fit_passages(items, weights, sentences), highlights)


def _fit_passages(
    items: Sequence[LabelledFeatures], weights: Floats, sentence_weights: Floats
) -> Floats:
    retrieved = np.array([item.is_relevant.any() for item in items])
    relevant = [item for item in items if item.is_relevant.any()]
    passages = [
        with_best_sentence(f, linear_scores(f.sentences, sentence_weights))[1]
        for f in (item.features for item in relevant)
    ]
    return fit_listwise(passages, [item.is_relevant for item in relevant], weights[retrieved])


def cross_fit(labelled: Labelled) -> list[Ranker]:
    """Fit a ranker for each fold on the articles of the other folds."""
    return [
        fit_ranker(
            {
                name: [item for item in of_set if item.question.fold != fold]
                for name, of_set in labelled.items()
            }
        )
        for fold in range(FOLD_COUNT)
    ]


def leave_one_out(labelled: Labelled) -> dict[str, Ranker]:
    """Fit a ranker for each question set on the other sets."""
    return {
        name: fit_ranker({other: of_set for other, of_set in labelled.items() if other != name})
        for name in labelled
    }


def report_ranking(
    title: str, items: Iterable[LabelledFeatures], ranker_of: Callable[[LabelledFeatures], Ranker]
) -> None:
    """Print R@1, R@5, R@10, MRR@10, and the share of right sentences in right first passages."""
    ranks, is_right_sentence = [], []
    for item in items:
        ranking = rank_with(ranker_of(item), item.features, range(len(item.rows)))
        ranks.append(next((i for i, p in enumerate(ranking, 1) if item.is_relevant[p.row]), np.inf))
        if ranks[-1] == 1:
            first = np.searchsorted(item.features.sentence_to_passage, ranking[0].row)
            is_right_sentence.append(item.is_answer[first + ranking[0].sentence_index])
    array = np.array(ranks)
    recalls = [(array <= cutoff).mean() for cutoff in (1, 5, 10)]
    mrr = np.where(array <= 10, 1 / array, 0).mean()
    cells = " | ".join(f"{value:.3f}" for value in (*recalls, mrr, np.mean(is_right_sentence)))
    print(f"| {title} | {len(array)} | {cells} |", flush=True)


def verdict_cases(
    sets: Mapping[str, QuestionSet],
    ranker_of: Callable[[str, BenchmarkQuestion], Ranker],
    *,
    supported: bool,
) -> list[VerdictCase]:
    """Compute the verdict features of every question where its answer is and where it is not.

    The folds of unsupported languages are the question sets.
    """
    cases = []
    for number, name in enumerate(sets):
        for question, kind, features in _corpus_variants(name, sets, supported=supported):
            if features is None:
                continue
            ranker = ranker_of(name, question)
            rows = range(len(features.passages))
            best = rank_with(ranker, features, rows, language_supported=supported)[0]
            fold = question.fold if supported else number
            cases.append(VerdictCase(name, kind, fold, best.verdict_features))
    return cases


def _corpus_variants(
    name: str, sets: Mapping[str, QuestionSet], *, supported: bool
) -> Iterator[tuple[BenchmarkQuestion, str, Features | None]]:
    """Yield each question with the features of its candidates in several corpora."""
    own = sets[name]
    other = next(other for other_name, other in sets.items() if other_name != name)
    for question in own.answerable:
        yield question, "answerable", own.features(question)
        without_article = Scope(excluded_article=question.article)
        yield question, "removed", own.features(question, without_article)
        if supported:
            yield question, "off", other.features(question)
        yield question, "near", own.small_corpus_features(question, with_article=True)
        yield question, "far", own.small_corpus_features(question, with_article=False)
        yield question, "lacking", own.features_without_answer(question)
    if supported:
        for question in own.unanswerable:
            yield question, "deceiving", own.features(question)


def fit_verdict(
    cases: Sequence[VerdictCase], names: Sequence[str]
) -> tuple[float, dict[str, float]]:
    """Fit the bias and the weights of the verdict features ``names``."""
    counts = Counter((case.set_name, case.kind) for case in cases)
    shares = np.array([_KIND_WEIGHTS[c.kind] / counts[c.set_name, c.kind] for c in cases])
    labels = np.array([case.is_answerable for case in cases])
    bias, weights = fit_logistic(_columns(cases, names), labels, shares)
    return bias, _rounded_by_name(names, weights)


def cross_fit_log_odds(cases: Sequence[VerdictCase], names: Sequence[str]) -> Floats:
    """Return the log-odds of each case by a model that was not fitted to its fold."""
    log_odds = np.zeros(len(cases))
    folds = np.array([case.fold for case in cases])
    for fold in set(folds.tolist()):
        bias, weights = fit_verdict([case for case in cases if case.fold != fold], names)
        held_out = [case for case in cases if case.fold == fold]
        log_odds[folds == fold] = _columns(held_out, names) @ [*weights.values()] + bias
    return log_odds


def _columns(cases: Sequence[VerdictCase], names: Sequence[str]) -> Floats:
    columns = [VERDICT_FEATURES.index(name) for name in names]
    return np.array([case.features for case in cases])[:, columns]


def thresholds(cases: Sequence[VerdictCase], log_odds: Floats) -> dict[str, list[float]]:
    """Return the log-odds from which to answer and to show the closest; sets count alike."""
    answerable = [
        _select(cases, log_odds, name, "answerable") for name in sorted({c.set_name for c in cases})
    ]
    return {
        level.value: [
            round(float(np.mean([np.quantile(odds, share) for odds in answerable])), 3)
            for share in shares
        ]
        for level, shares in _LOST_SHARES.items()
    }


def report_verdict(
    cases: Sequence[VerdictCase], log_odds: Floats, levels: dict[str, list[float]]
) -> None:
    """Print false answers at 90 % coverage and AUC by kind, and the effect of each strictness."""
    for name in sorted({case.set_name for case in cases}):
        by_kind = {kind: _select(cases, log_odds, name, kind) for kind in _KIND_WEIGHTS}
        for kind, answerable_kind in _REPORTED_KINDS.items():
            unanswerable, answerable = by_kind[kind], by_kind[answerable_kind]
            if len(unanswerable):
                false = 100 * false_answers(answerable, unanswerable)
                area = auc(answerable, unanswerable)
                print(f"| {name} | {kind} | {false:.1f} % | {area:.3f} |")
        for level, (answered, closest) in levels.items():
            cells = [
                f"{kind} {_percent(odds >= answered)} / {_percent(odds < closest)}"
                for kind, odds in by_kind.items()
                if len(odds)
            ]
            print(f"{name} {level}, % answered / nothing: {', '.join(cells)}", flush=True)


def _percent(flags: NDArray[np.bool_]) -> str:
    return f"{100 * flags.mean():.1f}"


def _select(cases: Sequence[VerdictCase], log_odds: Floats, name: str, kind: str) -> Floats:
    selected: NDArray[np.bool_] = np.array(
        [case.set_name == name and case.kind == kind for case in cases]
    )
    return log_odds[selected]


def main() -> None:
    """Fit and report; with ``--write``, replace the weights in the package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path, help="folder with a folder for each question set")
    parser.add_argument("--work", type=Path, required=True, help="folder to build the indexes in")
    parser.add_argument("--write", action="store_true", help="replace the weights in the package")
    arguments = parser.parse_args()
    supported, unsupported = (
        {name: QuestionSet.open(arguments.questions / name, arguments.work) for name in names}
        for names in (SUPPORTED, UNSUPPORTED)
    )
    fitted = {"known": _fit_supported(supported), "unknown": _fit_unsupported(unsupported)}
    if arguments.write:
        for position, file in enumerate(("ranker.json", "verdict.json")):
            values = {name: parts[position] for name, parts in fitted.items()}
            path = Path(index.search.__path__[0]) / file
            path.write_text(json.dumps(values, indent=2) + "\n", "utf-8")


def _fit_supported(sets: Mapping[str, QuestionSet]) -> tuple[Json, Json]:
    labelled = _label(sets)
    rankers = cross_fit(labelled)
    print("| questions | | R@1 | R@5 | R@10 | MRR@10 | sentence |\n|---|---|---|---|---|---|---|")
    for name, items in labelled.items():
        report_ranking(f"{name}, articles split", items, lambda item: rankers[item.question.fold])
    for name, ranker in leave_one_out(labelled).items():
        report_ranking(f"{name}, fitted on the other set", labelled[name], _constant(ranker))
    values = _ranker_values(fit_ranker(labelled))
    labelled.clear()  # to free memory for the cases
    cases = verdict_cases(sets, lambda _, question: rankers[question.fold], supported=True)
    return values, _verdict_values(cases, _EXCLUDED)


def _fit_unsupported(sets: Mapping[str, QuestionSet]) -> tuple[Json, Json]:
    labelled = _label(sets)
    rankers = leave_one_out(labelled)
    for name, items in labelled.items():
        report_ranking(f"{name}, fitted on the other languages", items, _constant(rankers[name]))
    cases = verdict_cases(sets, lambda name, _: rankers[name], supported=False)
    excluded = _EXCLUDED | _EXCLUDED_IF_UNSUPPORTED
    return _ranker_values(fit_ranker(labelled)), _verdict_values(cases, excluded)


def _label(sets: Mapping[str, QuestionSet]) -> Labelled:
    return {
        name: [own.labelled_features(question) for question in own.answerable]
        for name, own in sets.items()
    }


def _constant(ranker: Ranker) -> Callable[[LabelledFeatures], Ranker]:
    return lambda _: ranker


def _ranker_values(ranker: Ranker) -> Json:
    return {
        part: _rounded_by_name(names, getattr(ranker, part))
        for part, names in RANKER_FEATURES.items()
    }


def _rounded_by_name(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def _verdict_values(cases: Sequence[VerdictCase], excluded: frozenset[str]) -> Json:
    names = [name for name in VERDICT_FEATURES if name not in excluded]
    log_odds = cross_fit_log_odds(cases, names)
    levels = thresholds(cases, log_odds)
    report_verdict(cases, log_odds, levels)
    bias, weights = fit_verdict(cases, names)
    return {"bias": round(bias, 4), "weights": weights, "thresholds": levels}


if __name__ == "__main__":
    main()
