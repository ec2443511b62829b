"""Fit the weights of ranking and verdict, and report their quality on articles not fitted to.

    python -m benchmarks.fit QUESTIONS --work FOLDER [--write]

QUESTIONS has a folder for each question set: in English, squad2_dev and qed (encyclopedia),
docs/uv_docs, docs/fastapi_docs and docs/mkdocs_material (documentation) and realtimeqa_2022 (a year
of news); xquad_de, xquad_ru and xquad_zh, and documentation again with disguised questions, for
languages that the encoder does not support. Each has ``articles`` and ``questions.jsonl``.
``--write`` replaces the weights in the package.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

import index.search
from benchmarks.linear import PENALTY, Floats, fit_listwise, fit_logistic
from benchmarks.question_sets import (
    FOLD_COUNT,
    BenchmarkQuestion,
    Flags,
    LabelledFeatures,
    QuestionSet,
)
from index.evaluation.metrics import auc, false_answers
from index.filters import Scope
from index.search.features.extraction import Features
from index.search.features.sentences import SENTENCE_FEATURES
from index.search.ranker import (
    RANKER_FEATURES,
    VERDICT_FEATURES,
    Ranker,
    linear_scores,
    rank_with,
    with_best_sentence,
)
from index.search.verdict import AnswerabilityModel, LinearModel, Strictness, log_odds

PROSE = ("squad2_dev", "qed")
DOCUMENTATION = ("docs/uv_docs", "docs/fastapi_docs", "docs/mkdocs_material")
NEWS = ("realtimeqa_2022",)
UNSUPPORTED = ("xquad_de", "xquad_ru", "xquad_zh")

# Verdict features without a weight: they tell question sets apart, not answers from their absence.
_EXCLUDED = frozenset(
    """
    has_phrases has_asked_content language_supported passage_is_first_paragraph passage_log_length
    passage_cosine_scaled passage_bm25_scaled passage_second_sentence_gap sentence_log_length
    sentence_is_first sentence_log_new_terms sentence_has_head_noun sentence_has_number
    sentence_has_date sentence_has_percent sentence_has_place sentence_has_reason
    sentence_has_new_name sentence_log_new_names sentence_cumulative_coverage
    sentence_coreference_coverage sentence_coverage_without_names sentence_gives_name
    sentence_completes_coverage sentence_is_nearest passage_has_list passage_opens_article
    passage_number_coverage passage_last_sentence_coverage passage_title_echo passage_is_lead
    passage_ends_with_question passage_article_title_coverage passage_log_article_passages
    passage_points_elsewhere documentation growth
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
# Features that mean something in one kind of corpus only; with weights for prose, it ranked worse.
_ONLY_IN_NEWS = frozenset({"last_sentence_coverage", "title_echo", "is_lead", "ends_with_question"})
_ONLY_IN_DOCUMENTATION = frozenset(
    """
    has_list opens_article article_title_coverage log_article_passages points_elsewhere
    """.split()
)
_UNUSED = {
    "prose": _ONLY_IN_NEWS | _ONLY_IN_DOCUMENTATION,
    "documentation": _ONLY_IN_NEWS,
    "growth": _ONLY_IN_DOCUMENTATION,
}
# Share of answerable questions allowed below each threshold: answered, closest.
_LOST_SHARES = {
    Strictness.STRICT: (0.2, 0.08),
    Strictness.BALANCED: (0.1, 0.025),
    Strictness.GENEROUS: (0.04, 0.015),
}
# Members ask documentation in other words than its own, so fewer of their questions may be lost:
# the share below the threshold of *closest* at every strictness.
_LOST_SHARES_IF_SHIFTED = {"documentation": 0.01}
# Of one in three, another passage than the right one comes first, and it should not look like an
# answer: the share of those with the right one first that may be below the threshold of *answered*.
_LOST_RIGHT_SHARES_IF_SHIFTED = {"documentation": 0.1}
# Total weight of the cases of each kind, low for those that look answerable; see
# docs/measurements/verdict.md.
_KIND_WEIGHTS = {
    "answerable": 1.0,
    "removed": 0.5,  # without the question's article
    "off": 0.5,  # asked of the other question set
    "deceiving": 0.02,  # written to look answerable
    "near": 0.2,  # a small corpus with the question's article
    "far": 0.1,  # a small corpus without it
    "lacking": 0.01,  # a small corpus with the article, without the answer
    "absent": 0.4,  # of documentation: near its subject, off it, or small talk
    "elsewhere": 0.1,  # asked of other documentation, which sometimes has the answer
    "later": 0.25,  # about events after all articles of a news corpus
    "unreported": 0.25,  # news without the question's article; others often report the same
}
_ALSO_SHIFTED = ("article_title_coverage", "opens_article")  # in languages without support
# Stronger than for prose: fewer questions.
_SHIFT_PENALTY = 0.1
# Of the generalized cross entropy for prose; its losses are smaller, and so is the penalty.
_PROSE_EXPONENT = 0.3
_PROSE_PENALTY = 3e-5
_RANKING_PENALTIES = {"documentation": 0.005, "growth": 0.03}
_ANSWERABLE_KINDS = frozenset({"answerable", "near"})
# Unanswerable kinds, and the answerable kind whose 90 % coverage sets the threshold.
_REPORTED_KINDS = {
    **dict.fromkeys(
        ("removed", "off", "deceiving", "absent", "elsewhere", "later", "unreported"), "answerable"
    ),
    "lacking": "near",
}

