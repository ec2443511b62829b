"""Fit the verdict model to a corpus and an encoder, without labels.

Questions are generated from the corpus: words of a title and of a sentence become the question;
numbers, which may be the answer, are left out. Each question is asked twice, with its article and
without it. The fit is a logistic regression with the packaged weights as the mean of its prior;
its thresholds are quantiles of the scores of questions asked without their article, unless these
would cost too many answers: in documentation, other articles often answer such a question.
"""

import json
import random
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import QuestionError
from index.evaluation.metrics import Floats, LabelledQuestion, auc
from index.filters import Scope
from index.search.question.answer_types import AnswerType, answer_types_in
from index.search.ranker import VERDICT_FEATURES, RankedPassage
from index.search.verdict import (
    AnswerabilityModel,
    Strictness,
    VerdictModels,
    load_verdict_models,
    shift,
)
from index.searcher import Searcher
from index.store import snapshot
from index.store.contents import VERDICT_FILE
from index.store.manifest import write_manifest
from index.text.tokenize import stop_terms, terms
from index.types import OnProgress

FALSE_ANSWERS = {  # share of unanswerable questions above the thresholds: answered, closest
    Strictness.STRICT: (0.01, 0.05),
    Strictness.BALANCED: (0.03, 0.12),
    Strictness.GENEROUS: (0.10, 0.25),
}
_LOST_ANSWERS = {  # largest share of answerable questions below the thresholds, in the same order
    Strictness.STRICT: (0.2, 0.08),
    Strictness.BALANCED: (0.1, 0.025),
    Strictness.GENEROUS: (0.04, 0.015),
}
MIN_AUC = 0.85  # below, the model does not separate answerable from unanswerable questions
MIN_QUESTIONS = 40
_PRIOR_QUESTIONS = 30.0  # weight of the packaged model, in questions
_PRIOR_GENERATED = 300.0  # higher: generated questions should mostly move the thresholds
_FOLDS = 4
_NEWTON_STEPS = 25
_MIN_NEWTON_STEP = 1e-6
_SEED = 0
# Members name their subject and paraphrase the rest, so a generated question shares few words with
# its sentence.
_TITLE_WORDS = 2
_SENTENCE_WORDS = 2
_MIN_WORDS = 3
_MIN_WORD_CHARS = 4
_PUNCTUATION = ".,;:!?()[]“”\"'’"
_QUESTION_WORDS = {
    AnswerType.DATE: "when",
    AnswerType.PERCENT: "what percentage",
    AnswerType.NUMBER: "how many",
    AnswerType.PLACE: "where",
    AnswerType.REASON: "why",
}


@dataclass(frozen=True, slots=True)
class Calibration:
    """A fitted verdict model and its cross-validated scores.

    The log-odds are those of questions asked with and without their article; ``language`` is
    "known" or "unknown", for the one of the two packaged models that was fitted.
    """

    model: AnswerabilityModel
    language: str
    answerable_log_odds: Floats
    unanswerable_log_odds: Floats
    generated: bool

    @property
    def auc(self) -> float:
        """Probability that an answerable question scores higher than an unanswerable one."""
        return auc(self.answerable_log_odds, self.unanswerable_log_odds)

    @property
    def separates(self) -> bool:
        """True if verdicts are meaningful on this corpus."""
        return self.auc >= MIN_AUC

    def coverage(self, strictness: Strictness) -> float:
        """Compute the share of answerable questions that are answered."""
        return float((self.answerable_log_odds >= self.model.thresholds[strictness][0]).mean())

    def risk(self, strictness: Strictness) -> float:
        """Compute the share of unanswerable questions that are answered."""
        return float((self.unanswerable_log_odds >= self.model.thresholds[strictness][0]).mean())


def generate_questions(searcher: Searcher, count: int) -> list[LabelledQuestion]:
    """Generate at most ``count`` questions that the corpus answers; deterministic."""
    rows = list(range(len(searcher.contents.corpus)))
    random.Random(_SEED).shuffle(rows)  # noqa: S311 - a sample, not a secret
    return list(islice(filter(None, (_generate(searcher, row) for row in rows)), count))


