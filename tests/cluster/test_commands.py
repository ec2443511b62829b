import io
import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from bot.config.settings import read_settings
from index.backends import snapshot_store
from index.cluster.schema import TABLES_VERSION
from index.searcher import Searcher
from tests.support.command_line import quoth
from tests.support.index_fixtures import MakeSeeds

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    postgres: str,
    milvus: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Return a function that runs a command with a cluster configured."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QUOTH_MILVUS", milvus)
    monkeypatch.setenv("QUOTH_STORE", postgres)
    monkeypatch.setenv("QUOTH_SEEDS", str(tmp_path / "articles"))

    def run_command(*arguments: str) -> tuple[int, str, str]:
        status = quoth(*arguments)
        out, err = capsys.readouterr()
        return status, out, err

    return run_command


def _lake(color: str) -> dict[str, str | bytes]:
    text = f"---\ntitle: Lakes\nlanguage: en\n---\n\nThe lake of Springfield is {color}.\n"
    return {"lakes.md": text}


def test_a_cluster_is_built_asked_and_rolled_back(run: Run, make_seeds: MakeSeeds) -> None:
    def color() -> str:
        settings = read_settings()
        with (
            closing(snapshot_store(settings.index, settings.cluster)) as store,
            Searcher.open_from(store) as searcher,
        ):
            return searcher.text("lakes.md").split()[-1]

    make_seeds(_lake("blue"))
    status, out, _ = run("build")
    assert (status, out.splitlines()[1]) == (0, "1 added, 0 changed, 0 removed.")
    assert color() == "blue."
    make_seeds(_lake("green"))
    assert run("build")[1].splitlines()[1] == "0 added, 1 changed, 0 removed."
    assert color() == "green."
    assert "Nothing has changed" in run("build")[1]
    assert run("rollback")[0] == 0
    assert color() == "blue."
    assert run("rollback")[0] == 1
    assert not Path("data/index/snapshots").exists()


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        (TABLES_VERSION + 1, "update Quoth, here and wherever else it runs"),
        (TABLES_VERSION - 1, "stop all processes, run DROP SCHEMA quoth_index CASCADE in"),
    ],
)
def test_tables_of_another_version_are_refused(
    run: Run, make_seeds: MakeSeeds, postgres: str, version: int, advice: str
) -> None:
    make_seeds(_lake("blue"))
    run("build")
    with psycopg.connect(postgres) as connection:
        connection.execute("UPDATE quoth_index.installation SET tables_version = %s", (version,))
    reason = (
        f"quoth: the index in PostgreSQL has tables of version {version}, but this version of "
        f"Quoth needs version {TABLES_VERSION}; {advice}"
    )
    for command in (["build"], ["rollback"], ["ask", "What color is the lake?"], ["sources"]):
        status, _, err = run(*command)
        assert (status, err.count("\n")) == (1, 1)
        assert err.startswith(reason)


def test_ray_needs_a_cluster(run: Run, make_seeds: MakeSeeds) -> None:
    make_seeds(_lake("blue"))
    status, _, err = run("build", "--in-folder", "--workers", "ray")
    assert (status, err) == (1, "quoth: Ray builds an index in a cluster only; set QUOTH_MILVUS\n")


def test_milvus_needs_a_database(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_STORE", "store.sqlite3")
    status, _, err = run("build")
    assert status == 1
    assert err.startswith("quoth: QUOTH_MILVUS needs a database, too: set QUOTH_STORE to postgres")


def test_a_build_without_engines_says_so_in_one_line(
    run: Run, make_seeds: MakeSeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_seeds(_lake("blue"))
    monkeypatch.setenv("QUOTH_STORE", "postgresql://someone:secret@127.0.0.1:9/quoth")
    status, _, err = run("build")
    assert (status, err.count("\n")) == (1, 1)
    assert err.startswith("quoth: PostgreSQL does not answer")
    assert "secret" not in err


def test_questions_are_answered_from_the_cluster(
    run: Run, make_seeds: MakeSeeds, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_seeds(_lake("blue"))
    _, out, err = run("ask", "--json", "What color is the lake of Springfield?")  # builds first
    assert "There is no index in the cluster yet" in err
    answer = json.loads(out)
    assert answer["quotes"][0]["text"] == "The lake of Springfield is blue."
    questions = tmp_path / "questions.jsonl"
    labelled = {"id": "1", "question": "Which lake is blue?", "article": "lakes.md", "paragraph": 1}
    questions.write_text(json.dumps(labelled) + "\n")
    assert run("eval", "--questions", str(questions))[0] == 0
    assert "Lakes" in run("sources")[1]
    assert "The lake of Springfield is blue." in run("show", "lakes")[1]
    assert run("verify", "lake of Springfield is blue")[0] == 0
    monkeypatch.setattr("sys.stdin", io.StringIO("Which lake is blue?\nsource\n"))
    assert "Springfield" in run("chat")[1]
    assert "1 article, 1 passage," in run("doctor")[1]


def test_a_question_without_engines_fails_in_one_line(
    run: Run, make_seeds: MakeSeeds, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_seeds(_lake("blue"))
    for name, value in (
        ("QUOTH_MILVUS", "http://127.0.0.1:9"),
        ("QUOTH_STORE", "postgresql://someone:secret@127.0.0.1:9/quoth"),
    ):
        run("build")
        monkeypatch.setenv(name, value)
        status, out, err = run("ask", "What color is the lake?")
        assert (status, out, err.count("\n")) == (1, "", 1)
        assert "does not answer" in err
        assert "secret" not in err
