"""The columns of an article in a corpus, and how to write those of all articles.

The columns of an article that has not changed are read from one snapshot and written into the next.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.text.spans import Span
from index.types import Article, Context, ContextKind, Metadata, Passage, digest

TEXT_FILE = "text.bin"  # texts of all articles in UTF-8
ARTICLES_FILE = "articles.jsonl"  # path, digest and metadata of an article per line
SECTIONS_FILE = "sections.json"
NO_SECTION = -1
CONTEXT_KINDS = tuple(ContextKind)  # by their stored number

DTYPES = {
    "articles": np.dtype([("line", "u8"), ("start", "u8"), ("end", "u8"), ("first_row", "u8")]),
    "passages": np.dtype(
        [
            ("article", "u4"), ("start", "u4"), ("end", "u4"),
            ("byte_start", "u8"), ("byte_end", "u8"), ("paragraph", "u4"),
            ("section", "i4"), ("page", "u4"), ("first_sentence", "u8"),
            ("first_context", "u8"), ("last_context", "u8"),
        ]
    ),
    "sentences": np.dtype([("start", "u4"), ("end", "u4"), ("label_chars", "u2")]),
    "contexts": np.dtype(
        [("kind", "u1"), ("start", "u4"), ("end", "u4"), ("byte_start", "u8"), ("byte_end", "u8")]
    ),
}  # fmt: skip
CORPUS_FILES = (TEXT_FILE, ARTICLES_FILE, SECTIONS_FILE, *(f"{name}.npy" for name in DTYPES))

Section = tuple[str | None, str | None, Metadata | None]  # heading, anchor, feed entry
_Columns = NDArray[Any]


class ArticleText(Protocol):
    """The text of an article in UTF-8, wherever it is kept."""

    @property
    def size(self) -> int:
        """Its length in bytes."""

    def read(self) -> bytes:
        """Return it."""


@dataclass(frozen=True, slots=True)
class TextInMemory:
    """A text that is kept in memory."""

    text: bytes

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.text)

    def read(self) -> bytes:
        """Return it."""
        return self.text


@dataclass(frozen=True, slots=True)
class CorpusColumns:
    """An article and its passages; bytes, sections, sentences and contexts count from its first.

    ``line`` is that of ``ARTICLES_FILE``; the article's number in ``passages`` is not set.
    """

    text: ArticleText
    line: bytes
    passages: _Columns
    sentences: _Columns
    contexts: _Columns
    sections: tuple[Section, ...]


def corpus_columns(article: Article, passages: Sequence[Passage]) -> CorpusColumns:
    """Return the columns of an article."""
    spans = [
        *((passage.start, passage.end) for passage in passages),
        *((each.start, each.end) for passage in passages for each in passage.context),
    ]
    byte = _byte_offsets(article.text, spans)
    sections: dict[Section, int] = {}
    context_spans: dict[tuple[Context, ...], Span] = {}  # passages of a section share them
    rows: list[tuple[int, ...]] = []
    sentences: list[tuple[int, ...]] = []
    contexts: list[tuple[int, ...]] = []
    for passage in passages:
        if passage.context not in context_spans:
            first = len(contexts)
            contexts += [_context_row(each, byte) for each in passage.context]
            context_spans[passage.context] = (first, len(contexts))
        rows.append(
            (
                0, passage.start, passage.end, byte[passage.start], byte[passage.end],
                passage.paragraph, _section_number(passage, sections), passage.page or 0,
                len(sentences), *context_spans[passage.context],
            )
        )  # fmt: skip
        sentences += [(each.start, each.end, each.label_chars) for each in passage.sentences]
    return CorpusColumns(
        text=TextInMemory(encode(article.text)),
        line=_metadata_line(article),
        passages=np.array(rows, DTYPES["passages"]),
        sentences=np.array(sentences, DTYPES["sentences"]),
        contexts=np.array(contexts, DTYPES["contexts"]),
        sections=tuple(sections),
    )


def write_corpus(folder: Path, articles: Sequence[CorpusColumns]) -> None:
    """Write articles, numbered in this order, into ``folder``."""
    with (folder / TEXT_FILE).open("wb") as file:
        file.writelines(each.text.read() for each in articles)
    with (folder / ARTICLES_FILE).open("wb") as file:
        file.writelines(each.line for each in articles)
    lines = _firsts(len(each.line) for each in articles)
    texts = _firsts(each.text.size for each in articles)
    rows = _firsts(len(each.passages) for each in articles)
    passages, contexts = _passages_and_contexts(articles, texts)
    sections = _write_sections(folder, articles)
    if len(sections):
        firsts = _firsts(len(each.sections) for each in articles).astype(np.int64)
        numbers = passages["section"] + np.repeat(firsts[:-1], np.diff(rows).astype(np.int64))
        has_section = passages["section"] != NO_SECTION
        passages["section"][has_section] = sections[numbers[has_section]]
    columns = {
        "articles": _records("articles", lines[:-1], texts[:-1], texts[1:], rows[:-1]),
        "passages": passages,
        "sentences": _joined("sentences", (each.sentences for each in articles)),
        "contexts": contexts,
    }
    for name, values in columns.items():
        np.save(folder / f"{name}.npy", values)


def _passages_and_contexts(
    articles: Sequence[CorpusColumns], texts: NDArray[np.uint64]
) -> tuple[_Columns, _Columns]:
    """Join passages and contexts of all articles, counted from the first article's."""
    passages = _joined("passages", (each.passages for each in articles))
    contexts = _joined("contexts", (each.contexts for each in articles))
    in_passages = partial(np.repeat, repeats=[len(each.passages) for each in articles])
    in_contexts = partial(np.repeat, repeats=[len(each.contexts) for each in articles])
    passages["article"] = in_passages(np.arange(len(articles)))
    for column in ("byte_start", "byte_end"):
        passages[column] += in_passages(texts[:-1])
        contexts[column] += in_contexts(texts[:-1])
    passages["first_sentence"] += in_passages(_firsts(len(e.sentences) for e in articles)[:-1])
    for column in ("first_context", "last_context"):
        passages[column] += in_passages(_firsts(len(each.contexts) for each in articles)[:-1])
    return passages, contexts