def _generate(searcher: Searcher, row: int) -> LabelledQuestion | None:
    """Generate a question that a passage answers; None when the passage is too short."""
    corpus = searcher.contents.corpus
    stored = corpus.passage(row)
    source = stored.source
    language = source.metadata.language or "en"
    generator = random.Random(row)  # noqa: S311 - a sample, not a secret
    sentence = max((sentence.text for sentence in stored.sentences), key=len)
    words = _sample_words(source.metadata.title, language, _TITLE_WORDS, generator)
    words += _sample_words(sentence, language, _SENTENCE_WORDS, generator)
    if len(words) < _MIN_WORDS:
        return None
    types = answer_types_in(sentence)
    question_word = next((w for type_, w in _QUESTION_WORDS.items() if type_ in types), "what")
    question = f"{question_word} {' '.join(words)}?"
    return LabelledQuestion(f"generated-{row}", question, True, source.path, stored.paragraph, ())


def _sample_words(text: str, language: str, limit: int, generator: random.Random) -> list[str]:
    """Sample content words of ``text``, in order; no numbers, which may be the answer."""
    words = [word.strip(_PUNCTUATION) for word in text.split()]
    content = [word for word in words if word.isalpha() and _is_content_word(word, language)]
    sample = generator.sample(range(len(content)), min(limit, len(content)))
    return [content[i] for i in sorted(sample)]


def _is_content_word(word: str, language: str) -> bool:
    word_terms = terms(word, language)
    return (
        len(word) >= _MIN_WORD_CHARS
        and bool(word_terms)
        and word_terms[0] not in stop_terms(language)
    )


def calibrate(
    searcher: Searcher,
    questions: Sequence[LabelledQuestion],
    *,
    generated: bool,
    on_progress: OnProgress | None = None,
) -> Calibration:
    """Fit the verdict model to ``questions`` on the articles of ``searcher``.

    Raises QuestionError when there are too few questions.
    """
    answerable = [question for question in questions if question.answerable and question.article]
    if len(answerable) < MIN_QUESTIONS:
        raise QuestionError(
            f"calibrating needs at least {MIN_QUESTIONS} questions with a known article, and there "
            f"are {len(answerable)}; add articles or pass a file with more questions"
        )
    rankings = _rank_with_and_without_article(searcher, questions, on_progress)
    cases = [(r[0].verdict_features, label, fold) for label, fold, r in rankings if r]
    rows, labels, folds = map(np.array, zip(*cases, strict=True))
    return _cross_validate(rows, labels, folds, generated=generated)


def _rank_with_and_without_article(
    searcher: Searcher, questions: Sequence[LabelledQuestion], on_progress: OnProgress | None
) -> Iterator[tuple[bool, int, list[RankedPassage]]]:
    """Yield whether the answer is in the searched articles, the article's fold, and the ranking."""
    articles = sorted({question.article or "" for question in questions})
    folds = {article: number % _FOLDS for number, article in enumerate(articles)}
    for done, labelled in enumerate(questions, 1):
        fold = folds[labelled.article or ""]
        yield labelled.answerable, fold, searcher.rank(labelled.question)
        if labelled.answerable and labelled.article:
            scope = Scope(excluded_article=labelled.article)
            yield False, fold, searcher.rank(labelled.question, scope)
        if on_progress:
            on_progress(done, len(questions))


def _cross_validate(
    features: Floats, labels: NDArray[np.bool_], folds: NDArray[np.intp], *, generated: bool
) -> Calibration:
    """Fit on all questions; compute scores and thresholds on articles held out of the fit."""
    supported = np.median(features[:, VERDICT_FEATURES.index("language_supported")])
    language = "known" if supported else "unknown"
    packaged = load_verdict_models()[language]
    prior_questions = _PRIOR_GENERATED if generated else _PRIOR_QUESTIONS
    log_odds = np.zeros(len(labels))
    for fold in range(_FOLDS):
        held_out = folds == fold
        if held_out.any() and not held_out.all():
            model = _fit(packaged, features[~held_out], labels[~held_out], prior_questions)
            log_odds[held_out] = _log_odds(model, features[held_out])
    answerable, unanswerable = log_odds[labels], log_odds[~labels]
    thresholds = {str(level): _thresholds(level, answerable, unanswerable) for level in Strictness}
    model = _fit(packaged, features, labels, prior_questions)
    model = replace(model, thresholds=thresholds, answered_shifts={}, closest_shifts={})
    return Calibration(model, language, answerable, unanswerable, generated)


def _thresholds(
    strictness: Strictness, answerable: Floats, unanswerable: Floats
) -> tuple[float, float]:
    """Return the log-odds from which to answer and to show the closest passages."""
    shares = zip(FALSE_ANSWERS[strictness], _LOST_ANSWERS[strictness], strict=True)
    answered, closest = (
        float(min(np.quantile(unanswerable, 1 - false), np.quantile(answerable, lost)))
        for false, lost in shares
    )
    return answered, closest


