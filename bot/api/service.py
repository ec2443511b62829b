"""Ask, search, show, list and verify within the articles that programs may see. Read only."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from bot.api.models import (
    AskRequest,
    SearchRequest,
    ShowRequest,
    SourcesRequest,
    VerifyRequest,
)
from bot.api.values import (
    answer_values,
    paragraph_values,
    quote_values,
    source_values,
    verification_values,
)
from bot.config.settings import Settings
from bot.questions.public_pages import scope_for_programs
from bot.questions.question import Question, check_length, resolve_filters
from bot.services.search_pool import SearchPool
from bot.storage.usage import today
from index.errors import QuestionError
from index.filters import Scope
from index.search.selection.helpful import MAX_QUOTES
from index.search.verdict import Strictness
from index.searcher import Searcher
from index.types import Quote, Source, digest
from index.verification.verify import verify

_MAX_SHOWN_CHARS = 60_000  # of paragraphs in one answer

Values = dict[str, Any]


class ArticleMissing(QuestionError):
    """There is no such article, or programs may not see it."""


@dataclass
class ProgramService:
    """Answers for programs, as JSON values. Every method raises QuothError."""

    pool: SearchPool
    scope: Scope
    strictness: Strictness

    @classmethod
    def from_settings(cls, settings: Settings, pool: SearchPool) -> Self:
        """Create with a search pool that may not be started yet."""
        return cls(pool, scope_for_programs(settings), Strictness(settings.strictness))

    async def ask(self, request: AskRequest) -> Values:
        """Answer a question."""
        question = await self._validated(request.question, request)
        answer = await self.pool.ask(
            question.text,
            limit=request.quotes or MAX_QUOTES,
            fill=request.quotes is not None,
            skip=request.skip,
            scope=question.narrow_scope(self.scope),
            strictness=self.strictness,
        )
        return answer_values(answer, ranking=False) | {"snapshot": _opaque(answer.snapshot)}

    async def search(self, request: SearchRequest) -> Values:
        """Rank the passages about a query, without a verdict."""
        query = await self._validated(request.query, request)
        scope = query.narrow_scope(self.scope)

        def rank(searcher: Searcher) -> tuple[str, list[Quote]]:
            ranking = searcher.rank(query.text, scope)[: request.limit]
            quotes = [searcher.quoter.quote(number, each) for number, each in enumerate(ranking, 1)]
            searcher.quoter.check(*quotes)
            return searcher.snapshot, quotes

        snapshot, quotes = await self.pool.run(rank)
        results = [quote_values(quote) for quote in quotes]
        return {"query": request.query, "results": results, "snapshot": _opaque(snapshot)}

    async def verify(self, request: VerifyRequest) -> Values:
        """Check whether a text is word for word in the articles."""
        question = Question(request.text, source=request.article)
        scope = (await self._resolved(question)).narrow_scope(self.scope)
        result = await self.pool.run(lambda searcher: verify(searcher, request.text, scope))
        return verification_values(result) | {"snapshot": _opaque(result.snapshot)}

    async def show(self, request: ShowRequest) -> Values:
        """Return paragraphs of an article. Raises ArticleMissing."""
        await self.pool.refresh()
        source = await self.find(request.article)
        if request.paragraph > source.passages:
            raise ArticleMissing(
                f"{source.path} has {source.passages} paragraphs; there is no {request.paragraph}"
            )
        first = max(1, request.paragraph - request.before)
        last = min(source.passages, request.paragraph + request.count - 1)
        quotes = await self.paragraphs(source, first, last)
        shown = _within_limit(quotes)
        following = first + len(shown)
        return {
            **source_values(source),
            "paragraphs": [paragraph_values(quote) for quote in shown],
            "next": following if following <= source.passages else None,
            "snapshot": _opaque(self.pool.snapshot),
        }

    async def paragraphs(self, source: Source, first: int, last: int) -> list[Quote]:
        """Quote the paragraphs of an article from ``first`` to ``last``, whole."""

        def read(searcher: Searcher) -> list[Quote]:
            passages = [each.passage for each in searcher.passages(source.path)[first - 1 : last]]
            return [
                searcher.quoter.quote_span(number, source.path, passage.start, passage.end)
                for number, passage in enumerate(passages, first)
            ]

        return await self.pool.run(read)

    async def sources(self, request: SourcesRequest) -> Values:
        """List the articles, newest first."""
        await self.pool.refresh()
        total, page, snapshot = await self.pool.read(
            self.scope,
            lambda articles: (
                *articles.search(request.search, request.skip, request.limit),
                articles.searcher.snapshot,
            ),
        )
        return {
            "total": total,
            "sources": [source_values(source) for source in page],
            "snapshot": _opaque(snapshot),
        }

    async def find(self, article: str) -> Source:
        """Return an article by its path. Raises ArticleMissing."""
        source = await self.pool.read(self.scope, lambda articles: articles.get(article))
        if source is None:
            raise ArticleMissing(
                f"there is no article {article[:200]!r}; list them to see their paths"
            )
        return source

    async def _validated(self, text: str, request: AskRequest | SearchRequest) -> Question:
        question = Question(text, request.article, request.publisher, request.since)
        return await self._resolved(question)

    async def _resolved(self, question: Question) -> Question:
        check_length(question)
        if not question.has_filters:
            return question
        return await self.pool.read(
            self.scope, lambda articles: resolve_filters(question, articles, today())
        )


def _within_limit(quotes: Sequence[Quote]) -> Sequence[Quote]:
    """Return as many paragraphs as fit in an answer, but at least one."""
    chars = 0
    for index, quote in enumerate(quotes):
        chars += len(quote.passage.text)
        if chars > _MAX_SHOWN_CHARS and index:
            return quotes[:index]
    return quotes


def _opaque(snapshot: str) -> str:
    """Hide the time and the process id of a build in the name of its snapshot."""
    return digest(snapshot)[:12]
