"""Compute the features of sentences, by which the one to highlight is chosen."""

import numpy as np

from index.search.features.inputs import FeatureInputs, local_idf, normalized, stacked
from index.search.passage_terms import TRAIT_BY_TYPE, SentenceTrait
from index.search.question.answer_types import AnswerType
from index.search.term_matching import Flags, Floats, are_among, wanted_ids

SENTENCE_FEATURES = (
    "cosine",  # of the sentence's own vector with the question's
    "coverage",
    "local_coverage",  # weighted by idf among the candidates
    "coverage_with_title",  # by the sentence or the title
    "coverage_with_neighbours",  # by the sentence or the two beside it, weighted as local_coverage
    "cumulative_coverage",  # by the title or the passage up to this sentence
    "completes_coverage",  # 1 for the sentence that brings cumulative_coverage to its maximum
    "is_nearest",  # 1 for the sentence with the highest cosine in its passage
    "coreference_coverage",  # cumulative if it opens with a pronoun (It, Their), else with_title
    "coverage_without_names",  # of terms that are not names: pronouns stand in for names
    "passage_coverage",  # weighted by idf among the sentences of the passage
    "bigram_coverage",  # share of the question's neighbouring terms that are neighbours here too
    "similar_coverage",  # by similar terms only: resurge for resurgence, typos
    "has_head_noun",  # 1 if it contains the noun after "what" or "which"
    "log_length", "log_new_terms",  # of the number of terms, and of those not in the question
    "is_first",  # 1 for the first sentence of its passage
    "has_number", "has_date", "has_percent", "has_place", "has_reason",  # 1 if asked for and there
    "has_new_name",  # 1 if a name is asked for and it has one that is not in the question
    "log_new_names",  # of the number of those, if a name or a place is asked for
    "gives_name",  # 1 if the question asks for the name of something and it may give one
)  # fmt: skip

_ROUNDING = 1e-9  # largest difference between sums of the same weights in another order


def sentence_features(inputs: FeatureInputs) -> Floats:
    """Compute ``SENTENCE_FEATURES``, shape (sentences, features)."""
    query, exact = inputs.query, inputs.matches.sentences
    to_passage, index_weights = inputs.sentence_to_passage, inputs.index_weights
    is_first = np.zeros(len(exact), np.bool_)
    is_first[inputs.starts] = True
    with_title = np.maximum(exact, inputs.matches.titles[to_passage])
    cumulative = np.maximum(with_title, _cumulative_max(exact, inputs))
    cumulative_coverage = cumulative @ index_weights
    opens_with_pronoun = inputs.has_trait(SentenceTrait.OPENS_WITH_PRONOUN)
    cosines = inputs.candidates.sentence_cosines
    lengths = inputs.table.token_counts
    new_terms = inputs.table.non_stop_counts - inputs.matches.non_stop_counts
    columns = [
        cosines,
        exact @ index_weights,
        exact @ inputs.local_weights,
        with_title @ index_weights,
        _with_neighbours(exact, is_first) @ inputs.local_weights,
        cumulative_coverage,
        _completes_coverage(cumulative_coverage, is_first, inputs),
        cosines == np.maximum.reduceat(cosines, inputs.starts)[to_passage],
        np.where(opens_with_pronoun[:, None], cumulative, with_title) @ index_weights,
        exact @ normalized(query.idfs * _is_not_name(inputs)),
        _passage_coverage(inputs),
        inputs.matches.bigrams @ inputs.bigram_weights,
        inputs.matches.similar @ index_weights,
        exact[:, query.head_noun] if query.head_noun is not None else np.zeros(len(exact)),
        np.log1p(lengths),
        np.log1p(np.maximum(0, new_terms)),  # negative where stop words differ by language
        is_first,
        *_answer_type_columns(inputs),
    ]
    return stacked(columns, len(exact))


def _with_neighbours(matches: Floats, is_first: Flags) -> Floats:
    """Return the matches of each sentence or the two beside it in its passage."""
    are_neighbours = ~is_first[1:, None]
    best = matches.copy()
    np.maximum(best[1:], matches[:-1] * are_neighbours, out=best[1:])
    np.maximum(best[:-1], matches[1:] * are_neighbours, out=best[:-1])
    return best


def _cumulative_max(matches: Floats, inputs: FeatureInputs) -> Floats:
    """Return the matches of each sentence or any before it in its passage."""
    levels = 2.0 * inputs.sentence_to_passage[:, None]  # above all matches of passages before
    maxima: Floats = np.maximum.accumulate(matches + levels) - levels
    return maxima


def _completes_coverage(cumulative: Floats, is_first: Flags, inputs: FeatureInputs) -> Flags:
    """Return the sentence of each passage at which the cumulative coverage is complete."""
    before = np.zeros_like(cumulative)
    before[1:] = np.where(is_first[1:], 0.0, cumulative[:-1])
    maxima = np.maximum.reduceat(cumulative, inputs.starts)[inputs.sentence_to_passage]
    completes: Flags = (cumulative >= maxima - _ROUNDING) & (before < maxima - _ROUNDING)
    return completes


def _is_not_name(inputs: FeatureInputs) -> Floats:
    """Return 1 for each query term that no candidate capitalizes inside a sentence."""
    wanted = wanted_ids(inputs.query.columns, inputs.table)
    are_not: Floats = (~are_among(wanted, inputs.table.names)).astype(np.float64)
    return are_not


def _passage_coverage(inputs: FeatureInputs) -> Floats:
    """Return the coverage by each sentence, weighted by idf among the sentences of its passage."""
    exact, to_passage = inputs.matches.sentences, inputs.sentence_to_passage
    sentence_counts = inputs.table.sentence_counts[:, None].astype(np.float64)
    frequency = np.add.reduceat(exact, inputs.starts)
    weights = local_idf(frequency, sentence_counts) * inputs.query.idfs
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
    coverage: Floats = (exact * weights[to_passage]).sum(1)
    return coverage


def _answer_type_columns(inputs: FeatureInputs) -> list[Floats]:
    """Return the columns has_number to has_reason, has_new_name, log_new_names, gives_name."""
    expected = inputs.query.expected_type
    zeros = np.zeros(len(inputs.table.traits))
    has_type = [
        inputs.has_trait(trait).astype(np.float64) if kind is expected else zeros
        for kind, trait in TRAIT_BY_TYPE.items()
    ]
    has_new_name, log_new_names, may_give_name = zeros, zeros, zeros
    if expected in {AnswerType.NAME, AnswerType.PLACE}:
        new_names = _new_name_counts(inputs)
        log_new_names = np.log1p(new_names)
        if expected is AnswerType.NAME:
            has_new_name = (new_names > 0).astype(np.float64)
    if inputs.query.asks_for_name:
        may_give_name = inputs.has_trait(SentenceTrait.GIVES_NAME).astype(np.float64)
    return [*has_type, has_new_name, log_new_names, may_give_name]


def _new_name_counts(inputs: FeatureInputs) -> Floats:
    """Return the number of names in each sentence that the question does not have."""
    counts = inputs.table.name_counts
    is_new = ~are_among(inputs.table.names, inputs.query_ids)
    sentences = np.repeat(np.arange(len(counts)), counts)
    return np.bincount(sentences[is_new], minlength=len(counts)).astype(np.float64)