# Sets with passages of many blocks or answers of one word: their sentences are not fitted to.
_SHIFTED_SETS = {
    "documentation": frozenset(Path(name).name for name in DOCUMENTATION),
    "growth": frozenset(NEWS),
}
_SHIFTED = frozenset[str]().union(*_SHIFTED_SETS.values())

Labelled = dict[str, list[LabelledFeatures]]  # by question set
Rankers = dict[str, list[Ranker]]  # by question set, one for each fold
Json = dict[str, object]


@dataclass(frozen=True, slots=True)
class Variant:
    """A question in one of several corpora, and which candidates answer it where that is known.

    ``features`` are None if there are no candidates.
    """

    question: BenchmarkQuestion
    kind: str
    features: Features | None
    is_relevant: Flags | None = None


@dataclass(frozen=True, slots=True)
class VerdictCase:
    """Verdict features of a question in a corpus that does or does not answer it.

    ``is_right`` tells whether the first passage answers, where that is known.
    """

    set_name: str
    kind: str
    fold: int
    features: tuple[float, ...]
    is_right: bool = False


def fit_ranker(labelled: Labelled, *, supported: bool) -> Ranker:
    """Fit the weights for sentences, for passages, and for the sentence to highlight."""
    with_answers = {name: of_set for name, of_set in labelled.items() if name not in _SHIFTED}
    sentences, highlights = _fit_sentences(with_answers or labelled)
    passages, documentation, growth = _fit_passages(labelled, sentences, supported=supported)
    return Ranker(sentences, passages, documentation, growth, highlights)


def _fit_sentences(labelled: Labelled) -> tuple[Floats, Floats]:
    items = [item for of_set in labelled.values() for item in of_set]
    weights = _item_weights(labelled)
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
    return sentences, fit_listwise(rows, labels, weights[has_answer])


def _fit_passages(
    labelled: Labelled, sentence_weights: Floats, *, supported: bool
) -> tuple[Floats, Floats, Floats]:
    """Fit the weights of passages to prose, and their shifts to documentation and to news.

    The shifts are fitted to weights from log loss, which suit other texts better than those that
    prose gets in the end.
    """
    prose = {name: of_set for name, of_set in labelled.items() if name not in _SHIFTED}
    rows, labels, weights, _ = _passage_lists(prose, sentence_weights)
    rows = [each * _used_features("prose") for each in rows]
    general = fit_listwise(rows, labels, weights)
    none = np.zeros_like(general)
    ranker = Ranker(sentence_weights, general, none, none, np.zeros_like(sentence_weights))
    for shift, names in _SHIFTED_SETS.items():
        own = {name: of_set for name, of_set in labelled.items() if name in names}
        if own:
            bases = _shift_bases(shift, ranker, supported=supported)
            ranker = replace(ranker, **{shift: _fit_shift(shift, own, ranker, bases)})
    if not supported:
        return general, ranker.documentation, ranker.growth
    fitted = _fit_robustly(rows, labels, weights, general)
    back = general - fitted
    return fitted, ranker.documentation + back, ranker.growth + back


