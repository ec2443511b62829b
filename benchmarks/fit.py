"""Fit the ranking and the judge, and print what they are worth on articles they have not seen.

    python -m benchmarks.fit QUESTIONS --work FOLDER [--write]

QUESTIONS holds a folder for each set: squad2_dev and qed in English, xquad_de, xquad_ru and
xquad_zh for languages that the encoder does not know. Each has ``articles/*.txt`` (a title, then
paragraphs) and ``questions.jsonl``. ``--write`` replaces the weights in the package.
"""

import argparse
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import index.search
from benchmarks.asked import FOLDS, Asked, Found, Question
from benchmarks.linear import Floats, fit_listwise, fit_logistic
from index.filters import Scope
from index.search.features import PASSAGE_FEATURES, SENTENCE_FEATURES, Features
from index.search.ranker import (
    BEST_SENTENCE,
    EVIDENCE,
    LinearModel,
    RankedPassage,
    Ranker,
    rank_with,
    with_best_sentence,
)
from index.search.verdict import Strictness

ENGLISH = ("squad2_dev", "qed")
OTHERS = ("xquad_de", "xquad_ru", "xquad_zh")
PASSAGES = (*PASSAGE_FEATURES, *BEST_SENTENCE)

# Not weighed by the judge: they tell sets of questions apart, not answers from their absence.
_UNWEIGHED = frozenset(
    """
    phrase meant passage_opening passage_length passage_cosine_scaled passage_bm25_scaled
    passage_second sentence_length sentence_first sentence_fresh sentence_head sentence_number
    sentence_date sentence_percent sentence_place sentence_reason sentence_name sentence_names
    sentence_before sentence_carried sentence_plain sentence_called
    sentence_completes sentence_nearest
    """.split()
)
# Nor where the encoder does not know the language: what they mean differs from one to the next.
_UNEVEN = frozenset(
    """
    score nearest unnamed nearer passage_cosine passage_near passage_near2 passage_sentence
    passage_article_cosine sentence_cosine
    """.split()
)
# Between passages names are what counts, and each has a sentence that completes and a nearest one.
_WITHIN = frozenset({"plain", "completes", "nearest"})
# Share of the questions with an answer that come out below: answered, and even closest.
_LOST = {
    Strictness.STRICT: (0.2, 0.08),
    Strictness.BALANCED: (0.1, 0.025),
    Strictness.GENEROUS: (0.04, 0.015),
}
# How much the cases of each kind count together: little for those that look like an answer.
_COUNTS = {
    "there": 1.0,
    "removed": 0.5,
    "off": 0.5,
    "deceiving": 0.02,
    "near": 0.2,
    "far": 0.1,
    "lacking": 0.01,
}
# Kinds without an answer, and with one in the same corpora: at whose 90 % coverage they count.
_REPORTED = {"removed": "there", "off": "there", "deceiving": "there", "lacking": "near"}


@dataclass(frozen=True, slots=True)
class Case:
    """What the judge sees of one question: the evidence, and whether the answer is there."""

    name: str
    kind: str
    fold: int
    evidence: tuple[float, ...]

    @property
    def there(self) -> bool:
        """Whether the articles that were searched hold the answer."""
        return self.kind in {"there", "near"}


def fit_ranker(found: Sequence[Found], shares: Floats) -> Ranker:
    """Weights for sentences, for passages, and for which sentence of the right one to show."""
    answered = [i for i, one in enumerate(found) if one.answering.any()]
    inside = [found[i].right[found[i].features.chunk_to_passage] for i in answered]
    every = [found[i].features.sentences for i in answered]
    right = [found[i].answering for i in answered]
    own = [rows[mask] for rows, mask in zip(every, inside, strict=True)]
    own_right = [flags[mask] for flags, mask in zip(right, inside, strict=True)]
    twice = np.concatenate([shares[answered], shares[answered]])
    sentences = LinearModel(
        SENTENCE_FEATURES, fit_listwise(_between([*every, *own]), [*right, *own_right], twice)
    )
    highlights = LinearModel(SENTENCE_FEATURES, fit_listwise(own, own_right, shares[answered]))
    return Ranker(sentences, _fit_passages(found, shares, sentences), highlights)


def _fit_passages(found: Sequence[Found], shares: Floats, sentences: LinearModel) -> LinearModel:
    there = [i for i, one in enumerate(found) if one.right.any()]
    passages = [
        with_best_sentence(found[i].features, sentences(found[i].features.sentences))[1]
        for i in there
    ]
    return LinearModel(
        PASSAGES, fit_listwise(passages, [found[i].right for i in there], shares[there])
    )


def _between(lists: Sequence[Floats]) -> list[Floats]:
    """Without what tells only sentences of one passage apart; what never varies gets no weight."""
    kept = np.array([name not in _WITHIN for name in SENTENCE_FEATURES], np.float64)
    return [rows * kept for rows in lists]


def out_of_sample(found: dict[str, list[Found]]) -> list[Ranker]:
    """One ranker for each fold, fitted on the other folds' articles of all sets."""
    rankers = []
    for fold in range(FOLDS):
        others = {n: [one for one in f if one.question.fold != fold] for n, f in found.items()}
        rankers.append(fit_ranker(*_shared(others)))
    return rankers


