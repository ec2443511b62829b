"""Select what an answer shows of a ranking: no repetitions, the newest edition, many articles."""
