"""Compute the features of a question's candidate passages and their sentences.

Each feature states one thing that a reader could check in the passage: how many terms of the
question it contains, whether they stand together, whether it has a year where "when" was asked.
Terms are weighted by idf (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and
Beyond", 2009), over the whole index and among the candidates, where terms that only name the
article do not tell passages apart.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.search.candidates import Candidates
from index.search.fusion import min_max_scale
from index.search.passage_terms import TRAIT_BY_TYPE, PassageTrait, SentenceTrait
from index.search.question.answer_types import AnswerType
from index.search.question.required_content import (
    asked_values,
    asks_how,
    contain_values,
    contains_phrases,
    quoted_phrases,
)
from index.search.term_matching import (
    UNKNOWN_TERM,
    Flags,
    Floats,
    Idf,
    QueryTerms,
    TermMatches,
    are_among,
    match_terms,
    match_titles,
    parse_query,
    wanted_ids,
    with_related_terms,
)
from index.search.term_table import SortedTokens

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
    "has_list",
    "opens_article",  # if the question asks what something is
    "number_coverage",  # of the question's numbers, by passage or title
    "last_sentence_coverage",  # of the question's last sentence, which asks
    "title_echo",  # share of the title's terms, except the question's, that the passage has
    "is_lead",  # 1 for the first two passages of an article, which tell the news
    "ends_with_question",
    "article_title_coverage",  # by the article's title alone, without those of sections
    "log_article_passages",  # of the number of candidates of the same article
    "points_elsewhere",  # 1 if it only says where to read on
)  # fmt: skip

_LEAD_PASSAGES = 2
_ROUNDING = 1e-9  # largest difference between sums of the same weights in another order
# Logarithms of twice the number of passages: most sets that the weights were fitted on have up to
# 1,400 passages, the largest has 200,000.
_SMALL_LOG_CORPUS_SIZE = 8.0
_LARGE_LOG_CORPUS_SIZE = 13.0


@dataclass(frozen=True, slots=True)
class Features:
    """Features of a question's candidates, n sentences in m passages.

    ``sentences`` has shape (n, len(SENTENCE_FEATURES)), in the order of the candidates, and
    ``passages`` (m, len(PASSAGE_FEATURES)). ``sentence_to_passage`` (n,) is the passage of each
    sentence, ``starts`` (m,) and ``lasts`` (m,) are the first and the last sentence of each
    passage, and ``may_be_highlighted`` (n,) tells which sentences may say the answer.
    ``has_phrases`` (m,) tells which passages contain all quoted phrases, ``has_asked_content``
    (m,) which may name the price or version or tell the way that is asked for, and
    ``missing_names`` (m,) is the share of the question's names in neither passage nor title.

    Of the question: ``known_term_share`` is the coverage by all candidates together,
    ``term_count`` the number of its content terms, and ``expects_type`` whether it asks for a
    known answer type. ``rarest_known_idf`` is relative to the idf of a term in a single passage.
    ``log_corpus_size`` is the idf of an unknown term: the logarithm of twice the number of
    passages, capped. ``language`` is the dominant language of the candidates.

    Of the corpus, to choose weights: ``documentation`` is 0 for prose and 1 for documentation, see
    ``documentation_share``; ``growth`` is 0 up to 1,400 passages and 1 from 200,000 on, by
    logarithm, and 0 for documentation, because its weights were learned from news.
    """

    sentences: Floats
    passages: Floats
    sentence_to_passage: NDArray[np.intp]
    starts: NDArray[np.intp]
    lasts: NDArray[np.intp]
    may_be_highlighted: Flags
    has_phrases: Flags
    has_asked_content: Flags
    missing_names: Floats
    known_term_share: float
    term_count: int
    expects_type: bool
    rarest_known_idf: float
    log_corpus_size: float
    language: str
    documentation: float
    growth: float


def extract_features(
    question: str,
    candidates: Candidates,
    idf: Idf,
    supported_languages: Collection[str] | None = None,
) -> Features:
    """Compute the features of all candidates, with terms in their dominant language.

    In a language other than the ``supported_languages`` of the encoder (ISO 639-1, None for all),
    related terms match in the stead of unknown ones.
    """
    language = candidates.language
    query = parse_query(question, language, idf)
    if supported_languages is not None and language not in supported_languages:
        relate = partial(candidates.terms.vocabulary.related, language=language)
        query = with_related_terms(query, relate)
    tokens, counts = SortedTokens(candidates.terms), candidates.terms.sentence_counts
    matches = match_terms(query, tokens)
    starts = counts.cumsum() - counts
    documentation = documentation_share(candidates.terms.passage_traits)
    sentence_to_passage = np.arange(len(candidates)).repeat(counts)
    covered = np.maximum.reduceat(matches.sentences, starts)
    inputs = _Inputs(candidates, tokens, query, matches, sentence_to_passage, starts, covered)
    return Features(
        sentences=_sentence_features(inputs),
        passages=_passage_features(inputs),
        sentence_to_passage=sentence_to_passage,
        starts=starts,
        lasts=starts + counts - 1,
        may_be_highlighted=_may_be_highlighted(inputs, documentation),
        has_phrases=_has_phrases(question, candidates),
        has_asked_content=_has_asked_content(question, inputs),
        missing_names=_missing_names(inputs),
        known_term_share=float(inputs.index_weights @ (covered.max(0) > 0)),
        term_count=len(query.columns),
        expects_type=query.expected_type is not None,
        rarest_known_idf=_rarest_known_idf(query, idf(UNKNOWN_TERM)),
        log_corpus_size=min(_SMALL_LOG_CORPUS_SIZE, idf(UNKNOWN_TERM)),
        language=language,
        documentation=documentation,
        growth=min(1.0, 2 * (1 - documentation)) * _growth(idf(UNKNOWN_TERM)),
    )


def documentation_share(traits: NDArray[np.uint8]) -> float:
    """Return how far passages are documentation, 0 to 1, by those with code, lists or blocks.

    It is 0 up to a quarter of them, as in prose with some lists, and 1 from a half on. ``traits``
    (m,) are theirs.
    """
    if not len(traits):
        return 0.0
    share = np.count_nonzero(traits & int(PassageTrait.HAS_BLOCKS)) / len(traits)
    return min(1.0, max(0.0, 4 * share - 1))


class _Inputs:
    """Everything that features are computed from.

    ``starts`` (passages,) are the first sentences, ``covered`` (passages, terms) is 0 or 1.
    ``title_to_passage`` is the passage of each term in a title, and ``title_terms_asked`` tells
    which of them are in the question.
    """

    def __init__(
        self,
        candidates: Candidates,
        tokens: SortedTokens,
        query: QueryTerms,
        matches: TermMatches,
        sentence_to_passage: NDArray[np.intp],
        starts: NDArray[np.intp],
        covered: Floats,
    ) -> None:
        self.candidates = candidates
        self.tokens = tokens
        self.table = candidates.terms
        self.query = query
        self.matches = matches
        self.sentence_to_passage = sentence_to_passage
        self.starts = starts
        self.covered = covered
        idfs = query.idfs
        self.index_weights = _normalized(idfs)
        self.local_weights = _normalized(_idf(covered.sum(0), len(candidates)) * idfs)
        pairs = [idfs[a] + idfs[b] for a, b in query.bigrams]
        self.bigram_weights = _normalized(np.array(pairs, np.float64))
        self.query_ids = wanted_ids(query.all_terms, self.table)
        self.title_to_passage = np.arange(len(candidates)).repeat(self.table.heading_counts)
        self.title_terms_asked = are_among(self.table.heading_terms, self.query_ids)

    def have_trait(self, trait: PassageTrait) -> Flags:
        """Return which passages have a trait."""
        flags: Flags = (self.table.passage_traits & int(trait)) != 0
        return flags

    def has_trait(self, trait: SentenceTrait) -> Flags:
        """Return which sentences have a trait."""
        flags: Flags = (self.table.traits & int(trait)) != 0
        return flags


def _sentence_features(inputs: _Inputs) -> Floats:
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
        exact @ _normalized(query.idfs * _is_not_name(inputs)),
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


def stacked(columns: Sequence[NDArray[Any] | float], rows: int) -> Floats:
    """Stack columns of numbers and flags, or a number for all rows, shape (rows, columns)."""
    matrix = np.empty((rows, len(columns)))
    for number, column in enumerate(columns):
        matrix[:, number] = column
    return matrix


def _with_neighbours(matches: Floats, is_first: Flags) -> Floats:
    """Return the matches of each sentence or the two beside it in its passage."""
    are_neighbours = ~is_first[1:, None]
    best = matches.copy()
    np.maximum(best[1:], matches[:-1] * are_neighbours, out=best[1:])
    np.maximum(best[:-1], matches[1:] * are_neighbours, out=best[:-1])
    return best


def _cumulative_max(matches: Floats, inputs: _Inputs) -> Floats:
    """Return the matches of each sentence or any before it in its passage."""
    levels = 2.0 * inputs.sentence_to_passage[:, None]  # above all matches of passages before
    maxima: Floats = np.maximum.accumulate(matches + levels) - levels
    return maxima


def _completes_coverage(cumulative: Floats, is_first: Flags, inputs: _Inputs) -> Flags:
    """Return the sentence of each passage at which the cumulative coverage is complete."""
    before = np.zeros_like(cumulative)
    before[1:] = np.where(is_first[1:], 0.0, cumulative[:-1])
    maxima = np.maximum.reduceat(cumulative, inputs.starts)[inputs.sentence_to_passage]
    completes: Flags = (cumulative >= maxima - _ROUNDING) & (before < maxima - _ROUNDING)
    return completes


def _is_not_name(inputs: _Inputs) -> Floats:
    """Return 1 for each query term that no candidate capitalizes inside a sentence."""
    wanted = wanted_ids(inputs.query.columns, inputs.table)
    are_not: Floats = (~are_among(wanted, inputs.table.names)).astype(np.float64)
    return are_not


def _passage_coverage(inputs: _Inputs) -> Floats:
    """Return the coverage by each sentence, weighted by idf among the sentences of its passage."""
    exact, to_passage = inputs.matches.sentences, inputs.sentence_to_passage
    sentence_counts = inputs.table.sentence_counts[:, None].astype(np.float64)
    frequency = np.add.reduceat(exact, inputs.starts)
    weights = _idf(frequency, sentence_counts) * inputs.query.idfs
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
    coverage: Floats = (exact * weights[to_passage]).sum(1)
    return coverage


def _answer_type_columns(inputs: _Inputs) -> list[Floats]:
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


def _new_name_counts(inputs: _Inputs) -> Floats:
    """Return the number of names in each sentence that the question does not have."""
    counts = inputs.table.name_counts
    is_new = ~are_among(inputs.table.names, inputs.query_ids)
    sentences = np.repeat(np.arange(len(counts)), counts)
    return np.bincount(sentences[is_new], minlength=len(counts)).astype(np.float64)


def _passage_features(inputs: _Inputs) -> Floats:
    query, candidates, covered = inputs.query, inputs.candidates, inputs.covered
    index_weights = inputs.index_weights
    cosine, bm25 = candidates.cosines, candidates.bm25
    best_bm25 = bm25.max() or 1.0
    with_title = np.maximum(covered, inputs.matches.titles)
    headings = inputs.table.headings
    siblings = (headings[:, None] == headings) & ~np.eye(len(headings), dtype=np.bool_)
    best_cosine, second_cosine = _best_sentence_cosines(inputs)
    is_first = candidates.paragraphs == 1
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
        _title_in_question(inputs),
        np.maximum.reduceat(inputs.matches.bigrams, inputs.starts) @ inputs.bigram_weights,
        np.maximum.reduceat(inputs.matches.longest_runs, inputs.starts),
        np.log1p(candidates.lengths),
        is_first,
        np.where(siblings.any(1), np.where(siblings, cosine, -1.0).max(1), cosine),
        np.where(siblings, bm25, 0.0).max(1) / best_bm25,
        best_cosine,
        second_cosine,
        inputs.have_trait(PassageTrait.HAS_LIST),
        is_first * query.asks_for_overview,
        with_title @ _normalized(query.idfs * _of_numbers(query)),
        covered @ _normalized(query.idfs * _of_last_sentence(query)),
        _title_echo(inputs),
        candidates.paragraphs <= _LEAD_PASSAGES,
        inputs.have_trait(PassageTrait.ENDS_WITH_QUESTION),
        inputs.matches.article_titles @ index_weights,
        np.log1p((candidates.articles[:, None] == candidates.articles).sum(1)),
        inputs.have_trait(PassageTrait.POINTS_ELSEWHERE),
    ]
    return stacked(columns, len(cosine))


def _best_sentence_cosines(inputs: _Inputs) -> tuple[Floats, Floats]:
    """Return the highest and the second highest cosine of each passage, the only one twice."""
    order = np.lexsort((-inputs.candidates.sentence_cosines, inputs.sentence_to_passage))
    descending = inputs.candidates.sentence_cosines[order].astype(np.float64)
    second = np.where(inputs.table.sentence_counts > 1, inputs.starts + 1, inputs.starts)
    return descending[inputs.starts], descending[second]


def _of_numbers(query: QueryTerms) -> Flags:
    """Return which query terms are numbers."""
    return np.array([term[:1].isdigit() for term in query.columns], np.bool_)


def _of_last_sentence(query: QueryTerms) -> Flags:
    """Return which query terms are in the question's last sentence."""
    flags = np.zeros(len(query.columns), np.bool_)
    flags[list(query.last_sentence)] = True
    return flags


