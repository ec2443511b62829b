"""Measure retrieval and verdicts; calibrate the verdict to a corpus."""
