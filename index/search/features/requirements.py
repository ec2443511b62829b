"""Tell which passages may answer a question, and which sentences may be highlighted."""

import numpy as np

from index.search.candidates import Candidates
from index.search.features.inputs import FeatureInputs
from index.search.passage_terms import PassageTrait, SentenceTrait
from index.search.question.required_content import (
    asked_values,
    asks_how,
    contain_values,
    contains_phrases,
    quoted_phrases,
)
from index.search.term_matching import Flags, Floats, match_titles


def missing_names(inputs: FeatureInputs) -> Floats:
    """Return the share of the question's names in neither the passage nor its title."""
    names = inputs.query.name_terms
    if not names:
        return np.zeros(len(inputs.candidates))
    in_passages = np.maximum.reduceat(inputs.matches.names, inputs.starts)
    in_titles, _ = match_titles(names, inputs.table)
    found = np.maximum(in_titles, in_passages)
    missing: Floats = (1 - found).sum(1) / len(names)
    return missing


def may_be_highlighted(inputs: FeatureInputs, documentation: float) -> Flags:
    """Return which sentences may be highlighted: no titles, and in prose no introductions.

    In documentation, "To turn this off, run:" says what the code below it is for.
    """
    barred = SentenceTrait.IS_TITLE
    if not documentation:
        barred |= SentenceTrait.IS_INTRODUCTION
    return ~inputs.has_trait(barred)


def has_phrases(question: str, candidates: Candidates) -> Flags:
    """Return which passages contain, with their titles, all phrases that the question quotes."""
    if not quoted_phrases(question):
        return np.ones(len(candidates), np.bool_)
    return contains_phrases(question, _titled_texts(candidates))


def has_asked_content(question: str, inputs: FeatureInputs) -> Flags:
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
