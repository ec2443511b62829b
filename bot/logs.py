"""Logging, configured once by ``main``; everything else only asks for a logger."""

import logging
import sys


def configure(level: str = "WARNING") -> None:
    """Log to stderr from ``level`` on: DEBUG, INFO, WARNING or ERROR."""
    logging.basicConfig(
        level=level.upper(),
        stream=sys.stderr,
        format="%(asctime)s %(levelname)-7s %(name)s: %(message)s",
        datefmt="%Y-%m-%d %H:%M:%S",
        force=True,
    )
