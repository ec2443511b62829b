"""The articles that programs and readers outside Discord may see, and addresses of their pages."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote as percent_encode

from bot.config.settings import Settings
from index.filters import Scope
from index.types import Source


def scope_for_programs(settings: Settings) -> Scope:
    """Return the articles that programs may see.

    These are the collections of QUOTH_SERVE_COLLECTIONS, or else, as in a direct message, all
    articles outside of collections that a server has for itself.
    """
    if settings.serve_collections:
        return Scope(collections=settings.serve_collections)
    bound = {name for names in settings.collections.values() for name in names}
    return Scope(excluded_collections=tuple(sorted(bound)), private_collections=())


@dataclass(frozen=True, slots=True)
class PublicPages:
    """Pages at ``base``, such as https://quotes.example.org, of the articles in ``scope``."""

    base: str
    scope: Scope

    def url(self, source: Source) -> str | None:
        """Return the address of an article's page, or None if it has none."""
        if not self.scope.allows(source):
            return None
        return f"{self.base}/a/{percent_encode(source.path, safe='/', errors='replace')}"


def public_page_url(settings: Settings) -> Callable[[Source], str | None] | None:
    """Return a function from an article to its page; None without QUOTH_PUBLIC_URL."""
    if settings.public_url is None:
        return None
    return PublicPages(settings.public_url, scope_for_programs(settings)).url
