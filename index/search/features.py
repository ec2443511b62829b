"""Compute the features of a question's candidate passages and their sentences.

Each feature states one thing that a reader could check in the passage: how many terms of the
question it contains, whether they stand together, whether it has a year where "when" was asked.
Terms are weighted by idf (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and
Beyond", 2009), over the whole index and among the candidates, where terms that only name the
article do not tell passages apart.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from index.search.answer_types import AnswerType, gives_name, has_answer_type
from index.search.fusion import min_max_scale
from index.search.term_matching import (
    UNKNOWN_TERM,
    Flags,
    Floats,
    Idf,
    PassageTerms,
    QueryTerms,
    TermMatches,
    contains_phrases,
    match_terms,
    parse_passage,
    parse_query,
)

# "Coverage" is the share of the question's content terms, weighted by their idf in the index
# unless stated otherwise.
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

PASSAGE_FEATURES = (
    "cosine", "cosine_scaled",  # scaled to 0..1 among the candidates
    "bm25_per_idf", "bm25_scaled", "bm25_of_best",  # over the query's total idf; over the best
    "coverage", "local_coverage", "coverage_with_title", "title_coverage",
    "rare_coverage",  # by passage or title, weighted by squared idf: names count most
    "title_in_question",  # share of the title's terms that the question contains
    "bigram_coverage", "longest_run",  # the longest run of query terms in the question's order
    "log_length", "is_first_paragraph",  # of the number of characters; of its article
    "article_cosine", "article_bm25",  # of the best other candidate of the same article
    "best_sentence_cosine", "second_sentence_cosine",
)  # fmt: skip

# In the order of their features, has_number to has_reason.
_PATTERN_TYPES = [kind for kind in AnswerType if kind is not AnswerType.NAME]
_ROUNDING = 1e-9  # largest difference between sums of the same weights in another order
# Logarithms of twice the number of passages: most sets that the weights were fitted on have up to
# 1,400 passages, the largest has 200,000.
_SMALL_LOG_CORPUS_SIZE = 8.0
_LARGE_LOG_CORPUS_SIZE = 13.0
_BLOCKS = re.compile(  # code, list items, or a blank line between blocks
    r"```|~~~|`[^`\n]+`|^(?: {4}|\t)\S|^[ \t>]*(?:[-*+]|\d+[.)])[ \t]|\n[ \t>]*\n", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A retrieved passage with its scores.

    ``cosine`` is that of the passage's nearest chunk with the question; ``bm25`` is 0.0 if BM25
    did not retrieve it; ``sentence_cosines`` has shape ``(len(sentences),)``; ``paragraph`` counts
    from 1.
    """

    row: int
    cosine: float
    bm25: float
    text: str
    title: str
    language: str
    paragraph: int
    sentences: tuple[str, ...]
    sentence_cosines: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a question's candidates, n sentences in m passages.

    ``sentences`` has shape (n, len(SENTENCE_FEATURES)), in the order of the candidates, and
    ``passages`` (m, len(PASSAGE_FEATURES)). ``sentence_to_passage`` (n,) is the passage of each
    sentence, and ``is_introduction`` (n,) tells which only announce the next: "Run this:".
    ``has_phrases`` (m,) tells which passages contain all quoted phrases, and ``missing_names``
    (m,) is the share of the question's names in neither passage nor title.

    Of the question: ``known_term_share`` is the coverage by all candidates together,
    ``term_count`` the number of its content terms, and ``expects_type`` whether it asks for a
    known answer type. ``rarest_known_idf`` is relative to the idf of a term in a single passage.
    ``log_corpus_size`` is the idf of an unknown term: the logarithm of twice the number of
    passages, capped. ``language`` is the dominant language of the candidates.

    Of the corpus, to choose weights: ``documentation`` is 0 for prose and 1 if at least half of
    the candidates have code, lists or several blocks; ``growth`` is 0 up to 1,400 passages and 1
    from 200,000 on, by logarithm.
    """

    sentences: Floats
    passages: Floats
    sentence_to_passage: NDArray[np.intp]
    is_introduction: Flags
    has_phrases: Flags
    missing_names: Floats
    known_term_share: float
    term_count: int
    expects_type: bool
    rarest_known_idf: float
    log_corpus_size: float
    language: str
    documentation: float
    growth: float


def extract_features(question: str, candidates: Sequence[Candidate], idf: Idf) -> Features:
    """Compute the features of all candidates, with terms in their dominant language."""
    language = dominant_language(candidates)
    query = parse_query(question, language, idf)
    passages = [parse_passage(c.sentences, c.title, c.language) for c in candidates]
    matches = match_terms(query, passages)
    sentence_counts = [len(c.sentences) for c in candidates]
    sentence_to_passage = np.repeat(np.arange(len(candidates)), sentence_counts)
    starts = np.cumsum([0, *sentence_counts[:-1]])
    covered = np.maximum.reduceat(matches.sentences, starts)
    inputs = _Inputs(candidates, query, passages, matches, sentence_to_passage, starts, covered)
    return Features(
        sentences=_sentence_features(inputs),
        passages=_passage_features(inputs),
        sentence_to_passage=sentence_to_passage,
        is_introduction=np.array([flag for p in passages for flag in p.is_introduction], np.bool_),
        has_phrases=contains_phrases(question, [(c.title, c.text) for c in candidates]),
        missing_names=_missing_names(query, passages),
        known_term_share=float(_normalized(query.idfs) @ (covered.max(0) > 0)),
        term_count=len(query.columns),
        expects_type=query.expected_type is not None,
        rarest_known_idf=_rarest_known_idf(query, idf(UNKNOWN_TERM)),
        log_corpus_size=min(_SMALL_LOG_CORPUS_SIZE, idf(UNKNOWN_TERM)),
        language=language,
        documentation=min(1.0, 2 * float(np.mean([_has_blocks(c.text) for c in candidates]))),
        growth=_growth(idf(UNKNOWN_TERM)),
    )


def dominant_language(candidates: Sequence[Candidate]) -> str:
    """Return the language with the highest total BM25 score, most likely the question's.

    If no term matches, it is the language of the nearest candidate: a monolingual encoder puts
    other languages anywhere.
    """
    bm25: dict[str, float] = {}
    cosine: dict[str, float] = {}
    for candidate in candidates:
        bm25[candidate.language] = bm25.get(candidate.language, 0.0) + candidate.bm25
        cosine[candidate.language] = max(cosine.get(candidate.language, -1.0), candidate.cosine)
    return min(bm25, key=lambda language: (-bm25[language], -cosine[language], language))


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything that features are computed from.

    ``starts`` (passages,) are the first sentences, ``covered`` (passages, terms) is 0 or 1.
    """

    candidates: Sequence[Candidate]
    query: QueryTerms
    passages: Sequence[PassageTerms]
    matches: TermMatches
    sentence_to_passage: NDArray[np.intp]
    starts: NDArray[np.intp]
    covered: Floats

    @property
    def index_weights(self) -> Floats:
        return _normalized(self.query.idfs)

    @property
    def local_weights(self) -> Floats:
        return _normalized(_idf(self.covered.sum(0), len(self.candidates)) * self.query.idfs)

    @property
    def bigram_weights(self) -> Floats:
        idfs = self.query.idfs
        return _normalized(np.array([idfs[a] + idfs[b] for a, b in self.query.bigrams], np.float64))


