"""What a question and its candidates have in common, as named numbers.

Each says one thing that a reader could check in the passage: how many of the question's words it
holds, whether they stand together, whether it has a year where "when" was asked. Words weigh by
their rarity (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond",
2009): in the whole index, and among the candidates, where the words that only name the article
tell nothing apart.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.search.answer_types import AnswerType, has_answer_type, says_what_called
from index.search.term_matching import (
    NEVER,
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

SENTENCE_FEATURES = (
    "cosine",  # of the sentence's own vector with the question's
    "coverage",  # share of the question's words in the sentence, by rarity in the index
    "local",  # the same, by rarity among the candidates
    "with_title",  # share in the sentence or the title
    "around",  # share in the sentence or its two neighbours
    "before",  # share in the sentence, the title or any sentence before it in the passage
    "completes",  # 1 where it adds the last of what sentences up to here and the title hold
    "nearest",  # 1 for the sentence of its passage that has the highest cosine
    "carried",  # as before where it opens with a pronoun (It, Their); else as with_title
    "plain",  # share of the words that are no names: names are carried on by pronouns
    "inside",  # share by rarity among the sentences of the passage
    "pairs",  # share of the question's neighbouring words that stand together here too
    "alike",  # share of words of which only a relative is here: resurge, resurgence; typing slips
    "head",  # 1 where it holds the noun after "what" or "which"
    "length", "fresh",  # logarithms of the number of terms, and of those the question has not
    "first",  # 1 for the first sentence of its passage
    "number", "date", "percent", "place", "reason", "name",  # 1 where wanted and there
    "names",  # logarithm of how many names the question has not, where one is wanted
    "called",  # 1 where asked what something is called, and it says that or puts it in quotes
)  # fmt: skip

PASSAGE_FEATURES = (
    "cosine", "cosine_scaled",  # of the passage; scaled to 0..1 among the candidates
    "bm25", "bm25_scaled", "bm25_share",  # over the question's total idf; scaled; over the best
    "coverage", "local", "with_title", "title",  # shares of the question's words, as above
    "rare",  # share in passage or title by the square of rarity: names count most
    "named",  # share of the title's words that the question has
    "pairs", "run",  # neighbouring words; the longest run of words as the question has them
    "length", "opening",  # logarithm of characters; 1 for the first paragraph of its article
    "article_cosine", "article_bm25",  # the best other candidate of the same article
    "near", "near2",  # cosines of its best and second best sentence
)  # fmt: skip

_IN_SENTENCES = (
    AnswerType.NUMBER,
    AnswerType.DATE,
    AnswerType.PERCENT,
    AnswerType.PLACE,
    AnswerType.REASON,
)
_ROUNDING = 1e-9  # what sums of weights in another order differ by, at most
_LARGEST = 8.0  # of ``size``: fitted on corpora of up to 1,400 passages, not to be stretched


@dataclass(frozen=True, slots=True)
class Candidate:
    """What a search knows of a passage that it found.

    ``cosine`` is of the passage's nearest window with the question, ``bm25`` 0.0 where the words
    did not find it; ``sentence_cosines`` has shape ``(len(sentences),)``; ``paragraph`` counts
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
    """Numbers of a question's candidates.

    ``sentences`` (n, len(SENTENCE_FEATURES)) in the order of the candidates, ``owners`` (n,) the
    candidate of each, ``passages`` (candidates, len(PASSAGE_FEATURES)), ``phrases`` (candidates,)
    whether all is held that the question quotes.
    ``known`` is the share of the question's words that any candidate holds, ``words`` their
    number, ``rarest`` the idf of the rarest that some passage holds, as a share of that of a word
    that one passage holds, ``kind_wanted`` whether it wants a kind of answer, ``language`` that of
    ``home``, and ``size`` the idf of a word that no passage holds: the logarithm of twice their
    number. ``unnamed`` (candidates,) is the share of the question's names that neither passage nor
    title has, ``headers`` (n,) which sentences are the header of a table.
    """

    sentences: Floats
    chunk_to_passage: NDArray[np.intp]
    passages: Floats
    known: float
    words: int
    rarest: float
    unnamed: Floats
    kind_wanted: bool
    phrases: Flags
    headers: Flags
    language: str
    size: float