def _columns(model: AnswerabilityModel) -> list[int]:
    return [VERDICT_FEATURES.index(name) for name in model.weights]


def _log_odds(model: AnswerabilityModel, features: Floats) -> Floats:
    weights = np.array(list(model.weights.values()))
    log_odds: Floats = features[:, _columns(model)] @ weights + model.bias
    return log_odds + _shifts(model, features)


def _shifts(model: AnswerabilityModel, features: Floats) -> Floats:
    rows = (dict(zip(VERDICT_FEATURES, row, strict=True)) for row in features.tolist())
    return np.array([shift(model, row) for row in rows], np.float64)


def _fit(
    packaged: AnswerabilityModel,
    features: Floats,
    labels: NDArray[np.bool_],
    prior_questions: float,
) -> AnswerabilityModel:
    """Fit a model whose prior, the packaged one, counts as ``prior_questions`` questions."""
    used = features[:, _columns(packaged)]
    inputs = np.column_stack([used, np.ones(len(labels))])
    prior = np.array([*packaged.weights.values(), packaged.bias])
    precision = prior_questions * np.append(used.var(axis=0) + 0.01, 0.1)
    weights = _fit_logistic(inputs, labels, prior, precision, _shifts(packaged, features))
    named = dict(zip(packaged.weights, weights[:-1].tolist(), strict=True))
    return replace(packaged, weights=named, bias=float(weights[-1]))


def _fit_logistic(
    inputs: Floats,
    labels: NDArray[np.bool_],
    prior: Floats,
    precision: Floats,
    offsets: Floats,
) -> Floats:
    """Fit a logistic regression with a Gaussian prior by Newton's method, halving bad steps.

    The two classes weigh the same; ``offsets`` (rows,) are fixed parts of the log-odds. SciPy
    would add 140 MB to a slim installation.
    """
    class_weights = 0.5 / np.where(labels, labels.mean(), 1 - labels.mean())
    signs = np.where(labels, 1.0, -1.0)

    def loss(weights: Floats) -> float:
        errors = class_weights @ np.logaddexp(0, -signs * (inputs @ weights + offsets))
        return float(errors + precision @ (weights - prior) ** 2 / 2)

    weights = prior.copy()
    for _ in range(_NEWTON_STEPS):
        probabilities = 1 / (1 + np.exp(-np.clip(inputs @ weights + offsets, -30, 30)))
        gradient = inputs.T @ (class_weights * (labels - probabilities))
        curvature = class_weights * probabilities * (1 - probabilities)
        hessian = (inputs.T * curvature) @ inputs + np.diag(precision)
        step = np.linalg.solve(hessian, gradient - precision * (weights - prior))
        while np.abs(step).max() > _MIN_NEWTON_STEP and loss(weights + step) > loss(weights):
            step = step / 2
        weights = weights + step
    return weights


def save_calibration(index: Path, calibration: Calibration) -> str:
    """Publish a copy of the current snapshot with the fitted model and return its name.

    Raises BuildInProgress, BuildFailed.
    """
    models = {**load_verdict_models(), calibration.language: calibration.model}
    return _publish_copy(index, models)


def remove_calibration(index: Path) -> str | None:
    """Publish a copy of the current snapshot with the packaged verdict and return its name.

    Return None if it has no other. Raises IndexMissing, BuildInProgress, BuildFailed.
    """
    with snapshot.open_current(index) as current:
        if VERDICT_FILE not in current.manifest.files:
            return None
    return _publish_copy(index, None)


def _publish_copy(index: Path, models: VerdictModels | None) -> str:
    """Publish a copy of the current snapshot with other verdict models, None for the packaged."""
    name = snapshot.new_name()
    with snapshot.create(index, name) as folder, snapshot.open_current(index) as previous:
        for file in previous.manifest.files:  # without their permissions: they may be read-only
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(previous.folder / file, folder / file)
        (folder / VERDICT_FILE).unlink(missing_ok=True)
        if models is not None:
            values = {language: asdict(model) for language, model in models.items()}
            (folder / VERDICT_FILE).write_text(json.dumps(values, indent=1) + "\n", "utf-8")
        old = previous.manifest
        write_manifest(folder, old.encoder, old.dim, old.counts, old.fingerprint)
        snapshot.publish(index, folder)
    return name
