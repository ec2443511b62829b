"""English month names, in order, for parsing dates."""

ENGLISH_MONTHS = (
    "january february march april may june july august september october november december".split()
)
