"""Two folders of articles, an index of each, and what must be answered from either."""

import json
import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.build.pipeline import build
from index.searcher import Searcher
from index.store import snapshot
from index.store.contents import ENCODER_FOLDER
from tests.support.child_process import DONE, apart
from tests.support.index_fixtures import SEEDS, tiny_model

QUESTIONS = ("When could ISIS resurge in Syria?", "What does the news say?", "green tea")
_LEFT = ["current", "lock", "snapshots"]  # all that may lie in an index between two builds


@dataclass(frozen=True)
class World:
    """``folder`` holds the model, the seeds of two editions, and an index of each of them."""

    folder: Path
    known: dict[str, Any]

    @classmethod
    def make(cls, folder: Path) -> "World":
        """Write all of it."""
        _done(lambda: str(tiny_model(folder)))
        _load()
        for edition in ("old", "new"):
            seeds = Path(shutil.copytree(SEEDS, folder / f"{edition}-seeds"))
            (seeds / "news.txt").write_text(f"News\n\nThe news is {edition}, and green as tea.")
        made = cls(folder, {})
        for edition in ("old", "new"):
            made.known[edition] = _done(made.first_build, edition)
        shutil.copytree(folder / "old-index", folder / "third-index")
        for edition in ("new", "old"):  # the next one removes the first
            _done(made.build, folder / "third-index", edition)
        return made

    def first_build(self, edition: str) -> Any:
        """Build the index of an edition where there is none; what it answers."""
        index = self.folder / f"{edition}-index"
        self.build(index, edition)
        return self.answers(index)

    def build(self, index: Path, edition: str) -> str:
        """Build there from the seeds of an edition; the name of what was published."""
        return build(self.seeds(edition), index, str(self.folder / "model")).name

    def seeds(self, edition: str) -> Path:
        """The articles of an edition."""
        return self.folder / f"{edition}-seeds"

    @property
    def hurt(self) -> Path:
        """Where the copy is that is hurt."""
        return self.folder / "hurt"

    def copy(self, of: str) -> Path:
        """A copy to be hurt: of ``old``, of ``third`` with two before it, or of ``no`` index."""
        index = self.hurt
        shutil.rmtree(index, ignore_errors=True)
        if of != "no":
            shutil.copytree(self.folder / f"{of}-index", index, symlinks=True)
        return index

    def edition(self, index: Path) -> str:
        """Which edition answers there. AssertionError when none is whole."""
        found = self.answers(index)
        editions = [name for name, known in self.known.items() if known == found]
        assert editions, f"answers as neither edition does: {found}"
        return editions[0]

    def answers(self, index: Path) -> Any:
        """What is answered from the index, checked, and by which model; as JSON would have it."""
        with Searcher.open(index) as searcher:
            found = [_answered(searcher, question) for question in QUESTIONS]
            folder = searcher.parts.folder
            files = sorted(path.name for path in (folder / ENCODER_FOLDER).iterdir())
        return json.loads(json.dumps([found, files]))

    def loudly(self, index: Path) -> dict[str, Any]:
        """The edition that answers and the warnings that were logged meanwhile."""
        heard = _Heard()
        logging.getLogger("index").addHandler(heard)
        return {"edition": self.edition(index), "warnings": heard.lines}

    def mend(self, index: Path, edition: str) -> str:
        """Build again; what answers then. AssertionError for anything left behind."""
        self.build(index, edition)
        left = sorted(path.name for path in index.iterdir())
        assert left == _LEFT, f"left behind: {left}"
        kept = snapshot.names(index)
        assert len(kept) <= snapshot.KEEP + 1, f"snapshots that are kept: {kept}"
        assert kept[-1] == snapshot.current(index)
        return self.edition(index)


def _load() -> None:
    """What builds load, so that children need not; none of it may have run, or they would hang."""
    import faiss
    import onnxruntime.quantization
    import sentence_transformers
    import tantivy

    assert None not in {faiss, onnxruntime.quantization, sentence_transformers, tantivy}


def _answered(searcher: Searcher, question: str) -> Any:
    answer = searcher.ask(question, ranking=5)
    quotes = []
    for quote in answer.quotes:
        searcher.check(quote)
        path = quote.citation.article
        quotes.append([path, quote.citation.paragraph, quote.passage.text, quote.highlight.text])
    ranking = [[hit.article, hit.start, hit.end, round(hit.score, 6)] for hit in answer.ranking]
    return [answer.verdict, quotes, ranking]


class _Heard(logging.Handler):
    """Errors that were logged."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def _done(job: Any, *values: Any) -> Any:
    ending = apart(lambda: job(*values))
    assert ending.how == DONE, ending.value
    return ending.value