def _fit_robustly(
    rows: Sequence[Floats], labels: Sequence[Flags], weights: Floats, start: Floats
) -> Floats:
    """Fit weights that wrong labels influence less; scores vary as much as those of ``start``."""
    fitted = fit_listwise(
        rows, labels, weights, penalty=_PROSE_PENALTY, exponent=_PROSE_EXPONENT, start=start
    )
    all_rows = np.concatenate(rows)
    scaled: Floats = fitted * (np.std(all_rows @ start) / np.std(all_rows @ fitted))
    return scaled


def _shift_bases(shift: str, ranker: Ranker, *, supported: bool) -> Floats:
    """Return the directions in which weights may be shifted, shape (features, directions).

    Those for unsupported languages may grow or shrink together, and article titles and openings
    may count: more freedom ranked documentation worse that was held out.
    """
    if supported:
        return np.diag(_used_features(shift))
    names = RANKER_FEATURES["passages"]
    added = [np.array([name == each for name in names], np.float64) for each in _ALSO_SHIFTED]
    return np.column_stack([ranker.passages, *added])


def _fit_shift(shift: str, labelled: Labelled, ranker: Ranker, bases: Floats) -> Floats:
    """Fit what is added to the weights of passages in proportion to the feature ``shift``."""
    rows, labels, weights, items = _passage_lists(labelled, ranker.sentences)
    shifted = [
        getattr(item.features, shift) * (each @ bases)
        for item, each in zip(items, rows, strict=True)
    ]
    offsets = [
        each @ ranker.passage_weights(item.features) for item, each in zip(items, rows, strict=True)
    ]
    few_directions = bases.shape[1] < bases.shape[0]
    penalty = PENALTY if few_directions else _RANKING_PENALTIES[shift]
    fitted: Floats = bases @ fit_listwise(shifted, labels, weights, offsets, penalty)
    return fitted


def _used_features(kind: str) -> Floats:
    """Return 1 for each feature of passages to fit, 0 for the others, which get no weight."""
    return np.array([name not in _UNUSED[kind] for name in RANKER_FEATURES["passages"]], np.float64)


def _passage_lists(
    labelled: Labelled, sentence_weights: Floats
) -> tuple[list[Floats], list[Flags], Floats, list[LabelledFeatures]]:
    """Return features, labels and weights of the items whose relevant passages were retrieved.

    Passages that may answer, too, are left out: news is reported by several articles, one of which
    is labelled.
    """
    items = [item for of_set in labelled.values() for item in of_set]
    weights = _item_weights(labelled)
    retrieved = np.array([item.is_relevant.any() for item in items])
    relevant = [item for item in items if item.is_relevant.any()]
    rows = [
        with_best_sentence(f, linear_scores(f.sentences, sentence_weights))[1]
        for f in (item.features for item in relevant)
    ]
    sure = [~item.is_unsure for item in relevant]
    labels = [item.is_relevant[kept] for item, kept in zip(relevant, sure, strict=True)]
    rows = [each[kept] for each, kept in zip(rows, sure, strict=True)]
    return rows, labels, weights[retrieved], relevant


def _item_weights(labelled: Labelled) -> Floats:
    """Return the weight of each item: sets count alike."""
    return np.concatenate(
        [np.full(len(of_set), 1 / max(1, len(of_set))) for of_set in labelled.values()]
    )


def cross_fit(labelled: Labelled, *, supported: bool) -> Rankers:
    """Fit a ranker for each fold on the articles of the other folds, of all sets."""
    rankers = []
    for fold in range(FOLD_COUNT):
        others = {n: [i for i in items if i.question.fold != fold] for n, items in labelled.items()}
        rankers.append(fit_ranker(others, supported=supported))
    return dict.fromkeys(labelled, rankers)


def leave_one_out(labelled: Labelled, *, supported: bool) -> Rankers:
    """Fit a ranker for each question set, for all its folds, on the other sets."""
    rankers = {}
    for name in labelled:
        others = {other: items for other, items in labelled.items() if other != name}
        rankers[name] = [fit_ranker(others, supported=supported)] * FOLD_COUNT
    return rankers