def leave_one_out(found: dict[str, list[Found]]) -> dict[str, Ranker]:
    """A ranker for each set, fitted on the other sets."""
    return {
        name: fit_ranker(*_shared({n: f for n, f in found.items() if n != name})) for name in found
    }


def report_ranking(title: str, found: Iterable[Found], ranker: Callable[[Found], Ranker]) -> None:
    """R@1, R@5, R@10, MRR@10, and how often the sentence in the first, right passage answers."""
    ranks, sentences = [], []
    for one in found:
        ranked = rank_with(ranker(one), one.features, one.rows)
        right = {row for row, is_right in zip(one.rows, one.right, strict=True) if is_right}
        ranks.append(next((i for i, r in enumerate(ranked, 1) if r.row in right), 0))
        if ranks[-1] == 1:
            sentences.append(_answers(one, ranked[0]))
    places = np.array(ranks)
    at = [float(((places > 0) & (places <= k)).mean()) for k in (1, 5, 10)]
    reciprocal = np.where((places > 0) & (places <= 10), 1 / np.maximum(places, 1), 0).mean()
    cells = " | ".join(f"{value:.3f}" for value in (*at, reciprocal, np.mean(sentences)))
    print(f"| {title} | {len(places)} | {cells} |", flush=True)


def cases(sets: dict[str, Asked], rankers: list[Ranker]) -> list[Case]:
    """Every question judged where its answer is and where it is not."""
    judged: list[Case] = []
    for name, asked in sets.items():
        other = next(one for key, one in sets.items() if key != name)

        def add(question: Question, kind: str, features: Features | None, name: str = name) -> None:
            if features is not None:
                evidence = _first(rankers[question.fold], features).evidence
                judged.append(Case(name, kind, question.fold, evidence))

        for question in asked.answerable:
            add(question, "there", asked.features(question))
            add(question, "removed", asked.features(question, Scope(without=question.article)))
            add(question, "off", other.features(question))
            add(question, "near", asked.small(question, there=True))
            add(question, "far", asked.small(question, there=False))
            add(question, "lacking", asked.lacking(question))
        for question in asked.unanswerable:
            add(question, "deceiving", asked.features(question))
    return judged


def foreign_cases(sets: dict[str, Asked], rankers: dict[str, Ranker]) -> list[Case]:
    """The same for sets in other languages; the language is the fold."""
    judged = []
    for fold, (name, asked) in enumerate(sets.items()):
        for question in asked.answerable:
            found = {
                "there": asked.features(question),
                "removed": asked.features(question, Scope(without=question.article)),
                "near": asked.small(question, there=True),
                "far": asked.small(question, there=False),
                "lacking": asked.lacking(question),
            }
            for kind, features in found.items():
                if features is not None:
                    evidence = _first(rankers[name], features, meant=False).evidence
                    judged.append(Case(name, kind, fold, evidence))
    return judged


def fit_judge(judged: Sequence[Case], names: Sequence[str]) -> tuple[float, dict[str, float]]:
    """Bias and weights by name of evidence."""
    columns = [EVIDENCE.index(name) for name in names]
    rows = np.array([case.evidence for case in judged])[:, columns]
    counts: dict[tuple[str, str], int] = {}
    for case in judged:
        counts[case.name, case.kind] = counts.get((case.name, case.kind), 0) + 1
    shares = np.array([_COUNTS[case.kind] / counts[case.name, case.kind] for case in judged])
    bias, weights = fit_logistic(rows, np.array([case.there for case in judged]), shares)
    return bias, {name: round(float(w), 4) for name, w in zip(names, weights, strict=True)}


def judged_out_of_sample(judged: Sequence[Case], names: Sequence[str]) -> Floats:
    """Log-odds of each case by a judge that has not seen its fold."""
    columns = [EVIDENCE.index(name) for name in names]
    sure = np.zeros(len(judged))
    for fold in {case.fold for case in judged}:
        bias, weights = fit_judge([case for case in judged if case.fold != fold], names)
        vector = np.array([weights[name] for name in names])
        for i, case in enumerate(judged):
            if case.fold == fold:
                sure[i] = bias + vector @ np.array(case.evidence)[columns]
    return sure


def thresholds(judged: Sequence[Case], sure: Floats) -> dict[str, list[float]]:
    """Log-odds above which each strictness answers, and shows the closest; sets count alike."""
    names = sorted({case.name for case in judged})
    return {
        level.value: [
            round(float(np.mean([np.quantile(_of(judged, sure, n, "there"), q) for n in names])), 3)
            for q in lost
        ]
        for level, lost in _LOST.items()
    }


