"""Two editions of the seeds, an index of each, and the answers that each must give."""

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
from tests.support.child_process import DONE, run_in_child
from tests.support.index_fixtures import SEEDS, tiny_model

QUESTIONS = ("When could ISIS resurge in Syria?", "What does the news say?", "green tea")
_INDEX_ENTRIES = ["current", "lock", "snapshots"]  # all that remains after a build


@dataclass(frozen=True)
class TortureWorld:
    """``folder`` holds a model, the seeds and an index of each edition, "old" and "new".

    ``expected_answers`` are those of each edition.
    """

    folder: Path
    expected_answers: dict[str, Any]

    @classmethod
    def create(cls, folder: Path) -> "TortureWorld":
        """Write the model, the seeds and the indexes."""
        _succeed(lambda: str(tiny_model(folder)))
        _preload()
        for edition in ("old", "new"):
            seeds = Path(shutil.copytree(SEEDS, folder / f"{edition}-seeds"))
            (seeds / "news.txt").write_text(f"News\n\nThe news is {edition}, and green as tea.")
        world = cls(folder, {})
        for edition in ("old", "new"):
            world.expected_answers[edition] = _succeed(world.first_build, edition)
        shutil.copytree(folder / "old-index", folder / "third-index")
        for edition in ("new", "old"):  # so that the next build removes the first snapshot
            _succeed(world.build, folder / "third-index", edition)
        return world

    def first_build(self, edition: str) -> Any:
        """Build the index of an edition and return its answers."""
        index = self.folder / f"{edition}-index"
        self.build(index, edition)
        return self.answers(index)

    def build(self, index: Path, edition: str) -> str:
        """Build an edition into ``index`` and return the snapshot's name."""
        return build(self.folder / f"{edition}-seeds", index, str(self.folder / "model")).name

    @property
    def target(self) -> Path:
        """Index that is tortured."""
        return self.folder / "target"

    def reset_target(self, origin: str) -> Path:
        """Copy the "old" index, the "third" with two previous snapshots, or "no" index."""
        shutil.rmtree(self.target, ignore_errors=True)
        if origin != "no":
            shutil.copytree(self.folder / f"{origin}-index", self.target, symlinks=True)
        return self.target

    def edition(self, index: Path) -> str:
        """Return the edition whose answers the index gives. Raises AssertionError for neither."""
        answers = self.answers(index)
        editions = [name for name, known in self.expected_answers.items() if known == answers]
        assert editions, f"unexpected answers: {answers}"
        return editions[0]

    def answers(self, index: Path) -> Any:
        """Ask all questions, check the quotes, and list the model's files, as JSON values."""
        with Searcher.open(index) as searcher:
            answers = [_ask(searcher, question) for question in QUESTIONS]
            encoder = searcher.contents.folder / ENCODER_FOLDER
            files = sorted(path.name for path in encoder.iterdir())
        return json.loads(json.dumps([answers, files]))

    def edition_and_errors(self, index: Path) -> dict[str, Any]:
        """Return the edition and the errors that were logged meanwhile."""
        handler = _ErrorHandler()
        logging.getLogger("index").addHandler(handler)
        return {"edition": self.edition(index), "errors": handler.messages}

    def rebuild(self, index: Path, edition: str) -> str:
        """Build again and return the edition. Raises AssertionError for any leftover."""
        self.build(index, edition)
        entries = sorted(path.name for path in index.iterdir())
        assert entries == _INDEX_ENTRIES, f"left behind: {entries}"
        snapshots = snapshot.list_snapshots(index)
        assert len(snapshots) <= snapshot.KEPT_PREVIOUS + 1, f"too many snapshots: {snapshots}"
        assert snapshots[-1] == snapshot.current(index)
        return self.edition(index)


def _preload() -> None:
    """Import slow libraries before forking; none may have started threads, or children hang."""
    import faiss
    import onnxruntime.quantization
    import sentence_transformers
    import tantivy

    assert None not in {faiss, onnxruntime.quantization, sentence_transformers, tantivy}


def _ask(searcher: Searcher, question: str) -> Any:
    answer = searcher.ask(question, ranking=5)
    quotes = []
    for quote in answer.quotes:
        searcher.quoter.check(quote)
        path = quote.citation.article
        quotes.append([path, quote.citation.paragraph, quote.passage.text, quote.highlight.text])
    ranking = [[hit.article, hit.start, hit.end, round(hit.score, 6)] for hit in answer.ranking]
    return [answer.verdict, quotes, ranking]


class _ErrorHandler(logging.Handler):
    """A handler that collects error messages."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


def _succeed(job: Any, *args: Any) -> Any:
    result = run_in_child(lambda: job(*args))
    assert result.status == DONE, result.value
    return result.value