def report_ranking(
    title: str, items: Iterable[LabelledFeatures], rankers: Sequence[Ranker]
) -> None:
    """Print R@1, R@5, R@10, MRR@10, and the share of right sentences in right first passages."""
    ranks, is_right_sentence = [], []
    for item in items:
        ranking = rank_with(rankers[item.question.fold], item.features, range(len(item.rows)))
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
    sets: Mapping[str, QuestionSet], rankers: Rankers, *, supported: bool
) -> list[VerdictCase]:
    """Compute the verdict features of every question where its answer is and where it is not.

    The folds of unsupported languages are the question sets.
    """
    cases = []
    for number, name in enumerate(sets):
        for variant in _corpus_variants(name, sets, supported=supported):
            if variant.features is None:
                continue
            ranker = rankers[name][variant.question.fold]
            rows = range(len(variant.features.passages))
            best = rank_with(ranker, variant.features, rows, language_supported=supported)[0]
            fold = variant.question.fold if supported else number
            is_right = variant.is_relevant is not None and bool(variant.is_relevant[best.row])
            cases.append(VerdictCase(name, variant.kind, fold, best.verdict_features, is_right))
    return cases


def _corpus_variants(
    name: str, sets: Mapping[str, QuestionSet], *, supported: bool
) -> Iterator[Variant]:
    """Yield each question with the features of its candidates in several corpora."""
    own = sets[name]
    alike = [other for other in sets if (other in _SHIFTED) == (name in _SHIFTED)]
    other = sets[alike[(alike.index(name) + 1) % len(alike)]]
    for question in own.answerable:
        labelled = own.labelled_features(question)
        yield Variant(question, "answerable", labelled.features, labelled.is_relevant)
        if name in NEWS:
            yield from _unreported_variants(own, question)
        elif name in _SHIFTED:
            yield Variant(question, "elsewhere", other.features(question))
        else:
            yield from _prose_variants(own, question)
            if supported:
                yield Variant(question, "off", other.features(question))
    if supported or name in _SHIFTED:
        kind = "later" if name in NEWS else "absent" if name in _SHIFTED else "deceiving"
        for question in own.unanswerable:
            yield Variant(question, kind, own.features(question))


def _unreported_variants(own: QuestionSet, question: BenchmarkQuestion) -> Iterator[Variant]:
    """Yield a question about news without the one article that reports them."""
    if len(question.articles) == 1:
        without_article = Scope(excluded_article=question.article)
        yield Variant(question, "unreported", own.features(question, without_article))


def _prose_variants(own: QuestionSet, question: BenchmarkQuestion) -> Iterator[Variant]:
    """Yield a question without its article, in small corpora, and in one without the answer."""
    without_article = Scope(excluded_article=question.article)
    yield Variant(question, "removed", own.features(question, without_article))
    for kind, with_article in (("near", True), ("far", False)):
        features = own.small_corpus_features(question, with_article=with_article)
        yield Variant(question, kind, features)
    yield Variant(question, "lacking", own.features_without_answer(question))


def fit_verdict(cases: Sequence[VerdictCase], names: Sequence[str]) -> AnswerabilityModel:
    """Fit the weights of the verdict features ``names`` to prose, then the shifts of the others."""
    prose = [case for case in cases if case.set_name not in _SHIFTED]
    scale = _columns(prose or cases, names)
    model = AnswerabilityModel(*_fit_linear(prose or cases, names, scale), {})
    shifts = {}
    for name, sets in _SHIFTED_SETS.items():
        if shifted := [case for case in cases if prose and case.set_name in sets]:
            offsets = log_odds_of(model, shifted)
            shifts[name] = LinearModel(*_fit_linear(shifted, names, scale, offsets, _SHIFT_PENALTY))
    return replace(model, shifts=shifts)


def _fit_linear(
    cases: Sequence[VerdictCase],
    names: Sequence[str],
    scale_rows: Floats,
    offsets: Floats | float = 0.0,
    penalty: float = 1e-3,
) -> tuple[float, dict[str, float]]:
    counts = Counter((case.set_name, case.kind) for case in cases)
    shares = np.array([_KIND_WEIGHTS[c.kind] / counts[c.set_name, c.kind] for c in cases])
    labels = np.array([case.kind in _ANSWERABLE_KINDS for case in cases])
    bias, weights = fit_logistic(
        _columns(cases, names), labels, shares, offsets, penalty, scale_rows
    )
    return round(bias, 4), _rounded_by_name(names, weights)


