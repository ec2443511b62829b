import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.cli.app import main
from bot.config.settings import read_settings
from index.store import snapshot
from tests.support.index_fixtures import SEEDS, MakeSeeds

QUESTION = "When could ISIS resurge in Syria?"
ARTICLE = "000_3ae1e327b51f9f9d.txt"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without .env, and no setting of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith(("QUOTH_", "DISCORD_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("QUOTH_SEEDS", str(SEEDS))


def quoth(*arguments: str) -> int:
    """Run a command; its exit status."""
    try:
        main(arguments)
    except SystemExit as leaving:
        return int(leaving.code or 0)
    return 0


def asked(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert quoth("ask", "--json", *arguments) == 0
    return json.loads(capsys.readouterr().out)


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("--help") == 0
    out = capsys.readouterr().out
    assert all(
        name in out
        for name in (
            "build",
            "add",
            "remove",
            "ask",
            "chat",
            "sources",
            "show",
            "eval",
            "calibrate",
            "run",
        )
    )


def test_every_command_is_explained_in_one_whole_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("--help") == 0
    assert "..." not in capsys.readouterr().out.partition("Commands:")[2]


def test_help_may_be_asked_for_as_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("help") == 0
    assert "Commands:" in capsys.readouterr().out
    assert quoth("help", "ask") == 0
    assert "--strictness" in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_told(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((SEEDS.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert quoth(option) == 0
    assert capsys.readouterr().out == f"quoth {project['version']}\n"


def test_asking_nothing_says_how_to_ask_and_builds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert quoth("ask", "--index", str(tmp_path / "new")) == 1
    assert 'Ask like this: quoth ask "' in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_an_article_is_found_by_words_that_it_alone_has(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("show", "--index", str(seeds_index), "ISIS victory") == 0
    assert "ISIS will claim victory over the US" in capsys.readouterr().out
    index = str(seeds_index)
    for quote in asked(capsys, "--index", index, "--source", "using", "Who may ask?")["quotes"]:
        assert quote["article"] == "using-quoth.md"
    assert quoth("show", "--index", index, "s") == 1
    assert f"several articles match 's': {ARTICLE}, using-quoth.md" in capsys.readouterr().err
    assert quoth("show", "--index", index, "owls") == 1
    assert "no article 'owls'; `quoth sources` lists" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["ask", QUESTION], ["sources"], ["show", ARTICLE], ["chat"]])
def test_an_index_of_other_articles_than_were_named_answers_nothing(
    command: list[str],
    seeds_index: Path,
    make_seeds: MakeSeeds,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seeds = str(make_seeds({"tea.md": "# Tea\n\nGreen tea is not fermented."}))
    assert quoth(*command, "--index", str(seeds_index), "--seeds", seeds) == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert f"has none of the articles in {seeds}: run `quoth build --seeds {seeds}`" in told.err


def test_a_pipe_gets_each_article_and_each_reason_on_one_line(
    tmp_path: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "a-name-that-is-longer-than-most-and-would-be-folded-at-eighty-columns.md"
    title = "A title that is as long as its file's name, so that both do not fit"
    seeds = make_seeds({name: f"# {title}\n\nGreen tea is not fermented.", "x.xyz": "x"})
    where = ["--index", str(tmp_path / "new"), "--seeds", str(seeds)]
    assert quoth("build", *where) == 3
    assert "files ending in .xyz are not read; wanted .txt, .text, .md, .markdown, .html" in (
        capsys.readouterr().out
    )
    assert quoth("sources", *where) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if name in line]
    assert title in row


def test_a_word_that_no_article_has_is_not_there(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("ask", "--index", str(seeds_index), "qwertyuiop") == 0
    assert "do not say anything about that" in capsys.readouterr().out


def test_an_answer_in_a_pipe_is_plain_text(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("ask", "--index", str(seeds_index), *QUESTION.split()) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "ISIS could likely resurge in Syria within six to twelve months" in out
    assert "KTLA" in out
    assert f"{ARTICLE}, paragraph 4" in out


def test_json_is_one_object_with_slices_of_the_file(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = asked(capsys, "--index", str(seeds_index), "--ranking", "4", QUESTION)
    assert list(answer) == ["question", "verdict", "snapshot", "seconds", "quotes", "ranking"]
    assert (answer["question"], answer["verdict"]) == (QUESTION, "answered")
    quote = answer["quotes"][0]
    text = (SEEDS / quote["article"]).read_bytes().decode()
    assert text[quote["start"] : quote["end"]] == quote["text"]
    highlight = quote["highlight"]
    assert text[highlight["start"] : highlight["end"]] == highlight["text"]
    assert (quote["number"], quote["paragraph"], quote["publisher"]) == (1, 4, "KTLA")
    assert len(answer["ranking"]) == 4
    assert answer["ranking"][0] == {
        name: quote[name] for name in ("article", "start", "end", "score")
    }


def test_a_file_of_questions_is_answered_line_by_line(
    seeds_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [
        {"id": "b", "question": QUESTION},
        {"id": "a", "question": ""},
        {"id": 3, "question": "Rice?"},
    ]
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)) + "\n", "utf-8")
    assert quoth("ask", "--json", "--index", str(seeds_index), "--questions", str(file)) == 0
    out = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["id"], line["verdict"]) for line in out] == [
        ("b", "answered"),
        ("a", "nothing"),
        (3, "nothing"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "line 1: no JSON"),
        ('{"id": 1}', "line 1: wanted an object"),
        ("[]", "wanted an object"),
    ],
)
def test_a_bad_line_of_questions_is_named(
    content: str, said: str, seeds_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(content, "utf-8")
    assert quoth("ask", "--index", str(seeds_index), "--questions", str(file)) == 1
    assert said in capsys.readouterr().err


def test_the_first_question_builds_the_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("ask", "--index", str(tmp_path / "index"), QUESTION) == 0
    told = capsys.readouterr()
    assert "building it from" in told.err
    assert "six to twelve months" in told.out


def test_a_build_that_left_files_out_says_which_and_by_its_status(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = make_seeds({"good.txt": "Title\n\nSome text.", "empty.txt": b"", "bad.txt": b"\0\1"})
    assert quoth("build", "--seeds", str(seeds), "--index", str(index)) == 3
    out = capsys.readouterr().out
    assert "Left out: 2" in out
    assert "empty.txt: " in out
    assert "bad.txt: " in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "--index", "{index}", "  "], "no question"),
        (["ask", "--index", "{index}", "--source", "x.txt", QUESTION], "no article 'x.txt'"),
        (["ask", "--index", "{index}", "--questions", "none.jsonl"], "none.jsonl cannot be read"),
        (["show", "--index", "{index}", "x.txt"], "no article 'x.txt'"),
        (["build", "--seeds", "nowhere", "--index", "new"], "nowhere"),
        (["build", "--encoder", "no/model", "--index", "new"], "no/model"),
    ],
)
def test_what_goes_wrong_is_told_in_words_with_a_next_step(
    arguments: list[str], said: str, seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth(*(argument.format(index=seeds_index) for argument in arguments)) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.startswith("quoth: ")
    assert "Traceback" not in told.err + told.out


def test_without_a_token_the_bot_says_where_to_get_one_and_need_not_be_started_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quoth("run") == 78
    assert "https://discord.com/developers/applications" in capsys.readouterr().err
    unit = (SEEDS.parent / "docs/quoth.service").read_text("utf-8")
    assert "RestartPreventExitStatus=78" in unit


def test_a_token_that_discord_refuses_ends_the_bot_with_that_status(
    seeds_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.app import run as running
    from bot.config import logging as logs

    def refused(_: object) -> None:
        raise running.LoginRefused("Discord does not take the token: copy it anew")

    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setattr(running, "run", refused)
    monkeypatch.setattr(logs, "configure_logging", lambda *_args, **_options: None)
    assert quoth("run", "--index", str(seeds_index)) == 78
    assert capsys.readouterr().err == "quoth: Discord does not take the token: copy it anew\n"


def test_the_bot_starts_with_a_whole_snapshot_though_what_names_it_is_damaged(
    seeds_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.app import run as running
    from bot.config import logging as logs

    begun: list[object] = []
    index = shutil.copytree(seeds_index, tmp_path / "index")
    (index / "current").write_bytes(b"\xff")
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setattr(running, "run", begun.append)
    monkeypatch.setattr(logs, "configure_logging", lambda *_args, **_options: None)
    assert quoth("run", "--index", str(index)) == 0
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LOG_LEVEL", "loud", "input should be 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("STRICTNESS", "very", "input should be 'strict', 'balanced' or 'generous'"),
    ],
)
def test_a_setting_that_is_wrong_is_told_what_to_write(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    said: str,
) -> None:
    monkeypatch.setenv(f"QUOTH_{name}", value)
    assert quoth("sources") == 1
    assert said in capsys.readouterr().err


def test_settings_take_large_and_small_letters_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_LOG_LEVEL", "debug")
    monkeypatch.setenv("QUOTH_LOG_STYLE", "JSON")
    monkeypatch.setenv("QUOTH_STRICTNESS", "Strict")
    found = read_settings()
    assert (found.log_level, found.log_style, found.strictness) == ("DEBUG", "json", "strict")


def test_a_setting_that_is_wrong_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUOTH_QUOTES", "many")
    assert quoth("sources") == 1
    assert "QUOTH_QUOTES is 'many'" in capsys.readouterr().err


def test_sources_and_articles_are_shown(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("sources", "--json", "--index", str(seeds_index)) == 0
    paths = [source["article"] for source in json.loads(capsys.readouterr().out)]
    assert sorted(paths) == [ARTICLE, "using-quoth.md"]
    assert quoth("show", "--index", str(seeds_index), ARTICLE) == 0
    shown = capsys.readouterr().out
    assert "ISIS will claim victory over the US" in shown
    assert "38.907192" not in shown


def test_chat_answers_pages_and_shows_context(
    seeds_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter(["more", QUESTION, "more", "next", "source", "sources", "help", "", "quit"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(lines))
    assert quoth("chat", "--index", str(seeds_index)) == 0
    told = capsys.readouterr()
    assert "There is no quote yet: ask something first." in told.err
    assert "[1]" in told.out
    assert "[4]" in told.out
    assert "ISIS remains an active insurgent group" in told.out


def test_chat_takes_the_number_of_a_quote(
    seeds_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = iter([QUESTION, "more 2", "more 9", "next", "source 4", "quit"])
    monkeypatch.setattr("builtins.input", lambda _prompt: next(lines))
    assert quoth("chat", "--index", str(seeds_index)) == 0
    told = capsys.readouterr()
    assert "There is no quote 9 here: the last were 1 to 3." in told.err
    assert told.out.count("[4]") == 1
    assert "  1\n" in told.out  # the numbers of a whole article's paragraphs


def test_chat_goes_on_with_what_it_has_when_the_newest_index_is_damaged(
    index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def damage() -> str:
        for manifest in (index / "snapshots").glob("*/manifest.json"):
            manifest.write_text("{}", "utf-8")
        (index / "current").write_text("another", "utf-8")
        return QUESTION

    lines: Iterator[Callable[[], str]] = iter(
        [lambda: QUESTION, damage, lambda: "more", lambda: "quit"]
    )
    monkeypatch.setattr("builtins.input", lambda _prompt: next(lines)())
    assert quoth("chat", "--index", str(index)) == 0
    told = capsys.readouterr()
    assert told.out.count("[1]") == 2
    assert "cannot be opened, the one before answers" in told.err
    assert "There is no quote yet" not in told.err


def loaded(arguments: list[str], modules: tuple[str, ...]) -> str:
    """Which of ``modules`` a command has loaded, in a process of its own."""
    code = (
        "import sys; from bot.cli.app import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print([module for module in {modules!r} if module in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SEEDS.parent)
    return told.stdout.splitlines()[-1]


def test_a_rollback_puts_the_index_before_in_service(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    first = snapshot.current(index)
    seeds = make_seeds({"tea.md": "# Tea\n\nGreen tea is not fermented."})
    assert quoth("build", "--index", str(index), "--seeds", str(seeds)) == 0
    assert quoth("rollback", "--index", str(index)) == 0
    assert f"Snapshot {first} is in service" in capsys.readouterr().err
    assert snapshot.current(index) == first
    assert quoth("rollback", "--index", str(index)) == 1
    assert "there is no snapshot before" in capsys.readouterr().err


def test_help_loads_nothing_it_does_not_need() -> None:
    assert loaded(["--help"], ("torch", "faiss", "discord", "onnxruntime", "numpy")) == "[]"


def test_answering_loads_neither_torch_nor_transformers(seeds_index: Path) -> None:
    asking = ["ask", "--index", str(seeds_index), QUESTION]
    assert loaded(asking, ("torch", "transformers", "sentence_transformers")) == "[]"


def test_a_file_is_added_indexed_and_removed_again(
    index: Path, tmp_path: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = make_seeds({"old.txt": "Harbour\n\nThe harbour was built of granite."})
    page = tmp_path / "owls.html"
    page.write_text(
        "<html><head><title>Owls at night</title></head><body><article><h1>Owls at night</h1>"
        "<p>The barn owl of Dunmore sleeps in the bell tower all through the long winter.</p>"
        "<p>Nobody has ever seen it fly in daylight, said the keeper of the tower.</p>"
        "</article></body></html>",
        "utf-8",
    )
    where = ("--seeds", str(seeds), "--index", str(index))
    assert quoth("add", str(page), "nowhere.txt", "--seeds", str(seeds)) == 3
    told = capsys.readouterr()
    assert "saved owls" in told.out
    assert "nowhere.txt: no file" in told.out
    assert "quoth build" in told.err
    assert quoth("build", *where) == 0
    capsys.readouterr()
    assert (
        "bell tower" in asked(capsys, *where, "Where does the barn owl sleep?")["quotes"][0]["text"]
    )
    assert quoth("remove", "owls", "--seeds", str(seeds)) == 0
    assert [path.name for path in seeds.iterdir()] == ["old.txt"]


def test_a_stricter_judge_is_a_matter_of_an_option(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "What are some intelligence officials concerned about?"
    verdicts = [
        asked(capsys, "--index", str(seeds_index), "--strictness", level, question)["verdict"]
        for level in ("strict", "generous")
    ]
    assert verdicts == ["closest", "answered"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_build_that_is_stopped_while_it_exports_its_model_tidies_up(
    number: signal.Signals, tmp_path: Path
) -> None:
    process = started(tmp_path, "build")
    wait_for_export(tmp_path)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (128 + number, INTERRUPTED)
    left = {path.name for path in (tmp_path / "index").iterdir()}
    assert left in ({"lock"}, {"lock", "encoded"})  # what was encoded by then is not lost


def test_a_bot_that_is_stopped_in_its_first_build_takes_the_build_along(tmp_path: Path) -> None:
    process = started(tmp_path, "run")
    wait_for_export(tmp_path)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)  # until the build, too, has let go of stderr
    assert (process.returncode, said) == (128 + signal.SIGTERM, 2 * INTERRUPTED)
    with snapshot.building(tmp_path / "index", "free"):  # nobody holds the lock any more
        pass


INTERRUPTED = "quoth: interrupted; nothing was lost\n"


def started(folder: Path, command: str) -> "subprocess.Popen[str]":
    """A command of ours on a new index of many articles in ``folder``, as a process of its own."""
    seeds = folder / "seeds"
    seeds.mkdir()
    paragraphs = [f"Tea {n} is green, and nobody knows why." for n in range(4000)]
    (seeds / "tea.txt").write_text("\n\n".join(["Tea", *paragraphs]), "utf-8")
    environment = os.environ | {
        "QUOTH_SEEDS": str(seeds),
        "DISCORD_TOKEN": "MTIz.abc.def",
        "QUOTH_INDEX": str(folder / "index"),
        "QUOTH_STORE": str(folder / "store.sqlite3"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli", command],
        env=environment, cwd=folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
    )  # fmt: skip


def wait_for_export(folder: Path) -> None:
    end = time.monotonic() + 120
    while not list((folder / "index").glob("building/*/encoder")):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_what_a_terminal_would_obey_is_shown_by_signs_and_escaped_in_json(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "The lamp\x1b[2K costs \u202enine\u202c euros\x9b2J\x7f."
    more = "Nothing else is said about lamps, or about what anything costs. " * 20
    seeds = make_seeds({"lamp.txt": f"Lamps \x1b]0;forged\x07\n\n{text}\n\n{more}"})
    assert quoth("build", "--seeds", str(seeds), "--index", str(index)) == 0
    capsys.readouterr()
    for command in (["ask", "What does the lamp cost?"], ["show", "lamp.txt"], ["sources"]):
        assert quoth(*command, "--index", str(index)) == 0
        out = capsys.readouterr().out
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", out)
        assert "\u241b" in out
    assert quoth("ask", "--json", "--index", str(index), "What does the lamp cost?") == 0
    out = capsys.readouterr().out
    assert not re.search("[\x7f-\x9f\u202a-\u202e]", out)
    assert json.loads(out)["quotes"][0]["text"] == text


def test_a_question_of_any_bytes_is_answered_on_a_terminal_of_any_encoding(
    seeds_index: Path,
) -> None:
    question = f"{QUESTION} caf\udce9 “"
    json_line = ascii_of(["ask", "--json", "--index", str(seeds_index), question])
    assert json.loads(json_line)["question"] == question
    assert "\\u201c" in ascii_of(["ask", "--index", str(seeds_index), question])


def ascii_of(arguments: list[str]) -> str:
    """What a command prints where only ASCII can be shown."""
    environment = os.environ | {
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    told = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        capture_output=True, env=environment, check=True,
    )  # fmt: skip
    return told.stdout.decode("ascii")
