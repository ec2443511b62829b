"""Spread the later passages of a ranking over more articles.

The first passages of an article often say that it is not the one that answers, and then the rest
of it is no more likely to. So the more passages of its article come before it, the later a passage
comes, as in "maximal marginal relevance" (Carbonell & Goldstein, "The Use of MMR, Diversity-Based
Reranking for Reordering Documents and Producing Summaries", SIGIR 1998).
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from index.search.candidates import Candidates
from index.search.features.corpus import documentation_share
from index.search.ranker import RankedPassage
from index.search.selection.helpful import MAX_QUOTES

_ARTICLE_DISCOUNT = 0.25  # of the score, for each passage of the same article before


def spread_articles(
    ranking: Sequence[RankedPassage], candidates: Candidates
) -> list[RankedPassage]:
    """Lower passages whose article stands above them; the first page of an answer stays.

    In prose the order stays: an article is about one subject, and others are about another.
    """
    share = documentation_share(candidates.terms.passage_traits)
    if not share:
        return [*ranking]
    articles = dict(zip(candidates.rows, candidates.articles.tolist(), strict=True))
    first, later = ranking[:MAX_QUOTES], ranking[MAX_QUOTES:]
    before = Counter(articles[passage.row] for passage in first)
    spread = []
    for passage in later:
        article = articles[passage.row]
        discount = share * _ARTICLE_DISCOUNT * before[article]
        spread.append(replace(passage, score=passage.score - discount))
        before[article] += 1
    return [*first, *sorted(spread, key=lambda passage: -passage.score)]
