"""Fit the judge to a corpus and an encoder of one's own, without any labels.

Questions are drawn from the corpus: what a sentence says of somebody or something becomes the
question, what it would answer is left out. Each is asked twice: as things are, and as if its
article were not there. The judge starts from the weights it ships with and moves as far as the
answers say (a logistic regression with those weights as its prior mean); its thresholds are
where at most so many of the questions without their article pass.
"""

import json
import random
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import QuestionError
from index.evaluation.metrics import Floats, LabelledQuestion, auc
from index.filters import Scope
from index.search.answer_types import AnswerType, answer_types_in
from index.search.ranker import EVIDENCE, RankedPassage
from index.search.verdict import (
    AnswerabilityModel,
    Strictness,
    load_verdict_models,
    verdict_model_values,
)
from index.searcher import Searcher
from index.store import snapshot
from index.store.contents import VERDICT_FILE
from index.store.manifest import seal
from index.store.snapshot import Snapshot
from index.text.tokenize import stop_terms, terms

FALSE_ANSWERS = {  # share of questions without an answer that may pass: answered, closest
    Strictness.STRICT: (0.01, 0.05),
    Strictness.BALANCED: (0.03, 0.12),
    Strictness.GENEROUS: (0.10, 0.25),
}
SEPARATE = 0.85  # AUC below which the two kinds of question are not told apart
FEWEST = 40  # questions that a fit needs
_PRIOR = 30.0  # how many questions' worth the shipped weights are
_PRIOR_DRAWN = 300.0  # drawn questions are no members' questions: they move thresholds above all
_FOLDS = 4
_STEPS = 25
_SMALLEST_STEP = 1e-6
_SEED = 0
_TITLE_WORDS = 2  # members name what they ask about, and say of it what the text says otherwise,
_SAID_WORDS = 2  # so a drawn question shares little with its sentence: docs/quality.md
_FEWEST_WORDS = 3
_PUNCTUATION = ".,;:!?()[]“”\"'’"
_OPENINGS = {
    AnswerType.DATE: "when",
    AnswerType.PERCENT: "what percentage",
    AnswerType.NUMBER: "how many",
    AnswerType.PLACE: "where",
    AnswerType.REASON: "why",
}

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted judge and what it is worth on articles it was not fitted to.

    ``there`` and ``absent`` are log-odds of questions with and without their article;
    ``language`` is "known" or "unknown": which of the two judges was fitted.
    """

    judge: AnswerabilityModel
    language: str
    there: Floats
    absent: Floats
    drawn: bool

    @property
    def auc(self) -> float:
        """How often a question with its article is judged surer than one without."""
        return auc(self.there, self.absent)

    @property
    def separates(self) -> bool:
        """Whether the verdict means something on this corpus."""
        return self.auc >= SEPARATE

    def coverage(self, strictness: Strictness) -> float:
        """Share of questions with their article that are answered."""
        return float((self.there >= self.judge.thresholds[strictness][0]).mean())

    def risk(self, strictness: Strictness) -> float:
        """Share of questions without their article that are answered all the same."""
        return float((self.absent >= self.judge.thresholds[strictness][0]).mean())


def draw_questions(searcher: Searcher, count: int) -> list[LabelledQuestion]:
    """At most ``count`` questions that the corpus answers, the same ones each time."""
    corpus = searcher.parts.corpus
    rows = list(range(len(corpus)))
    random.Random(_SEED).shuffle(rows)  # noqa: S311 - a sample, not a secret
    drawn = (_drawn(searcher, row) for row in rows)
    return [asked for asked, _ in zip((one for one in drawn if one), range(count), strict=False)]


def calibrate(
    searcher: Searcher,
    questions: Sequence[LabelledQuestion],
    *,
    drawn: bool,
    progress: Progress | None = None,
) -> Calibration:
    """Fit the judge to ``questions`` over the articles of ``searcher``.

    Raises QuestionError when there are too few to fit anything.
    """
    answerable = [one for one in questions if one.answerable and one.article]
    if len(answerable) < FEWEST:
        raise QuestionError(
            f"{len(answerable)} questions with a known article, wanted at least {FEWEST}: "
            "add articles, or give a file of questions"
        )
    rows, labels, folds = [], [], []
    for label, fold, ranked in _asked_both_ways(searcher, questions, progress):
        if ranked:
            rows.append(ranked[0].evidence)
            labels.append(label)
            folds.append(fold)
    return _fitted(np.array(rows), np.array(labels), np.array(folds), drawn=drawn)


def store(index: Path, calibration: Calibration) -> str:
    """Publish the current snapshot again with the fit in it; its new name. Raises BuildBusy."""
    name = snapshot.new_name()
    with snapshot.building(index, name) as folder, snapshot.open_current(index) as before:
        _copy(before, folder)
        judges = {**load_verdict_models(), calibration.language: calibration.judge}
        values = verdict_model_values(judges)
        (folder / VERDICT_FILE).write_text(json.dumps(values, indent=1) + "\n", "utf-8")
        manifest = before.manifest
        seal(
            folder,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            encoder=manifest.encoder,
            dim=manifest.dim,
            counts=manifest.counts,
            fingerprint=manifest.fingerprint,
        )
        snapshot.publish(index, folder)
    return name


def _copy(before: Snapshot, folder: Path) -> None:
    for name in before.manifest.files:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(before.folder / name, folder / name)


def _asked_both_ways(
    searcher: Searcher, questions: Sequence[LabelledQuestion], progress: Progress | None
) -> Iterator[tuple[bool, int, list[RankedPassage]]]:
    """Whether the answer is there, the fold of its article, and what was found."""
    folds = {
        path: n % _FOLDS for n, path in enumerate(sorted({q.article or "" for q in questions}))
    }
    for done, asked in enumerate(questions, 1):
        fold = folds[asked.article or ""]
        yield asked.answerable, fold, searcher.find(asked.question)
        if asked.answerable and asked.article:
            yield False, fold, searcher.find(asked.question, Scope(without=asked.article))
        if progress:
            progress(done, len(questions))


def _fitted(
    evidence: Floats, labels: NDArray[np.bool_], folds: NDArray[np.intp], *, drawn: bool
) -> Calibration:
    """Fit on all; thresholds and figures from folds that did not see the article."""
    language = "known" if np.median(evidence[:, EVIDENCE.index("meant")]) else "unknown"
    start = load_verdict_models()[language]
    prior = _PRIOR_DRAWN if drawn else _PRIOR
    log_odds = np.zeros(len(labels))
    for fold in range(_FOLDS):
        held = folds == fold
        if held.any() and (~held).any():
            log_odds[held] = _log_odds(
                _moved(start, evidence[~held], labels[~held], prior), evidence[held]
            )
    there, absent = log_odds[labels], log_odds[~labels]
    thresholds = {name: _thresholds(absent, shares) for name, shares in FALSE_ANSWERS.items()}
    judge = replace(_moved(start, evidence, labels, prior), thresholds=_as_text(thresholds))
    return Calibration(judge, language, there, absent, drawn)


def _as_text(
    thresholds: Mapping[Strictness, tuple[float, float]],
) -> dict[str, tuple[float, float]]:
    return {str(name): pair for name, pair in thresholds.items()}


def _thresholds(absent: Floats, shares: tuple[float, float]) -> tuple[float, float]:
    answered, closest = (float(np.quantile(absent, 1 - share)) for share in shares)
    return answered, closest


def _log_odds(judge: AnswerabilityModel, evidence: Floats) -> Floats:
    columns = [EVIDENCE.index(name) for name in judge.weights]
    odds: Floats = evidence[:, columns] @ np.array(list(judge.weights.values())) + judge.bias
    return odds


def _moved(
    start: AnswerabilityModel, evidence: Floats, labels: NDArray[np.bool_], worth: float
) -> AnswerabilityModel:
    """The weights of highest posterior, ``start`` being ``worth`` that many questions."""
    columns = [EVIDENCE.index(name) for name in start.weights]
    inputs = np.column_stack([evidence[:, columns], np.ones(len(labels))])
    prior = np.array([*start.weights.values(), start.bias])
    precision = worth * np.append(evidence[:, columns].var(axis=0) + 0.01, 0.1)
    weights = _highest_posterior(inputs, labels, prior, precision)
    named = dict(zip(start.weights, weights[:-1].tolist(), strict=True))
    return replace(start, weights=named, bias=float(weights[-1]))


def _highest_posterior(
    inputs: Floats, labels: NDArray[np.bool_], prior: Floats, precision: Floats
) -> Floats:
    """Newton's method, each step halved until it leads downhill; each class weighs half."""
    share = 2 * np.where(labels, labels.mean(), 1 - labels.mean())
    signs = np.where(labels, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        misses = np.logaddexp(0, -signs * (inputs @ weights)) / share
        return float(misses.sum() + (precision * (weights - prior) ** 2).sum() / 2)

    weights = prior.copy()
    for _ in range(_STEPS):
        sure = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        gradient = inputs.T @ ((labels - sure) / share) - precision * (weights - prior)
        curved = (inputs.T * (sure * (1 - sure) / share)) @ inputs + np.diag(precision)
        step = np.linalg.solve(curved, gradient)
        while np.abs(step).max() > _SMALLEST_STEP and loss(weights + step) > loss(weights):
            step = step / 2
        weights = weights + step
    return weights


def _drawn(searcher: Searcher, row: int) -> LabelledQuestion | None:
    """A question that the passage answers; None when it says too little."""
    corpus = searcher.parts.corpus
    stored = corpus.passage(row)
    source = corpus.source(stored.article)
    language = source.metadata.language or "en"
    chance = random.Random(row)  # noqa: S311 - a sample, not a secret
    said = max((sentence.text for sentence in stored.sentences), key=len)
    about = _some(source.metadata.title, language, _TITLE_WORDS, chance)
    words = about + _some(said, language, _SAID_WORDS, chance)
    if len(words) < _FEWEST_WORDS:
        return None
    question = f"{_opening(said)} {' '.join(words)}?"
    return LabelledQuestion(f"drawn-{row}", question, True, source.path, stored.paragraph, ())


def _some(text: str, language: str, most: int, chance: random.Random) -> list[str]:
    """Some of the content words of ``text``, in order; no figures: they would be the answer."""
    words = [word.strip(_PUNCTUATION) for word in text.split()]
    content = [word for word in words if word.isalpha() and _says(word, language)]
    kept = set(chance.sample(range(len(content)), min(most, len(content))))
    return [word for place, word in enumerate(content) if place in kept]


def _says(word: str, language: str) -> bool:
    found = terms(word, language)
    return len(word) > 3 and bool(found) and found[0] not in stop_terms(language)


def _opening(sentence: str) -> str:
    kinds = answer_types_in(sentence)
    return next((text for kind, text in _OPENINGS.items() if kind in kinds), "what")