def _sentence_features(inputs: _Inputs) -> Floats:
    query, passages, exact = inputs.query, inputs.passages, inputs.matches.sentences
    to_passage, index_weights = inputs.sentence_to_passage, inputs.index_weights
    is_first = np.zeros(len(exact), np.bool_)
    is_first[inputs.starts] = True
    with_title = np.maximum(exact, inputs.matches.titles[to_passage])
    cumulative = np.maximum(with_title, _cumulative_max(exact, inputs))
    cumulative_coverage = cumulative @ index_weights
    opens_with_pronoun = np.array([flag for p in passages for flag in p.opens_with_pronoun], bool)
    cosines = np.concatenate([c.sentence_cosines for c in inputs.candidates])
    lengths = np.array([length for p in passages for length in p.lengths])
    non_stop_counts = np.array([count for p in passages for count in p.non_stop_counts])
    new_terms = non_stop_counts - inputs.matches.non_stop_counts
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
        exact @ _normalized(query.idfs * _is_not_name(query, passages)),
        _passage_coverage(inputs),
        inputs.matches.bigrams @ inputs.bigram_weights,
        inputs.matches.similar @ index_weights,
        exact[:, query.head_noun] if query.head_noun is not None else np.zeros(len(exact)),
        np.log1p(lengths),
        np.log1p(np.maximum(0, new_terms)),  # negative where stop words differ by language
        is_first,
        *_answer_type_columns(inputs),
    ]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _with_neighbours(matches: Floats, is_first: Flags) -> Floats:
    """Return the matches of each sentence or the two beside it in its passage."""
    before, after = np.zeros_like(matches), np.zeros_like(matches)
    before[1:] = matches[:-1] * ~is_first[1:, None]
    after[:-1] = matches[1:] * ~is_first[1:, None]
    return np.maximum(matches, np.maximum(before, after))


