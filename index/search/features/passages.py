"""Compute the features of passages, by which they are ranked."""

import numpy as np

from index.search.features.inputs import FeatureInputs, normalized, stacked
from index.search.fusion import min_max_scale
from index.search.passage_terms import PassageTrait
from index.search.term_matching import Flags, Floats, QueryTerms

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


def passage_features(inputs: FeatureInputs) -> Floats:
    """Compute ``PASSAGE_FEATURES``, shape (passages, features)."""
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
        with_title @ normalized(query.idfs**2),
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
        with_title @ normalized(query.idfs * _of_numbers(query)),
        covered @ normalized(query.idfs * _of_last_sentence(query)),
        _title_echo(inputs),
        candidates.paragraphs <= _LEAD_PASSAGES,
        inputs.have_trait(PassageTrait.ENDS_WITH_QUESTION),
        inputs.matches.article_titles @ index_weights,
        np.log1p((candidates.articles[:, None] == candidates.articles).sum(1)),
        inputs.have_trait(PassageTrait.POINTS_ELSEWHERE),
    ]
    return stacked(columns, len(cosine))


def _best_sentence_cosines(inputs: FeatureInputs) -> tuple[Floats, Floats]:
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


def _title_echo(inputs: FeatureInputs) -> Floats:
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


def _title_in_question(inputs: FeatureInputs) -> Floats:
    """Return the share of each title's terms that the question contains."""
    counts = inputs.table.heading_counts
    asked = inputs.title_to_passage[inputs.title_terms_asked]
    return np.bincount(asked, minlength=len(counts)) / np.maximum(1, counts)
