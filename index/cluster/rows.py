"""Rows of passages: identity, what is stored of each, and how it is packed into bytes."""

import hashlib
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from index.errors import SnapshotDamaged
from index.search.passage_terms import (
    Heading,
    PassageTerms,
    PassageTrait,
    SentenceTerms,
    SentenceTrait,
)
from index.store.corpus_columns import encode
from index.store.manifest import SCHEMA
from index.text.tokenize import terms
from index.types import Article, ContextKind, ContextSlice, Metadata, Sentence

VERSION_BYTES = 16
_POSITIVE = (1 << 63) - 1  # Milvus and PostgreSQL have signed 64-bit numbers
_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")

HalfVectors = NDArray[np.float16]

# The checksum of a passage, computed by PostgreSQL.
CHECKSUM = (
    "sha256(int8send(row) || version"
    + "".join(
        f" || int4send(length({column})) || {column}" for column in ("place", "text", "vectors")
    )
    + ")"
)


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage with all that ranking and quoting need.

    ``text`` equals ``article.text[start:end]``; the offsets of ``sentences`` are those in the
    article, too. ``chunks`` (w, dim) are the vectors of its chunks, ``vectors`` (s, dim) those of
    its sentences. ``version`` identifies its article as built, ``chunk_keys`` are hashes of the
    chunks' texts, by which a later build finds vectors to reuse.
    """

    row: int
    version: bytes
    paragraph: int
    start: int
    end: int
    text: str
    section: str | None
    anchor: str | None
    page: int | None
    sentences: tuple[Sentence, ...]
    context: tuple[ContextSlice, ...]
    origin: Metadata | None
    terms: PassageTerms
    chunks: HalfVectors
    vectors: HalfVectors
    chunk_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PackedRow:
    """The columns of ``quoth_index.passages``, in their order."""

    row: int
    version: bytes
    paragraph: int
    place: bytes
    text: bytes
    vectors: bytes
    checksum: bytes


def article_version(article: Article, encoder: str) -> bytes:
    """Identify an article as built by an encoder: its path, text, metadata and blocks.

    Passages of the same version are the same in every snapshot.
    """
    values = [SCHEMA, encoder, article.path, article.text, asdict(article.metadata)]
    blocks = [asdict(each) for each in (*article.blocks, *filter(None, [article.heading]))]
    packed = json.dumps([*values, article.heading is None, blocks], sort_keys=True).encode()
    return hashlib.blake2b(packed, digest_size=VERSION_BYTES).digest()


def text_key(text: str) -> str:
    """Hash a text that was encoded, to find its vector again."""
    return hashlib.blake2b(encode(text), digest_size=VERSION_BYTES).hexdigest()


def row_id(version: bytes, paragraph: int) -> int:
    """Return the row of a passage, a positive 63-bit number; ``paragraph`` counts from 1."""
    return _hash(b"row", version, paragraph.to_bytes(8, "big"))


def chunk_id(row: int, number: int) -> int:
    """Return the primary key of a passage's chunk; that of the first, number 0, is the row."""
    return row if number == 0 else _hash(b"chunk", *(n.to_bytes(8, "big") for n in (row, number)))


def article_key(version: bytes) -> int:
    """Return the number of an article's version in filters."""
    return int.from_bytes(version[:8], "big") & _POSITIVE


def filter_key(name: str) -> int:
    """Return the number that stands for a folder or a publisher in filters; "" is 0."""
    return _hash(b"name", encode(name)) if name else 0


def date_key(date: str | None) -> int:
    """Return an ISO date, or a prefix of one, as the number YYYYMMDD; missing parts are 00."""
    if not date or not (match := _DATE.match(date)):
        return 0
    return int("".join(part or "00" for part in match.groups()))


def _hash(*parts: bytes) -> int:
    return xxhash.xxh3_64_intdigest(b"\0".join(parts)) & _POSITIVE


