"""Checks on URLs that come from documents and users."""

from urllib.parse import urlsplit


def is_http_url(url: str) -> bool:
    """Return whether ``url`` is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False