def log_odds_of(model: AnswerabilityModel, cases: Sequence[VerdictCase]) -> Floats:
    """Return the log-odds of each case."""
    rows = (dict(zip(VERDICT_FEATURES, case.features, strict=True)) for case in cases)
    return np.array([log_odds(model, row) for row in rows])


def cross_fit_log_odds(cases: Sequence[VerdictCase], names: Sequence[str]) -> Floats:
    """Return the log-odds of each case by a model that was not fitted to its fold."""
    odds = np.zeros(len(cases))
    folds = np.array([case.fold for case in cases])
    for fold in set(folds.tolist()):
        model = fit_verdict([case for case in cases if case.fold != fold], names)
        odds[folds == fold] = log_odds_of(model, [case for case in cases if case.fold == fold])
    return odds


def _columns(cases: Sequence[VerdictCase], names: Sequence[str]) -> Floats:
    columns = [VERDICT_FEATURES.index(name) for name in names]
    return np.array([case.features for case in cases])[:, columns]


def _by_set_and_kind(
    cases: Sequence[VerdictCase], log_odds: Floats
) -> dict[str, dict[str, Floats]]:
    groups: dict[str, dict[str, list[float]]] = {}
    for case, odds in zip(cases, log_odds.tolist(), strict=True):
        groups.setdefault(case.set_name, {}).setdefault(case.kind, []).append(odds)
    return {
        name: {kind: np.array(kinds[kind]) for kind in _KIND_WEIGHTS if kind in kinds}
        for name, kinds in sorted(groups.items())
    }


def thresholds(groups: dict[str, dict[str, Floats]]) -> dict[str, list[float]]:
    """Return the log-odds from which to answer and to show the closest; prose sets count alike."""
    groups = {name: kinds for name, kinds in groups.items() if name not in _SHIFTED} or groups

    def mean_quantile(share: float) -> float:
        quantiles = [np.quantile(kinds["answerable"], share) for kinds in groups.values()]
        return round(float(np.mean(quantiles)), 3)

    return {level.value: [*map(mean_quantile, shares)] for level, shares in _LOST_SHARES.items()}


def closest_shifts(
    groups: dict[str, dict[str, Floats]], levels: dict[str, list[float]]
) -> dict[str, float]:
    """Return by how much the threshold of *closest* is lower where questions are worded freely."""
    shifts = {}
    for name, share in _LOST_SHARES_IF_SHIFTED.items():
        own = [groups[each]["answerable"] for each in groups if each in _SHIFTED_SETS[name]]
        if own:
            quantile = float(np.quantile(np.concatenate(own), share))
            shifts[name] = round(min(0.0, quantile - levels[Strictness.BALANCED][1]), 3)
    return shifts


def answered_shifts(
    cases: Sequence[VerdictCase], log_odds: Floats, levels: dict[str, list[float]]
) -> dict[str, float]:
    """Return by how much the threshold of *answered* is raised where the first is often wrong."""
    shifts = {}
    for name, share in _LOST_RIGHT_SHARES_IF_SHIFTED.items():
        are_own = [case.set_name in _SHIFTED_SETS[name] and case.is_right for case in cases]
        if any(are_own):
            quantile = float(np.quantile(log_odds[are_own], share))
            shifts[name] = round(max(0.0, quantile - levels[Strictness.BALANCED][0]), 3)
    return shifts


def report_verdict(
    groups: dict[str, dict[str, Floats]],
    levels: dict[str, list[float]],
    raised: dict[str, float],
    lowered: dict[str, float],
) -> None:
    """Print false answers at 90 % coverage and AUC by kind, and the effect of each strictness."""
    for name, kinds in groups.items():
        higher, lower = (
            sum(shift for kind, shift in shifts.items() if name in _SHIFTED_SETS[kind])
            for shifts in (raised, lowered)
        )
        for kind in (kind for kind in _REPORTED_KINDS if kind in kinds):
            answerable, unanswerable = kinds[_REPORTED_KINDS[kind]], kinds[kind]
            false = 100 * false_answers(answerable, unanswerable)
            print(f"| {name} | {kind} | {false:.1f} % | {auc(answerable, unanswerable):.3f} |")
        for level, (answered, closest) in levels.items():
            cells = [
                f"{kind} {np.mean(odds >= answered + higher):.1%}"
                f" / {np.mean(odds < closest + lower):.1%}"
                for kind, odds in kinds.items()
            ]
            print(f"{name} {level}, answered / nothing: {', '.join(cells)}", flush=True)


