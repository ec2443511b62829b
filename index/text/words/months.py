"""Names of months, in order; the English ones are for parsing dates, too."""

ENGLISH_MONTHS = (
    "january february march april may june july august september october november december".split()
)
GERMAN_MONTHS = (
    "januar februar märz april mai juni juli august september oktober november dezember".split()
)
