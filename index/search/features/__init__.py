"""Compute the features of a question's candidate passages and their sentences.

Each feature states one thing that a reader could check in the passage: how many terms of the
question it contains, whether they stand together, whether it has a year where "when" was asked.
Terms are weighted by idf (Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and
Beyond", 2009), over the whole index and among the candidates, where terms that only name the
article do not tell passages apart. "Coverage" is the share of the question's content terms,
weighted by their idf in the index unless stated otherwise.
"""