def _cumulative_max(matches: Floats, inputs: _Inputs) -> Floats:
    """Return the matches of each sentence or any before it in its passage."""
    sums = np.cumsum(matches, axis=0)
    sums_before = (sums[inputs.starts] - matches[inputs.starts])[inputs.sentence_to_passage]
    return (sums > sums_before).astype(np.float64)


def _completes_coverage(cumulative: Floats, is_first: Flags, inputs: _Inputs) -> Flags:
    """Return the sentence of each passage at which the cumulative coverage is complete."""
    before = np.where(is_first, 0.0, np.roll(cumulative, 1))
    maxima = np.maximum.reduceat(cumulative, inputs.starts)[inputs.sentence_to_passage]
    completes: Flags = (cumulative >= maxima - _ROUNDING) & (before < maxima - _ROUNDING)
    return completes


def _is_not_name(query: QueryTerms, passages: Sequence[PassageTerms]) -> Floats:
    """Return 1 for each query term that no candidate capitalizes inside a sentence."""
    names = frozenset[str]().union(*(terms for p in passages for terms in p.name_terms))
    return np.array([term not in names for term in query.columns], np.float64)


def _passage_coverage(inputs: _Inputs) -> Floats:
    """Return the coverage by each sentence, weighted by idf among the sentences of its passage."""
    exact, to_passage = inputs.matches.sentences, inputs.sentence_to_passage
    sentence_counts = np.bincount(to_passage)[:, None].astype(np.float64)
    frequency = np.add.reduceat(exact, inputs.starts)
    weights = _idf(frequency, sentence_counts) * inputs.query.idfs
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
    coverage: Floats = (exact * weights[to_passage]).sum(1)
    return coverage


def _answer_type_columns(inputs: _Inputs) -> list[Floats]:
    """Return the columns has_number to has_reason, has_new_name, log_new_names, gives_name."""
    sentences = [sentence for c in inputs.candidates for sentence in c.sentences]
    expected = inputs.query.expected_type
    zeros = np.zeros(len(sentences))
    has_type = [zeros] * len(_PATTERN_TYPES)
    has_new_name, log_new_names, may_give_name = zeros, zeros, zeros
    if expected in _PATTERN_TYPES:
        flags = [has_answer_type(expected, sentence) for sentence in sentences]
        has_type[_PATTERN_TYPES.index(expected)] = np.array(flags, np.float64)
    if expected in {AnswerType.NAME, AnswerType.PLACE}:
        asked = set(inputs.query.all_terms)
        names_by_sentence = [names for p in inputs.passages for names in p.name_terms]
        new_names = np.array([len(names - asked) for names in names_by_sentence], np.float64)
        log_new_names = np.log1p(new_names)
        if expected is AnswerType.NAME:
            has_new_name = (new_names > 0).astype(np.float64)
    if inputs.query.asks_for_name:
        may_give_name = np.array([gives_name(sentence) for sentence in sentences], np.float64)
    return [*has_type, has_new_name, log_new_names, may_give_name]