def report_judge(judged: Sequence[Case], sure: Floats, levels: dict[str, list[float]]) -> None:
    """False answers at 90 % coverage and AUC by kind; then what each strictness means."""
    for name in sorted({case.name for case in judged}):
        for kind, beside in _REPORTED.items():
            absent, there = _of(judged, sure, name, kind), _of(judged, sure, name, beside)
            if len(absent):
                false = 100 * float((absent >= np.quantile(there, 0.1)).mean())
                print(f"| {name} | {kind} | {false:.1f} % | {_auc(there, absent):.3f} |")
        for level, (answered, closest) in levels.items():
            cells = [
                f"{kind} {_percent(values >= answered)} / {_percent(values < closest)}"
                for kind in _COUNTS
                if len(values := _of(judged, sure, name, kind))
            ]
            print(f"{name} {level}, % answered / nothing: {', '.join(cells)}", flush=True)


def main() -> None:
    """Fit, print, and with --write replace the weights."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("questions", type=Path)
    parser.add_argument("--work", type=Path, required=True, help="where the indexes are built")
    parser.add_argument("--write", action="store_true", help="replace the package's weights")
    arguments = parser.parse_args()
    known = _fit_known(_open(arguments.questions, arguments.work, ENGLISH))
    unknown = _fit_unknown(_open(arguments.questions, arguments.work, OTHERS))
    if arguments.write:
        for file, part in (("ranker.json", 0), ("judge.json", 1)):
            values = {"known": known[part], "unknown": unknown[part]}
            path = Path(index.search.__path__[0]) / file
            path.write_text(json.dumps(values, indent=2) + "\n", "utf-8")


def _open(questions: Path, work: Path, names: Sequence[str]) -> dict[str, Asked]:
    return {name: Asked.open(questions / name, work) for name in names}


def _fit_known(sets: dict[str, Asked]) -> tuple[dict[str, object], dict[str, object]]:
    found = {name: [asked.found(q) for q in asked.answerable] for name, asked in sets.items()}
    rankers = out_of_sample(found)
    print("| questions | | R@1 | R@5 | R@10 | MRR@10 | sentence |\n|---|---|---|---|---|---|---|")
    for name, asked in found.items():
        report_ranking(f"{name}, articles split", asked, lambda one: rankers[one.question.fold])
    for name, ranker in leave_one_out(found).items():
        report_ranking(f"{name}, fitted on the other set", found[name], _always(ranker))
    values = _ranker_values(fit_ranker(*_shared(found)))
    found.clear()
    return values, _judge_values(cases(sets, rankers), _weighed(foreign=False))


def _fit_unknown(sets: dict[str, Asked]) -> tuple[dict[str, object], dict[str, object]]:
    found = {name: [asked.found(q) for q in asked.answerable] for name, asked in sets.items()}
    rankers = leave_one_out(found)
    for name, asked in found.items():
        title = f"{name}, fitted on the other languages"
        report_ranking(title, asked, _always(rankers[name]))
    values = _ranker_values(fit_ranker(*_shared(found)))
    return values, _judge_values(foreign_cases(sets, rankers), _weighed(foreign=True))


def _judge_values(judged: Sequence[Case], names: Sequence[str]) -> dict[str, object]:
    sure = judged_out_of_sample(judged, names)
    levels = thresholds(judged, sure)
    report_judge(judged, sure, levels)
    bias, weights = fit_judge(judged, names)
    return {"bias": round(bias, 4), "weights": weights, "thresholds": levels}


def _weighed(*, foreign: bool) -> list[str]:
    without = _UNWEIGHED | (_UNEVEN if foreign else frozenset())
    return [name for name in EVIDENCE if name not in without]


def _ranker_values(ranker: Ranker) -> dict[str, object]:
    return {
        "sentences": _named(ranker.sentences),
        "passages": _named(ranker.passages),
        "highlights": _named(ranker.highlights),
    }


def _named(linear: LinearModel) -> dict[str, float]:
    return {n: round(float(w), 4) for n, w in zip(linear.names, linear.weights, strict=True)}


def _shared(found: dict[str, list[Found]]) -> tuple[list[Found], Floats]:
    """What to fit on, and shares such that each set counts alike."""
    shares = np.concatenate([np.full(len(asked), 1 / len(asked)) for asked in found.values()])
    return [one for asked in found.values() for one in asked], shares


def _always(ranker: Ranker) -> Callable[[Found], Ranker]:
    return lambda _: ranker


def _first(ranker: Ranker, features: Features, *, meant: bool = True) -> RankedPassage:
    return rank_with(ranker, features, range(len(features.passages)), meant=meant)[0]


def _answers(one: Found, ranked: RankedPassage) -> bool:
    first = int(np.searchsorted(one.features.chunk_to_passage, one.rows.index(ranked.row)))
    return bool(one.answering[first + ranked.sentence])


def _of(judged: Sequence[Case], sure: Floats, name: str, kind: str) -> Floats:
    chosen: NDArray[np.bool_] = np.array([c.name == name and c.kind == kind for c in judged])
    return sure[chosen]


def _percent(flags: NDArray[np.bool_]) -> str:
    return f"{100 * flags.mean():.1f}"


def _auc(there: Floats, absent: Floats) -> float:
    """How often a question with an answer is surer than one without."""
    below = np.searchsorted(np.sort(absent), there, side="left")
    upto = np.searchsorted(np.sort(absent), there, side="right")
    return float(((below + upto) / 2).mean() / len(absent))


if __name__ == "__main__":
    main()
