"""English of the command line."""


def plural(count: int, noun: str) -> str:
    """Return a number with its noun, such as "1 article" and "2,000 articles"."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
