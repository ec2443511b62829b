"""Shapes of requests and answers, from which tool schemas and the OpenAPI document are made."""

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from index.searcher import MAX_QUESTION_CHARS
from index.verification.verify import MAX_TEXT_CHARS

MAX_RESULTS = 50


def _whole(value: object) -> object:
    """Convert 3.0, which is an integer in JSON."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WholeNumber = Annotated[int, BeforeValidator(_whole)]
Question = Annotated[
    str, Field(min_length=1, max_length=MAX_QUESTION_CHARS, description="The question.")
]
Text = Annotated[
    str,
    Field(
        min_length=1,
        max_length=MAX_TEXT_CHARS,
        description="The quotation to check; … stands for words left out.",
    ),
]
ArticleName = Annotated[
    str, Field(min_length=1, max_length=1000, description="Path of an article, as in a citation.")
]
ArticleFilter = Annotated[
    str | None,
    Field(max_length=1000, description="Only this article: its path, or words from its title."),
]
PublisherFilter = Annotated[
    str | None, Field(max_length=200, description="Only articles from this publisher.")
]
SinceFilter = Annotated[
    str | None,
    Field(max_length=100, description="Only newer articles: 2019, March 2024, 2024-03-01."),
]
Quotes = Annotated[
    Annotated[WholeNumber, Field(ge=1, le=MAX_RESULTS)] | None,
    Field(description="Number of quotes to return; by default as many as needed, up to 5."),
]
Results = Annotated[
    WholeNumber, Field(ge=1, le=MAX_RESULTS, description="Most passages to return.")
]
Skip = Annotated[
    WholeNumber, Field(ge=0, le=10_000, description="Results to leave out, for the next page.")
]
Paragraph = Annotated[
    WholeNumber,
    Field(ge=1, le=10_000_000, description="Number of a paragraph, from 1, as in a citation."),
]
Before = Annotated[
    WholeNumber, Field(ge=0, le=MAX_RESULTS, description="Paragraphs to add before that one.")
]
Count = Annotated[
    WholeNumber, Field(ge=1, le=MAX_RESULTS, description="Most paragraphs from that one on.")
]
TitleSearch = Annotated[
    str, Field(max_length=200, description="Part of a title, publisher or path.")
]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class AskRequest(_Request):
    """A question with its filters."""

    question: Question
    quotes: Quotes = None
    skip: Skip = 0
    article: ArticleFilter = None
    publisher: PublisherFilter = None
    since: SinceFilter = None


class SearchRequest(_Request):
    """A query with its filters."""

    query: Question
    limit: Results = 10
    article: ArticleFilter = None
    publisher: PublisherFilter = None
    since: SinceFilter = None


class VerifyRequest(_Request):
    """A text that may be a quotation."""

    text: Text
    article: ArticleFilter = None


class ShowRequest(_Request):
    """A part of an article."""

    article: ArticleName
    paragraph: Paragraph = 1
    before: Before = 0
    count: Count = 10


class SourcesRequest(_Request):
    """A page of the list of articles."""

    search: TitleSearch = ""
    skip: Skip = 0
    limit: Results = 50


class SliceModel(BaseModel):
    """A slice of an article; offsets are characters in its text."""

    start: int
    end: int
    text: str


class ContextModel(SliceModel):
    """A slice beside a passage that says what it belongs to, such as a heading."""

    kind: str


class CitationModel(BaseModel):
    """A cited paragraph: ``text`` is word for word ``article[start:end]``."""

    article: str
    title: str
    publisher: str | None
    author: str | None
    published: str | None
    url: str | None = Field(description="A link to the article, if it has one.")
    paragraph: int
    section: str | None = None
    page: int | None = None
    anchor: str | None = None
    checked: str | None = Field(
        default=None, description="The date on which a followed article was last checked."
    )
    start: int
    end: int
    text: str
    context: list[ContextModel]


class DuplicateModel(CitationModel):
    """The same sentence in another article."""

    highlight: SliceModel


class QuoteModel(DuplicateModel):
    """A quote, best first; ``highlight`` is its sentence that answers.

    ``part`` is the number of the question in ``parts`` that it answers.
    """

    number: int
    part: int | None = None
    score: float
    also: list[DuplicateModel] = []


Verdict = Literal["answered", "closest", "nothing"]


class QuestionPartModel(BaseModel):
    """A question within one that asks several; ``query`` is what was searched for."""

    question: str
    query: str
    verdict: Verdict


class AnswerModel(BaseModel):
    """An answer; ``closest`` means that the quotes may not answer the question.

    ``parts`` are the questions within one that asks several; their quotes follow in that order.
    """

    question: str
    corrected: str | None = Field(
        default=None, description="The question as searched for, if its spelling was corrected."
    )
    verdict: Verdict
    parts: list[QuestionPartModel] = []
    quotes: list[QuoteModel]
    has_more: bool
    snapshot: str = Field(description="Changes whenever the index does.")
    seconds: float


class RankingModel(BaseModel):
    """Passages about a query, best first, whether or not they answer it."""

    query: str
    results: list[QuoteModel]
    snapshot: str


class PartModel(BaseModel):
    """A part of a word diff; the quoted and the stored texts of all parts join to the whole."""

    change: Literal["same", "changed", "omitted"]
    quoted: str = Field(description="Words of the text that was checked.")
    stored: str = Field(description="Words of the article.")


class PlaceModel(CitationModel):
    """A place of a text in an article; ``passage`` is the paragraph in which it begins."""

    literal: bool = Field(description="True if no mark, space or capital differs.")
    similarity: float = Field(description="Share of words that are the same.")
    diff: list[PartModel]
    passage: SliceModel


class VerificationModel(BaseModel):
    """The outcome of a check.

    ``exact``: word for word in the articles. ``near``: ``diff`` shows the changes. ``none``: not
    there.
    """

    text: str
    match: Literal["exact", "near", "none"]
    places: list[PlaceModel]
    has_more: bool
    snapshot: str
    seconds: float


class SourceModel(BaseModel):
    """An article in the list; ``passages`` is its number of paragraphs."""

    article: str
    title: str
    publisher: str | None
    author: str | None
    published: str | None
    url: str | None
    language: str | None
    passages: int


class SourcesModel(BaseModel):
    """A page of the list of articles, newest first; ``total`` counts all that match."""

    total: int
    sources: list[SourceModel]
    snapshot: str


class ParagraphModel(SliceModel):
    """A paragraph of an article."""

    paragraph: int
    section: str | None = None
    page: int | None = None


class ArticleModel(SourceModel):
    """Paragraphs of an article in order; ``next`` is the first one behind them, if any."""

    paragraphs: list[ParagraphModel]
    next: int | None
    snapshot: str


class ErrorModel(BaseModel):
    """A reason in one line."""

    error: str
