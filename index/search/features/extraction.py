"""Extract all features of the candidates for a question."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from index.search.candidates import Candidates
from index.search.features.corpus import (
    SMALL_LOG_CORPUS_SIZE,
    corpus_growth,
    documentation_share,
    rarest_known_idf,
)
from index.search.features.inputs import FeatureInputs
from index.search.features.passages import passage_features
from index.search.features.requirements import (
    has_asked_content,
    has_phrases,
    may_be_highlighted,
    missing_names,
)
from index.search.features.sentences import sentence_features
from index.search.term_matching import (
    UNKNOWN_TERM,
    Flags,
    Floats,
    Idf,
    parse_query,
    with_related_terms,
)


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
    related terms match in place of unknown ones.
    """
    language = candidates.language
    query = parse_query(question, language, idf)
    if supported_languages is not None and language not in supported_languages:
        vocabulary = candidates.terms.vocabulary
        relate = partial(vocabulary.related, language=language)
        query = with_related_terms(query, relate, vocabulary.joined_verbs(question, language))
    inputs = FeatureInputs.match(query, candidates)
    documentation = documentation_share(candidates.terms.passage_traits)
    return Features(
        sentences=sentence_features(inputs),
        passages=passage_features(inputs),
        sentence_to_passage=inputs.sentence_to_passage,
        starts=inputs.starts,
        lasts=inputs.lasts,
        may_be_highlighted=may_be_highlighted(inputs, documentation),
        has_phrases=has_phrases(question, candidates),
        has_asked_content=has_asked_content(question, inputs),
        missing_names=missing_names(inputs),
        known_term_share=float(inputs.index_weights @ (inputs.covered.max(0) > 0)),
        term_count=len(query.columns),
        expects_type=query.expected_type is not None,
        rarest_known_idf=rarest_known_idf(query, idf(UNKNOWN_TERM)),
        log_corpus_size=min(SMALL_LOG_CORPUS_SIZE, idf(UNKNOWN_TERM)),
        language=language,
        documentation=documentation,
        growth=min(1.0, 2 * (1 - documentation)) * corpus_growth(idf(UNKNOWN_TERM)),
    )
