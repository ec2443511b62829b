from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from index.store.corpus import Corpus, write_corpus
from index.types import Article, Block, Metadata, Passage, Sentence

text = st.text(st.characters(exclude_categories=()), min_size=1, max_size=60)


def article(path: str, paragraphs: list[str], section: str | None = None) -> Article:
    whole, blocks = "", []
    for paragraph in paragraphs:
        whole += "\n\n"
        blocks.append(Block(len(whole), len(whole) + len(paragraph), section, page=2))
        whole += paragraph
    return Article(path, whole, Metadata("A title", language="en"), tuple(blocks))


def passages(of: Article) -> tuple[Passage, ...]:
    return tuple(
        Passage(b.start, b.end, n, (Sentence(b.start, b.end),), b.section, b.page)
        for n, b in enumerate(of.blocks, 1)
    )


def stored(folder: Path, *articles: Article) -> Corpus:
    write_corpus(folder, articles, [passages(one) for one in articles])
    return Corpus.open(folder)


@given(st.lists(st.lists(text, min_size=1, max_size=4), min_size=1, max_size=4))
def test_every_text_is_read_back_as_it_was(paragraphs: list[list[str]]) -> None:
    articles = [article(f"{n}.txt", of) for n, of in enumerate(paragraphs)]
    with TemporaryDirectory() as folder:
        corpus = stored(Path(folder), *articles)
        assert [corpus.text(n) for n in range(corpus.articles)] == [a.text for a in articles]
        every = [paragraph for of in paragraphs for paragraph in of]
        assert [corpus.passage(row).passage.text for row in range(len(corpus))] == every
        assert [corpus.passage(row).sentences[0].text for row in range(len(corpus))] == every


def test_rows_of_an_article_are_its_passages(tmp_path: Path) -> None:
    corpus = stored(tmp_path, article("a.txt", ["one", "two"]), article("b.txt", ["three"]))
    assert [list(corpus.rows(n)) for n in (0, 1)] == [[0, 1], [2]]
    assert corpus.number("b.txt") == 1
    assert corpus.number("c.txt") is None


def test_a_passage_knows_its_section_page_and_paragraph(tmp_path: Path) -> None:
    corpus = stored(tmp_path, article("a.md", ["one", "two"], section="Opening hours"))
    passage = corpus.passage(1)
    assert (passage.section, passage.page, passage.paragraph) == ("Opening hours", 2, 2)


def test_a_source_is_listed_with_its_origin_and_size(tmp_path: Path) -> None:
    one = article("a.txt", ["one", "two"])
    source = stored(tmp_path, one).source(0)
    assert (source.path, source.metadata, source.passages) == ("a.txt", one.metadata, 2)
    assert source.digest == one.digest