def _title_echo(inputs: _Inputs) -> Floats:
    """Return the share of each title's terms that its passage has, except the question's."""
    table, count = inputs.table, len(inputs.candidates)
    is_new = ~inputs.title_terms_asked
    titled = inputs.title_to_passage[is_new]
    new_terms = table.heading_terms[is_new]
    lengths = np.add.reduceat(table.token_counts, inputs.starts, dtype=np.int64)
    ends = np.cumsum(lengths)
    echoed = inputs.tokens.are_between(new_terms, (ends - lengths)[titled], ends[titled])
    shares = np.bincount(titled[echoed], minlength=count)
    return shares / np.maximum(1, np.bincount(titled, minlength=count))


def _title_in_question(inputs: _Inputs) -> Floats:
    """Return the share of each title's terms that the question contains."""
    counts = inputs.table.heading_counts
    asked = inputs.title_to_passage[inputs.title_terms_asked]
    return np.bincount(asked, minlength=len(counts)) / np.maximum(1, counts)


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


def _missing_names(inputs: _Inputs) -> Floats:
    """Return the share of the question's names in neither the passage nor its title."""
    names = inputs.query.name_terms
    if not names:
        return np.zeros(len(inputs.candidates))
    in_passages = np.maximum.reduceat(inputs.matches.names, inputs.starts)
    in_titles, _ = match_titles(names, inputs.table)
    found = np.maximum(in_titles, in_passages)
    missing: Floats = (1 - found).sum(1) / len(names)
    return missing