def _write_sections(folder: Path, articles: Sequence[CorpusColumns]) -> NDArray[np.int32]:
    """Write the distinct sections; return the number of each article's, end to end."""
    numbers: dict[Section, int] = {}
    own = [numbers.setdefault(key, len(numbers)) for each in articles for key in each.sections]
    rows = [
        [heading, anchor, *([asdict(origin)] if origin else [])]
        for heading, anchor, origin in numbers
    ]
    (folder / SECTIONS_FILE).write_text(json.dumps(rows, ensure_ascii=False), "utf-8")
    return np.array(own, np.int32)


def _firsts(lengths: Iterable[int]) -> NDArray[np.uint64]:
    """Return where each of several parts begins, and where the last ends."""
    return np.fromiter(accumulate(lengths, initial=0), np.uint64)


def _joined(name: str, parts: Iterable[_Columns]) -> _Columns:
    return np.concatenate([np.zeros(0, DTYPES[name]), *parts])


def _records(name: str, *columns: NDArray[Any]) -> _Columns:
    records = np.empty(len(columns[0]), DTYPES[name])
    for field, values in zip(DTYPES[name].names or (), columns, strict=True):
        records[field] = values
    return records


def _section_number(passage: Passage, sections: dict[Section, int]) -> int:
    if passage.section is None and passage.origin is None:
        return NO_SECTION
    return sections.setdefault((passage.section, passage.anchor, passage.origin), len(sections))


def _context_row(context: Context, byte: Mapping[int, int]) -> tuple[int, ...]:
    start, end = context.start, context.end
    return (CONTEXT_KINDS.index(context.kind), start, end, byte[start], byte[end])


def _byte_offsets(text: str, spans: Iterable[Span]) -> dict[int, int]:
    """Return the byte of each edge of the spans."""
    offsets: dict[int, int] = {}
    char = byte = 0
    for edge in sorted({edge for span in spans for edge in span}):
        byte += len(encode(text[char:edge]))
        offsets[edge], char = byte, edge
    return offsets


def _metadata_line(article: Article) -> bytes:
    metadata = asdict(article.metadata)
    values = {"path": article.path, "digest": digest(article.text), "metadata": metadata}
    return json.dumps(values, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def encode(text: str) -> bytes:
    """Encode text in UTF-8, with lone surrogates as they are."""
    return text.encode("utf-8", "surrogatepass")