def extract(question: str, candidates: Sequence[Candidate], idf: Idf) -> Features:
    """Features of all candidates; they are compared in the language of ``home``."""
    language = home(candidates)
    asked = parse_query(question, language, idf)
    read = [parse_passage(c.sentences, c.title, c.language) for c in candidates]
    owners = np.repeat(np.arange(len(candidates)), [len(c.sentences) for c in candidates])
    held = match_terms(asked, read)
    shares = _Shares.of(asked, held, owners, len(candidates))
    scene = _Scene(candidates, asked, read, held, shares, owners)
    return Features(
        sentences=_sentence_features(scene),
        chunk_to_passage=owners,
        passages=_passage_features(scene),
        known=float(shares.global_weights @ (shares.passages.max(0) > 0)),
        words=len(asked.words),
        rarest=_rarest(asked, idf(NEVER)),
        unnamed=_unnamed(asked, read),
        kind_wanted=asked.kind is not None,
        phrases=contains_phrases(question, [(c.title, c.text) for c in candidates]),
        headers=np.array([one for passage in read for one in passage.headers], np.bool_),
        language=language,
        size=min(_LARGEST, idf(NEVER)),
    )


def home(candidates: Sequence[Candidate]) -> str:
    """The language of the candidates whose words answer best: the question's, most likely.

    Where no word is found, that of the nearest: the encoder takes what it was not trained on for
    anything.
    """
    words: dict[str, float] = {}
    cosine: dict[str, float] = {}
    for candidate in candidates:
        words[candidate.language] = words.get(candidate.language, 0.0) + candidate.bm25
        cosine[candidate.language] = max(cosine.get(candidate.language, -1.0), candidate.cosine)
    return min(words, key=lambda language: (-words[language], -cosine[language], language))


@dataclass(frozen=True, slots=True)
class _Shares:
    """Words that passages hold, and three ways to weigh words; weights sum to 1 or are all 0."""

    passages: Floats
    global_weights: Floats
    local_weights: Floats
    square_weights: Floats

    @classmethod
    def of(
        cls, asked: QueryTerms, held: TermMatches, owners: NDArray[np.intp], count: int
    ) -> "_Shares":
        passages = _gathered(held.sentences, owners, count)
        local = _rarity(passages.sum(0), count) * asked.idfs
        return cls(passages, _shared(asked.idfs), _shared(local), _shared(asked.idfs**2))


@dataclass(frozen=True, slots=True)
class _Scene:
    """All that is compared for one question."""

    candidates: Sequence[Candidate]
    asked: QueryTerms
    read: Sequence[PassageTerms]
    held: TermMatches
    shares: _Shares
    chunk_to_passage: NDArray[np.intp]


def _sentence_features(scene: _Scene) -> Floats:
    asked, held, shares, owners = scene.asked, scene.held, scene.shares, scene.chunk_to_passage
    first = np.r_[True, owners[1:] != owners[:-1]]
    lengths = np.array([length for passage in scene.read for length in passage.lengths])
    telling = np.array([count for passage in scene.read for count in passage.telling])
    titled = np.maximum(held.sentences, held.titles[owners])
    before = np.maximum(titled, _so_far(held.sentences, first))
    pronouns = np.array([opens for passage in scene.read for opens in passage.pronouns], np.bool_)
    cosines = np.concatenate([c.sentence_cosines for c in scene.candidates])
    so_far = before @ shares.global_weights
    columns = [
        cosines,
        held.sentences @ shares.global_weights,
        held.sentences @ shares.local_weights,
        titled @ shares.global_weights,
        _with_neighbours(held.sentences, first) @ shares.local_weights,
        so_far,
        _completes(so_far, first),
        cosines == _most(cosines, first),
        np.where(pronouns[:, None], before, titled) @ shares.global_weights,
        held.sentences @ _shared(asked.idfs * _plain(asked, scene.read)),
        _inside(asked, held, owners, len(scene.candidates)),
        held.pairs @ _pair_weights(asked),
        held.relatives @ shares.global_weights,
        held.sentences[:, asked.head] if asked.head is not None else np.zeros(len(owners)),
        np.log1p(lengths),
        np.log1p(np.maximum(0, telling - held.met)),  # in another language others are stop words
        first,
        *_kind_columns(scene),
    ]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _with_neighbours(held: Floats, first: Flags) -> Floats:
    """Words of each sentence or of the two beside it in its passage."""
    before, after = np.zeros_like(held), np.zeros_like(held)
    before[1:] = held[:-1] * ~first[1:, None]
    after[:-1] = held[1:] * ~first[1:, None]
    return np.maximum(held, np.maximum(before, after))