def _may_be_highlighted(inputs: _Inputs, documentation: float) -> Flags:
    """Return which sentences may be highlighted: no titles, and in prose no introductions.

    In documentation, "To turn this off, run:" says what the code below it is for.
    """
    barred = SentenceTrait.IS_TITLE
    if not documentation:
        barred |= SentenceTrait.IS_INTRODUCTION
    return ~inputs.has_trait(barred)


def _has_phrases(question: str, candidates: Candidates) -> Flags:
    """Return which passages contain, with their titles, all phrases that the question quotes."""
    if not quoted_phrases(question):
        return np.ones(len(candidates), np.bool_)
    return contains_phrases(question, _titled_texts(candidates))


def _has_asked_content(question: str, inputs: _Inputs) -> Flags:
    """Return which passages may have what the question asks for.

    They name, with their titles, the price or version that is asked for. A release note does not
    say how something is done.
    """
    has_content = np.ones(len(inputs.candidates), np.bool_)
    if values := asked_values(question):
        has_content = contain_values(values, _titled_texts(inputs.candidates))
    if asks_how(question):
        has_content &= ~inputs.have_trait(PassageTrait.IS_RELEASE_NOTE)
    return has_content


def _titled_texts(candidates: Candidates) -> list[str]:
    texts = candidates.texts
    return [f"{texts.heading(row)}\n{texts.passage_text(row)}" for row in candidates.rows]


def _idf(frequency: Floats, total: Floats | int) -> Floats:
    """Return BM25's idf; 0 for terms that do not occur, which cannot tell passages apart."""
    idf: Floats = np.log1p((total - frequency + 0.5) / (frequency + 0.5)) * (frequency > 0)
    return idf


def _normalized(weights: Floats) -> Floats:
    """Scale weights to a sum of 1; all become 0 if that is impossible."""
    total = float(weights.sum()) if len(weights) else 0.0
    normalized: Floats = weights / total if total and math.isfinite(total) else weights * 0.0
    return normalized