def pack(row: PassageRow) -> PackedRow:
    """Pack a row into the columns of its table."""
    own = row.terms
    words = [word for each in own.sentences for word in each.words]
    covered = words + [each for sentence in own.sentences for each in sentence.identifiers]
    place = {
        "span": [row.start, row.end, len(row.chunks)],
        "keys": row.chunk_keys,
        "section": [row.section, row.anchor, row.page],
        "sentences": [[each.start, each.end, each.label_chars] for each in row.sentences],
        "context": [[each.kind, each.start, each.end, each.text] for each in row.context],
        "origin": asdict(row.origin) if row.origin else None,
        "heading": list(astuple(own.heading)),
        "traits": int(own.traits),
        "terms": [
            [each.words, each.identifiers, each.names, each.non_stop_count, int(each.traits)]
            for each in own.sentences
        ],
        "all_terms": None if own.terms == covered else own.terms,
    }
    packed = json.dumps(place, separators=(",", ":")).encode()  # surrogates are escaped
    text, vectors = encode(row.text), np.vstack([row.chunks, row.vectors]).astype("<f2").tobytes()
    checksum = _checksum(row.row, row.version, packed, text, vectors)
    return PackedRow(row.row, row.version, row.paragraph, packed, text, vectors, checksum)


def unpack(packed: PackedRow) -> PassageRow:
    """Unpack a row. Raises SnapshotDamaged if it has changed since it was packed."""
    place, text, vectors = bytes(packed.place), bytes(packed.text), bytes(packed.vectors)
    version = bytes(packed.version)
    if (
        _checksum(packed.row, version, place, text, vectors) != bytes(packed.checksum)
        or row_id(version, packed.paragraph) != packed.row
    ):
        raise SnapshotDamaged(
            f"passage {packed.row} has changed in PostgreSQL since it was built; "
            "run `quoth build` to write it again"
        )
    values: dict[str, Any] = json.loads(place)
    start, end, chunk_count = values["span"]
    section, anchor, page = values["section"]
    halves = np.frombuffer(vectors, "<f2").reshape(chunk_count + len(values["sentences"]), -1)
    return PassageRow(
        row=packed.row,
        version=version,
        paragraph=packed.paragraph,
        start=start,
        end=end,
        text=text.decode("utf-8", "surrogatepass"),
        section=section,
        anchor=anchor,
        page=page,
        sentences=tuple(Sentence(*each) for each in values["sentences"]),
        context=tuple(
            ContextSlice(ContextKind(kind), *slice_) for kind, *slice_ in values["context"]
        ),
        origin=Metadata(**values["origin"]) if values["origin"] else None,
        terms=_unpack_terms(values),
        chunks=halves[:chunk_count],
        vectors=halves[chunk_count:],
        chunk_keys=tuple(values["keys"]),
    )


def _unpack_terms(values: dict[str, Any]) -> PassageTerms:
    sentences = tuple(
        SentenceTerms(words, identifiers, tuple(names), non_stop_count, SentenceTrait(traits))
        for words, identifiers, names, non_stop_count, traits in values["terms"]
    )
    words = [word for each in sentences for word in each.words]
    covered = words + [each for sentence in sentences for each in sentence.identifiers]
    text, language, heading_terms, article_terms = values["heading"]
    return PassageTerms(
        terms=covered if values["all_terms"] is None else values["all_terms"],
        sentences=sentences,
        heading=Heading(text, language, tuple(heading_terms), article_terms),
        traits=PassageTrait(values["traits"]),
    )


def _checksum(row: int, version: bytes, *parts: bytes) -> bytes:
    sizes = [len(part).to_bytes(4, "big") for part in parts]
    values = [
        row.to_bytes(8, "big"),
        version,
        *(v for pair in zip(sizes, parts, strict=True) for v in pair),
    ]
    return hashlib.sha256(b"".join(values)).digest()


@lru_cache(maxsize=1_024)  # passages of an article share their titles
def title_terms(heading: Heading) -> tuple[str, ...]:
    """Return the terms of the titles above a passage, as BM25 counts them."""
    return tuple(terms(heading.text, heading.language))


def pack_counts(passages: Iterable[PassageTerms]) -> bytes:
    """Count in how many passages of an article each term is: in the text, in the title."""
    in_text: Counter[str] = Counter()
    in_title: Counter[str] = Counter()
    for passage in passages:
        in_text.update(set(passage.terms))
        in_title.update(set(title_terms(passage.heading)))
    counts = {term: [in_text[term], in_title[term]] for term in in_text.keys() | in_title.keys()}
    return zlib.compress(json.dumps(counts, separators=(",", ":")).encode(), 1)


def unpack_counts(packed: bytes) -> dict[str, Sequence[int]]:
    """Read counts by term: in the text, in the title."""
    counts: dict[str, Sequence[int]] = json.loads(zlib.decompress(packed))
    return counts