def _so_far(held: Floats, first: Flags) -> Floats:
    """Words of each sentence or of any before it in its passage."""
    met = np.cumsum(held, axis=0)
    starts = np.flatnonzero(first)
    before = np.repeat(met[starts] - held[starts], np.diff([*starts, len(held)]), axis=0)
    so_far: Floats = (met > before).astype(np.float64)
    return so_far


def _completes(so_far: Floats, first: Flags) -> Flags:
    """The sentence of each passage with which all is named that the passage names."""
    until = np.where(first, 0.0, np.roll(so_far, 1))
    most = _most(so_far, first) - _ROUNDING
    completes: Flags = (so_far >= most) & (until < most)
    return completes


def _most(values: Floats, first: Flags) -> Floats:
    """For each sentence the most that any of its passage has."""
    starts = np.flatnonzero(first)
    most: Floats = np.maximum.reduceat(values, starts)
    return np.repeat(most, np.diff(np.append(starts, len(values))))


def _plain(asked: QueryTerms, read: Sequence[PassageTerms]) -> Floats:
    """1 for each word that no candidate has with a capital inside a sentence."""
    return np.array(
        [not any(word in passage.named for passage in read) for word in asked.words], np.float64
    )


def _inside(asked: QueryTerms, held: TermMatches, owners: NDArray[np.intp], count: int) -> Floats:
    """Coverage by rarity among the sentences of the passage."""
    sizes = np.bincount(owners, minlength=count)[:, None].astype(np.float64)
    frequency = np.zeros((count, len(asked.words)))
    np.add.at(frequency, owners, held.sentences)
    weights = _rarity(frequency, sizes) * asked.idfs
    weights /= np.maximum(weights.sum(1, keepdims=True), 1e-9)
    inside: Floats = (held.sentences * weights[owners]).sum(1)
    return inside


def _kind_columns(scene: _Scene) -> list[Floats]:
    """number, date, percent, place, reason: 1 where wanted and there; name; names; called."""
    asked, sentences = scene.asked, [s for c in scene.candidates for s in c.sentences]
    nowhere = np.zeros(len(sentences))
    columns = [nowhere] * len(_IN_SENTENCES)
    if asked.kind in _IN_SENTENCES:
        there = [has_answer_type(asked.kind, sentence) for sentence in sentences]
        columns[_IN_SENTENCES.index(asked.kind)] = np.array(there, np.float64)
    one, many = (
        _fresh_names(scene)
        if asked.kind in {AnswerType.NAME, AnswerType.PLACE}
        else (nowhere, nowhere)
    )
    calls = [says_what_called(sentence) for sentence in sentences] if asked.called else nowhere
    return [
        *columns,
        one if asked.kind is AnswerType.NAME else nowhere,
        many,
        np.array(calls, np.float64),
    ]


def _fresh_names(scene: _Scene) -> tuple[Floats, Floats]:
    """1 where a sentence has a name that the question has not; the logarithm of how many."""
    terms = set(scene.asked.terms)
    fresh = np.array(
        [len(found - terms) for passage in scene.read for found in passage.names], np.float64
    )
    return (fresh > 0).astype(np.float64), np.log1p(fresh)