def main() -> None:
    """Fit and report; with ``--write``, replace the weights in the package."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("questions", type=Path, help="folder with a folder for each question set")
    parser.add_argument("--work", type=Path, required=True, help="folder to build the indexes in")
    parser.add_argument("--write", action="store_true", help="replace the weights in the package")
    arguments = parser.parse_args()
    print("| questions | | R@1 | R@5 | R@10 | MRR@10 | sentence |\n|---|---|---|---|---|---|---|")
    fitted: dict[str, tuple[Json, Json]] = {}
    kinds = {"known": (*PROSE, *DOCUMENTATION, *NEWS), "unknown": (*UNSUPPORTED, *DOCUMENTATION)}
    for key, names in kinds.items():
        supported = key == "known"
        folder, work = arguments.questions, arguments.work
        sets = [_open(folder / name, name, work, supported=supported) for name in names]
        fitted[key] = _fit({each.name: each for each in sets}, supported=supported)
    if arguments.write:
        for position, file in enumerate(("ranker.json", "verdict.json")):
            values = {name: parts[position] for name, parts in fitted.items()}
            path = Path(index.search.__path__[0]) / file
            path.write_text(json.dumps(values, indent=2) + "\n", "utf-8")


def _open(folder: Path, name: str, work: Path, *, supported: bool) -> QuestionSet:
    """Open a set; each set of documentation is a fold, since all its articles are alike."""
    if name not in DOCUMENTATION:
        return QuestionSet.open(folder, work)
    return QuestionSet.open(folder, work, DOCUMENTATION.index(name), disguised=not supported)


def _fit(sets: Mapping[str, QuestionSet], *, supported: bool) -> tuple[Json, Json]:
    """Fit ranker and verdict for supported or unsupported languages, and report on both."""
    labelled = {
        name: [own.labelled_features(question) for question in own.answerable]
        for name, own in sets.items()
    }
    held_out_sets = leave_one_out(labelled, supported=supported)
    rankers = cross_fit(labelled, supported=supported) if supported else held_out_sets
    if supported:
        for name, items in labelled.items():
            how = "set" if Path(name).name in _SHIFTED - {*NEWS} else "articles"
            report_ranking(f"{name}, {how} held out", items, rankers[name])
    for name, items in labelled.items():
        report_ranking(f"{name}, fitted on the other sets", items, held_out_sets[name])
    ranker = fit_ranker(labelled, supported=supported)
    ranker_values: Json = {
        part: _rounded_by_name(names, getattr(ranker, part))
        for part, names in RANKER_FEATURES.items()
    }
    labelled.clear()  # to free memory for the cases
    cases = verdict_cases(sets, rankers, supported=supported)
    excluded = _EXCLUDED if supported else _EXCLUDED | _EXCLUDED_IF_UNSUPPORTED
    return ranker_values, _verdict_values(cases, excluded)


def _rounded_by_name(names: Sequence[str], weights: Floats) -> dict[str, float]:
    return dict(zip(names, weights.round(4).tolist(), strict=True))


def _verdict_values(cases: Sequence[VerdictCase], excluded: frozenset[str]) -> Json:
    names = [name for name in VERDICT_FEATURES if name not in excluded]
    odds = cross_fit_log_odds(cases, names)
    groups = _by_set_and_kind(cases, odds)
    levels = thresholds(groups)
    raised, lowered = answered_shifts(cases, odds, levels), closest_shifts(groups, levels)
    report_verdict(groups, levels, raised, lowered)
    model = fit_verdict(cases, names)
    return asdict(replace(model, thresholds=levels, answered_shifts=raised, closest_shifts=lowered))


if __name__ == "__main__":
    main()
