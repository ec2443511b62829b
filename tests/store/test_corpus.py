from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from index.store.corpus import Corpus
from index.store.corpus_columns import CORPUS_FILES, corpus_columns, write_corpus
from index.types import (
    Article,
    Block,
    Context,
    ContextKind,
    ContextSlice,
    Metadata,
    Passage,
    Sentence,
    Slice,
    digest,
)

any_text = st.text(st.characters(exclude_categories=()), min_size=1, max_size=60)


def make_article(path: str, paragraphs: list[str], section: str | None = None) -> Article:
    text, blocks = "", []
    for paragraph in paragraphs:
        text += "\n\n"
        blocks.append(Block(len(text), len(text) + len(paragraph), section, page=2))
        text += paragraph
    return Article(path, text, Metadata("A title", language="en"), tuple(blocks))


def make_passages(article: Article) -> tuple[Passage, ...]:
    return tuple(
        Passage(b.start, b.end, n, (Sentence(b.start, b.end),), b.section, b.page)
        for n, b in enumerate(article.blocks, 1)
    )


def store(folder: Path, *articles: Article) -> Corpus:
    folder.mkdir(exist_ok=True)
    write_corpus(folder, [corpus_columns(each, make_passages(each)) for each in articles])
    return Corpus.open(folder)


@given(st.lists(st.lists(any_text, min_size=1, max_size=4), min_size=1, max_size=4))
def test_every_text_is_read_back_unchanged(paragraphs: list[list[str]]) -> None:
    articles = [make_article(f"{n}.txt", texts) for n, texts in enumerate(paragraphs)]
    with TemporaryDirectory() as folder:
        corpus = store(Path(folder), *articles)
        assert [corpus.text(n) for n in range(corpus.article_count)] == [a.text for a in articles]
        flat = [text for texts in paragraphs for text in texts]
        assert [corpus.passage(row).passage.text for row in range(len(corpus))] == flat
        assert [corpus.passage(row).sentences[0].text for row in range(len(corpus))] == flat


def test_rows_of_an_article_are_its_passages(tmp_path: Path) -> None:
    first, second = make_article("a.txt", ["one", "two"]), make_article("b.txt", ["three"])
    corpus = store(tmp_path, first, second)
    assert [list(corpus.rows(n)) for n in (0, 1)] == [[0, 1], [2]]
    assert corpus.article_numbers == {"a.txt": 0, "b.txt": 1}


def test_passage_has_section_page_and_paragraph(tmp_path: Path) -> None:
    corpus = store(tmp_path, make_article("a.md", ["one", "two"], section="Opening hours"))
    passage = corpus.passage(1)
    assert (passage.section, passage.page, passage.paragraph) == ("Opening hours", 2, 2)


def test_context_and_labels_are_read_back(tmp_path: Path) -> None:
    text = "Überschrift\n\n=== Käse\n\nQuark"
    heading = Context(ContextKind.HEADING, 0, 11)
    article = Article("a.md", text, Metadata("T", language="de"), ())
    passages = [
        Passage(13, 21, 1, (Sentence(13, 21),), context=(heading,)),
        Passage(13, 28, 2, (Sentence(13, 28, 10),), context=(heading,)),
        Passage(
            23, 28, 3, (Sentence(23, 28),), context=(heading, Context(ContextKind.TITLE, 17, 21))
        ),
    ]
    write_corpus(tmp_path, [corpus_columns(article, passages)])
    corpus = Corpus.open(tmp_path)
    first, second, third = (corpus.passage(row) for row in range(3))
    assert first.context == second.context == (ContextSlice(ContextKind.HEADING, 0, 11, text[:11]),)
    assert third.context[1] == ContextSlice(ContextKind.TITLE, 17, 21, "Käse")
    assert second.sentences == (Slice(13, 28, "=== Käse\n\nQuark"),)
    assert second.highlight(0) == Slice(23, 28, "Quark")


def test_source_has_metadata_and_passage_count(tmp_path: Path) -> None:
    article = make_article("a.txt", ["one", "two"])
    corpus = store(tmp_path, article)
    source = corpus.source(0)
    assert (source.path, source.metadata, source.passages) == ("a.txt", article.metadata, 2)
    assert source.digest == digest(article.text)


def test_columns_that_are_read_are_those_that_were_written(tmp_path: Path) -> None:
    articles = [
        make_article("a.md", ["one", "zwei ÄÖ"], section="Opening hours"),
        make_article("b.md", ["three"]),
        make_article("c.md", ["four", "five"], section="Prices"),
        make_article("d.md", ["six"], section="Opening hours"),
    ]
    corpus = store(tmp_path / "first", *articles)
    again = [corpus.columns(number) for number in (3, 2, 1, 0)]
    (tmp_path / "again").mkdir()
    write_corpus(tmp_path / "again", again)
    store(tmp_path / "fresh", *reversed(articles))
    for name in CORPUS_FILES:
        written = (tmp_path / "again" / name).read_bytes()
        assert written == (tmp_path / "fresh" / name).read_bytes(), name