def _passage_features(scene: _Scene) -> Floats:
    asked, held, shares, owners = scene.asked, scene.held, scene.shares, scene.chunk_to_passage
    candidates = scene.candidates
    count = len(candidates)
    cosine = np.array([c.cosine for c in candidates])
    bm25 = np.array([c.bm25 for c in candidates])
    best = bm25.max() or 1.0
    with_title = np.maximum(shares.passages, held.titles)
    others = _others_of_article(candidates)
    near, near2 = _nearest_two(candidates)
    columns = [
        cosine,
        scaled(cosine),
        bm25 / (asked.idfs.sum() or 1.0),
        scaled(bm25),
        bm25 / best,
        shares.passages @ shares.global_weights,
        shares.passages @ shares.local_weights,
        with_title @ shares.global_weights,
        held.titles @ shares.global_weights,
        with_title @ shares.square_weights,
        _named(asked, scene.read),
        _gathered(held.pairs, owners, count) @ _pair_weights(asked),
        _gathered(held.runs[:, None], owners, count)[:, 0],
        np.log1p([len(c.text) for c in candidates]),
        np.array([c.paragraph == 1 for c in candidates], np.float64),
        np.where(others.any(1), np.where(others, cosine, -1.0).max(1), cosine),
        np.where(others, bm25, 0.0).max(1) / best,
        near,
        near2,
    ]
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _named(asked: QueryTerms, read: Sequence[PassageTerms]) -> Floats:
    asked_terms = set(asked.terms)
    return np.array([len(p.title & asked_terms) / max(1, len(p.title)) for p in read])


def _rarest(asked: QueryTerms, never: float) -> float:
    """The idf of the rarest known word as a share of the most that a known one can have."""
    seen = [
        idf for word, idf in zip(asked.words, asked.idfs, strict=True) if word not in asked.unseen
    ]
    passages = math.exp(never) / 2 - 1  # for the idf of a word that none of n has is log(2n + 2)
    once = math.log1p(max(0.0, passages - 0.5) / 1.5)
    return float(max(seen, default=0.0) / once) if once else 0.0


def _unnamed(asked: QueryTerms, read: Sequence[PassageTerms]) -> Floats:
    """Share of the question's names that are missing in each passage and its title."""
    missing = [sum(n not in p.places and n not in p.title for n in asked.names) for p in read]
    return np.array(missing, np.float64) / max(1, len(asked.names))


def _others_of_article(candidates: Sequence[Candidate]) -> NDArray[np.bool_]:
    """Which candidates are other passages of the same article, shape (n, n)."""
    articles = np.array([c.title for c in candidates])
    same: NDArray[np.bool_] = articles[:, None] == articles[None]
    np.fill_diagonal(same, val=False)
    return same


def _nearest_two(candidates: Sequence[Candidate]) -> tuple[Floats, Floats]:
    """Cosines of each candidate's best and second best sentence; the best again if alone."""
    ordered = [np.sort(c.sentence_cosines)[::-1] for c in candidates]
    return (
        np.array([cosines[0] for cosines in ordered], np.float64),
        np.array([cosines[:2][-1] for cosines in ordered], np.float64),
    )


def scaled(values: Floats) -> Floats:
    """Values stretched to 0..1; all 0 where they are equal."""
    spread = values.max() - values.min()
    stretched: Floats = (values - values.min()) / (spread or 1.0)
    return stretched


def _gathered(values: Floats, owners: NDArray[np.intp], count: int) -> Floats:
    """The most that any sentence of each passage has, shape (count, columns)."""
    gathered = np.zeros((count, values.shape[1]))
    np.maximum.at(gathered, owners, values)
    return gathered


def _rarity(frequency: Floats, total: Floats | int) -> Floats:
    """BM25's idf; 0 for what occurs nowhere, which can tell nothing apart."""
    rarity: Floats = np.log1p((total - frequency + 0.5) / (frequency + 0.5)) * (frequency > 0)
    return rarity


def _pair_weights(asked: QueryTerms) -> Floats:
    return _shared(np.array([asked.idfs[a] + asked.idfs[b] for a, b in asked.pairs], np.float64))


def _shared(weights: Floats) -> Floats:
    total = float(weights.sum()) if len(weights) else 0.0
    shares: Floats = weights / total if total and math.isfinite(total) else weights * 0.0
    return shares
