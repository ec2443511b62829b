"""Find, rank, judge and quote passages of a folder of articles. Knows nothing of Discord."""