def _passage_features(inputs: _Inputs) -> Floats:
    query, candidates, covered = inputs.query, inputs.candidates, inputs.covered
    index_weights = inputs.index_weights
    cosine = np.array([c.cosine for c in candidates])
    bm25 = np.array([c.bm25 for c in candidates])
    best_bm25 = bm25.max() or 1.0
    with_title = np.maximum(covered, inputs.matches.titles)
    titles = np.array([c.title for c in candidates])
    siblings = (titles[:, None] == titles) & ~np.eye(len(titles), dtype=np.bool_)
    asked = set(query.all_terms)
    sentence_cosines = [np.sort(c.sentence_cosines)[::-1] for c in candidates]
    columns = [
        cosine,
        min_max_scale(cosine),
        bm25 / (query.idfs.sum() or 1.0),
        min_max_scale(bm25),
        bm25 / best_bm25,
        covered @ index_weights,
        covered @ inputs.local_weights,
        with_title @ index_weights,
        inputs.matches.titles @ index_weights,
        with_title @ _normalized(query.idfs**2),
        [len(p.title_terms & asked) / max(1, len(p.title_terms)) for p in inputs.passages],
        np.maximum.reduceat(inputs.matches.bigrams, inputs.starts) @ inputs.bigram_weights,
        np.maximum.reduceat(inputs.matches.longest_runs, inputs.starts),
        np.log1p([len(c.text) for c in candidates]),
        [c.paragraph == 1 for c in candidates],
        np.where(siblings.any(1), np.where(siblings, cosine, -1.0).max(1), cosine),
        np.where(siblings, bm25, 0.0).max(1) / best_bm25,
        [cosines[0] for cosines in sentence_cosines],
        [cosines[:2][-1] for cosines in sentence_cosines],  # the only one twice
    ]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


@lru_cache(maxsize=4096)
def _has_blocks(text: str) -> bool:
    return bool(_BLOCKS.search(text))


def _growth(log_corpus_size: float) -> float:
    """Return where the size of the corpus lies between the two sizes, 0 to 1."""
    span = _LARGE_LOG_CORPUS_SIZE - _SMALL_LOG_CORPUS_SIZE
    return min(1.0, max(0.0, (log_corpus_size - _SMALL_LOG_CORPUS_SIZE) / span))


def _rarest_known_idf(query: QueryTerms, max_idf: float) -> float:
    """Return the idf of the rarest known term relative to that of a term in a single passage."""
    known = [query.idfs[i] for term, i in query.columns.items() if term not in query.unknown_terms]
    passage_count = math.exp(max_idf) / 2 - 1  # the idf of an unknown term is log(2n + 2)
    single = math.log1p(max(0.0, passage_count - 0.5) / 1.5)
    return float(max(known, default=0.0) / single) if single else 0.0


def _missing_names(query: QueryTerms, passages: Sequence[PassageTerms]) -> Floats:
    """Return the share of the question's names in neither the passage nor its title."""
    missing = [
        sum(name not in p.positions and name not in p.title_terms for name in query.name_terms)
        for p in passages
    ]
    return np.array(missing, np.float64) / max(1, len(query.name_terms))


def _idf(frequency: Floats, total: Floats | int) -> Floats:
    """Return BM25's idf; 0 for terms that do not occur, which cannot tell passages apart."""
    idf: Floats = np.log1p((total - frequency + 0.5) / (frequency + 0.5)) * (frequency > 0)
    return idf


def _normalized(weights: Floats) -> Floats:
    """Scale weights to a sum of 1; all become 0 if that is impossible."""
    total = float(weights.sum()) if len(weights) else 0.0
    normalized: Floats = weights / total if total and math.isfinite(total) else weights * 0.0
    return normalized
