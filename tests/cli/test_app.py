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
from pathlib import Path

import pytest

from bot.config.settings import read_settings
from index.store import snapshot
from tests.support.command_line import ARTICLE, QUESTION, ask_json, quoth
from tests.support.format_files import column, make_pdf
from tests.support.index_fixtures import SEEDS, MakeSeeds


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_version_is_printed(option: str, capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((SEEDS.parent / "pyproject.toml").read_text("utf-8"))["project"]
    assert quoth(option) == 0
    assert capsys.readouterr().out == f"quoth {project['version']}\n"


def test_empty_question_explains_usage_and_builds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\n"))
    assert quoth("ask", "--index", str(tmp_path / "new")) == 1
    assert 'try: quoth ask "' in capsys.readouterr().err
    assert not (tmp_path / "new").exists()


def test_article_is_selected_by_words_unique_to_its_title(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("show", "--index", str(seeds_index), "ISIS victory") == 0
    assert "ISIS will claim victory over the US" in capsys.readouterr().out
    index = str(seeds_index)
    for quote in ask_json(capsys, "--index", index, "--source", "using", "Who may ask?")["quotes"]:
        assert quote["article"] == "using-quoth.md"
    assert quoth("show", "--index", index, "s") == 1
    assert f"several articles match 's': {ARTICLE}, using-quoth.md" in capsys.readouterr().err
    assert quoth("show", "--index", index, "owls") == 1
    assert "no article matches 'owls'; `quoth sources` lists" in capsys.readouterr().err


def test_piped_output_is_not_wrapped(
    tmp_path: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    name = "a-name-that-is-longer-than-most-and-would-be-folded-at-eighty-columns.md"
    title = "A title that is as long as its file's name, so that both do not fit"
    seeds = make_seeds(
        {name: f"# {title}\n\nGreen tea is not fermented.", "x.mobi": "x", "x.png": ""}
    )
    where = ["--index", str(tmp_path / "new"), "--seeds", str(seeds)]
    assert quoth("build", *where) == 3
    out = capsys.readouterr().out
    assert "Other files passed over: 1 .png." in out
    assert "x.mobi: .mobi files are not supported; save it as .epub" in out
    assert quoth("sources", *where) == 0
    (row,) = [line for line in capsys.readouterr().out.splitlines() if name in line]
    assert title in row


def test_unknown_word_has_no_answer(seeds_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("ask", "--index", str(seeds_index), "qwertyuiop") == 0
    assert "do not say anything about that" in capsys.readouterr().out


def test_piped_answer_is_plain_text(seeds_index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert quoth("ask", "--index", str(seeds_index), *QUESTION.split()) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "ISIS could likely resurge in Syria within six to twelve months" in out
    assert "KTLA" in out
    assert f"{ARTICLE}, paragraph 4" in out


def test_json_answer_contains_exact_slices_of_the_file(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = ask_json(capsys, "--index", str(seeds_index), "--ranking", "4", QUESTION)
    assert list(answer) == [
        "question",
        "verdict",
        "snapshot",
        "seconds",
        "quotes",
        "has_more",
        "ranking",
    ]
    assert (answer["question"], answer["verdict"]) == (QUESTION, "answered")
    quote = answer["quotes"][0]
    text = (SEEDS / quote["article"]).read_bytes().decode()
    assert text[quote["start"] : quote["end"]] == quote["text"]
    highlight = quote["highlight"]
    assert text[highlight["start"] : highlight["end"]] == highlight["text"]
    assert (quote["number"], quote["paragraph"], quote["publisher"]) == (1, 4, "KTLA")
    assert quote["context"] == []
    assert len(answer["ranking"]) == 4
    assert answer["ranking"][0] == {
        name: quote[name] for name in ("article", "start", "end", "score")
    }


def test_questions_file_is_answered_line_by_line(
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


def test_questions_of_a_file_are_printed_with_their_answers(
    seeds_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps({"question": QUESTION}) + "\n", "utf-8")
    assert quoth("ask", "--index", str(seeds_index), "--questions", str(file)) == 0
    assert capsys.readouterr().out.lstrip().startswith(QUESTION)


@pytest.mark.parametrize("command", [["sources"], ["show", "index.md"]])
def test_listing_an_unknown_index_builds_none(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    index = tmp_path / "mistyped"
    assert quoth(*command, "--index", str(index)) == 1
    assert f"there is no index in {index} yet; run `quoth build`" in capsys.readouterr().err
    assert not index.exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "line 1: not valid JSON (Expecting property name enclosed in double quotes at char"),
        ('{"id": 1}', "line 1: expected an object"),
        ("[]", 'line 1: not an object; expected {"id": …, "question": …} on each line'),
        ("1" * 5000, "line 1: not valid JSON (Exceeds the limit"),
        ("", 'questions.jsonl is empty; expected {"id": …, "question": …} on each line'),
        ("[" * 100_000, "line 1: not valid JSON (nested too deeply)"),
    ],
)
def test_bad_line_of_questions_file_is_reported(
    content: str,
    message: str,
    seeds_index: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(content, "utf-8")
    assert quoth("ask", "--index", str(seeds_index), "--questions", str(file)) == 1
    assert message in capsys.readouterr().err


def test_first_question_builds_the_index(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("ask", "--index", str(tmp_path / "index"), QUESTION) == 0
    output = capsys.readouterr()
    assert "building it from" in output.err
    assert "six to twelve months" in output.out


def test_one_article_is_counted_in_the_singular(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = make_seeds({"good.txt": "Title\n\nSome text."})
    assert quoth("build", "--seeds", str(seeds), "--index", str(index)) == 0
    assert capsys.readouterr().out.startswith("1 article, 1 passage, 1 sentence in ")


def test_build_reports_skipped_files_and_exits_with_3(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = make_seeds({"good.txt": "Title\n\nSome text.", "empty.txt": b"", "bad.txt": b"\0\1"})
    assert quoth("build", "--seeds", str(seeds), "--index", str(index)) == 3
    out = capsys.readouterr().out
    assert "Left out: 2" in out
    assert "empty.txt: " in out
    assert "bad.txt: " in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["ask", "--index", "{index}", "  "], "no question given"),
        (
            ["ask", "--index", "{index}", "--source", "x.txt", QUESTION],
            "no article matches 'x.txt'",
        ),
        (["ask", "--index", "{index}", "--source", "", QUESTION], "no article is named; `quoth so"),
        (["show", "--index", "{index}", " "], "no article is named; `quoth sources` lists all"),
        (["remove", " "], "no article is named; `quoth sources` lists all"),
        (
            ["followed", "--seeds", __file__],
            "is a file; choose the folder of the articles with --seeds",
        ),
        (["build", "--index", __file__], "is a file; choose another with --index"),
        (["followed", "--seeds", "nowhere"], "there is no folder nowhere"),
        (["refresh", "--seeds", "nowhere"], "there is no folder nowhere"),
        (["unfollow", "x", "--seeds", "nowhere"], "there is no folder nowhere"),
        (["ask", "--index", "{index}", "--questions", "none.jsonl"], "none.jsonl cannot be read"),
        (["show", "--index", "{index}", "x.txt"], "no article matches 'x.txt'"),
        (["build", "--seeds", "nowhere", "--index", "new"], "nowhere"),
        pytest.param(
            ["build", "--encoder", "no/model", "--index", "new"],
            "no/model",
            marks=pytest.mark.slow,  # imports torch
        ),
    ],
)
def test_errors_are_one_line_without_traceback(
    arguments: list[str], message: str, seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth(*(argument.format(index=seeds_index) for argument in arguments)) == 1
    output = capsys.readouterr()
    assert message in output.err
    assert output.err.startswith("quoth: ")
    assert "Traceback" not in output.err + output.out


@pytest.mark.parametrize(
    "arguments",
    [["ask", QUESTION], ["verify", "a b"], ["sources"], ["show", "x"], ["chat"],
     ["calibrate", "--reset"], ["rollback"], ["mcp"], ["serve"]],
)  # fmt: skip
def test_a_file_in_place_of_the_index_is_one_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("mine", "utf-8")
    assert quoth(*arguments, "--index", str(file)) == 1
    error = capsys.readouterr().err
    assert error.startswith("quoth: ")
    assert error.count("\n") == 1
    assert file.read_text("utf-8") == "mine"


def test_all_questions_of_a_file_need_the_article(
    seeds_index: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    file.write_text(json.dumps({"id": 1, "question": QUESTION}), "utf-8")
    arguments = ["ask", "--index", str(seeds_index), "--questions", str(file)]
    assert quoth(*arguments, "--source", "x.txt") == 1
    assert "no article matches 'x.txt'" in capsys.readouterr().err


def test_missing_token_explains_setup_and_exits_with_78(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert quoth("run") == 78
    assert "https://discord.com/developers/applications" in capsys.readouterr().err
    unit = (SEEDS.parent / "docs/quoth.service").read_text("utf-8")
    assert "RestartPreventExitStatus=78" in unit


def test_rejected_token_exits_with_78(
    seeds_index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from bot.app import run as bot_process
    from bot.config import logging as quoth_logging

    def refused(_: object) -> None:
        raise bot_process.LoginRefused("Discord rejected the token: copy it again")

    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setattr(bot_process, "run_bot", refused)
    monkeypatch.setattr(quoth_logging, "configure_logging", lambda *_args, **_options: None)
    assert quoth("run", "--index", str(seeds_index)) == 78
    assert capsys.readouterr().err == "quoth: Discord rejected the token: copy it again\n"


def test_bot_starts_although_the_current_file_is_damaged(
    seeds_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bot.app import run as bot_process
    from bot.config import logging as quoth_logging

    started_with: list[object] = []
    index = shutil.copytree(seeds_index, tmp_path / "index")
    (index / "current").write_bytes(b"\xff")
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setattr(bot_process, "run_bot", started_with.append)
    monkeypatch.setattr(quoth_logging, "configure_logging", lambda *_args, **_options: None)
    assert quoth("run", "--index", str(index)) == 0
    assert len(started_with) == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("LOG_LEVEL", "loud", "expected 'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("STRICTNESS", "very", "expected 'strict', 'balanced' or 'generous'"),
        ("QUOTES", "9", "QUOTH_QUOTES is '9': expected 5 or less; see .env.example"),
        ("HEALTH_PORT", "-1", "expected 1 or more"),
        ("CURATORS", "Ada", "QUOTH_CURATORS is 'Ada': expected a whole number"),
        ("WATCH", "maybe", "expected 1 or 0"),
    ],
)
def test_bad_setting_lists_allowed_values(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    value: str,
    message: str,
) -> None:
    monkeypatch.setenv(f"QUOTH_{name}", value)
    assert quoth("sources") == 1
    assert message in capsys.readouterr().err


def test_settings_ignore_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_LOG_LEVEL", "debug")
    monkeypatch.setenv("QUOTH_LOG_STYLE", "JSON")
    monkeypatch.setenv("QUOTH_STRICTNESS", "Strict")
    found = read_settings()
    assert (found.log_level, found.log_style, found.strictness) == ("DEBUG", "json", "strict")


def test_bad_setting_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QUOTH_QUOTES", "many")
    assert quoth("sources") == 1
    assert "QUOTH_QUOTES is 'many'" in capsys.readouterr().err


def test_sources_and_articles_are_printed(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("sources", "--json", "--index", str(seeds_index)) == 0
    paths = [source["article"] for source in json.loads(capsys.readouterr().out)]
    assert sorted(paths) == [ARTICLE, "using-quoth.md"]
    assert quoth("show", "--index", str(seeds_index), ARTICLE) == 0
    shown = capsys.readouterr().out
    assert "ISIS will claim victory over the US" in shown
    assert "38.907192" not in shown


def test_rollback_returns_to_the_previous_snapshot(
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


def imported_modules(arguments: list[str], modules: tuple[str, ...]) -> str:
    """Run a command in a child process and print which of ``modules`` it imported."""
    code = (
        "import sys; from bot.cli.app import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit: pass\n"
        f"print([module for module in {modules!r} if module in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    output = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SEEDS.parent)
    return output.stdout.splitlines()[-1]


def test_help_imports_no_heavy_module() -> None:
    assert (
        imported_modules(["--help"], ("torch", "faiss", "discord", "onnxruntime", "numpy")) == "[]"
    )


def test_answering_does_not_import_torch(seeds_index: Path) -> None:
    command = ["ask", "--index", str(seeds_index), QUESTION]
    assert imported_modules(command, ("torch", "transformers", "sentence_transformers")) == "[]"


def test_file_is_added_indexed_and_removed(
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
    output = capsys.readouterr()
    assert "saved owls" in output.out
    assert "nowhere.txt: there is no such file" in output.out
    assert "quoth build" in output.err
    assert quoth("add", str(page), "--seeds", str(seeds)) == 3  # it is there already
    assert quoth("build", *where) == 0
    capsys.readouterr()
    assert (
        "bell tower"
        in ask_json(capsys, *where, "Where does the barn owl sleep?")["quotes"][0]["text"]
    )
    assert quoth("remove", "owls", "--seeds", str(seeds)) == 0
    assert [path.name for path in seeds.iterdir()] == ["old.txt"]


def test_strictness_option_changes_the_verdict(
    seeds_index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    question = "What happened to the fighters of the caliphate?"
    strict, generous = (
        ask_json(capsys, "--index", str(seeds_index), "--strictness", level, question)["verdict"]
        for level in ("strict", "generous")
    )
    assert strict != "answered"
    assert generous == "answered"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_interrupted_build_cleans_up(number: signal.Signals, tmp_path: Path) -> None:
    if signal.getsignal(number) is signal.SIG_IGN:
        pytest.skip("processes in the background of a shell ignore SIGINT")
    process = start_command(tmp_path, "build")
    wait_for_export(tmp_path)
    process.send_signal(number)
    _, message = process.communicate(timeout=60)
    assert (process.returncode, without_progress(message)) == (128 + number, INTERRUPTED)
    left = {path.name for path in (tmp_path / "index").iterdir()}
    assert left in ({"lock"}, {"lock", "checkpoint"})  # the vectors encoded so far are kept


def test_stopping_the_bot_stops_its_first_build(tmp_path: Path) -> None:
    process = start_command(tmp_path, "run")
    wait_for_export(tmp_path)
    process.send_signal(signal.SIGTERM)
    _, message = process.communicate(timeout=60)  # waits until the build has closed stderr, too
    assert process.returncode == 128 + signal.SIGTERM
    assert without_progress(message) == 2 * INTERRUPTED
    with snapshot.create(tmp_path / "index", "free"):  # the lock is free
        pass


INTERRUPTED = "quoth: interrupted; nothing was lost\n"


def without_progress(output: str) -> str:
    """Leave out the lines that a slow machine prints every few seconds."""
    return re.sub(r"(?m)^\d+ s: .*\n", "", output)


def start_command(folder: Path, command: str) -> "subprocess.Popen[str]":
    """Start a command in a child process, on a new index of many articles in ``folder``."""
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
    deadline = time.monotonic() + 120
    while not list((folder / "index").glob("building/*/encoder")):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_control_characters_are_escaped(
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


def test_any_question_works_on_an_ascii_terminal(
    seeds_index: Path,
) -> None:
    question = f"{QUESTION} caf\udce9 “"
    json_line = run_in_ascii(["ask", "--json", "--index", str(seeds_index), question])
    assert json.loads(json_line)["question"] == question
    assert "\\u201c" in run_in_ascii(["ask", "--index", str(seeds_index), question])


def test_a_question_leaves_no_file_elsewhere(seeds_index: Path, tmp_path: Path) -> None:
    home, temporary = tmp_path / "home", tmp_path / "temporary"
    home.mkdir()
    temporary.mkdir()
    environment = {
        "HOME": str(home),
        "TMPDIR": str(temporary),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-m", "bot.cli", "ask", "--index", str(seeds_index), QUESTION]
    subprocess.run(command, capture_output=True, env=environment, check=True)
    assert list(home.iterdir()) == []
    assert list(temporary.iterdir()) == []


def run_in_ascii(arguments: list[str]) -> str:
    """Run a command whose output must be ASCII, and return it."""
    environment = os.environ | {
        "PYTHONIOENCODING": "ascii",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    output = subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        capture_output=True, env=environment, check=True,
    )  # fmt: skip
    return output.stdout.decode("ascii")


HOURS = """---
title: Opening hours
author: Ada Reed
published: 2024-11-02
url: /visit
---

# Opening hours

From November to March the museum closes at 17:30.

## Tickets

A ticket costs four coins.
"""


def test_sources_check_lists_what_is_kept_of_each_file(
    make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    page = f"<body><article><p>{'The crane lifts forty tons. ' * 9}</p></article>"
    page += f"<div id=comments>{'<p>I saw it in the harbour.</p>' * 90}</div></body>"
    seeds = make_seeds(
        {"hours.md": HOURS, "crane.html": page, "empty.txt": "", "a.png": "", "b.doc": "x"}
    )
    assert quoth("sources", "--check", "--seeds", str(seeds)) == 3
    out = capsys.readouterr().out
    (row,) = [line for line in out.splitlines() if line.startswith("hours.md ")]
    for cell in ("Opening hours", "Ada Reed", "2024-11-02", "From November to March"):
        assert cell in row
    assert "hours.md: front matter: url is '/visit'; expected an http" in out
    assert "crane.html: only " in out
    assert "empty.txt: left out: the file is empty" in out
    assert "b.doc: left out: .doc files are not supported; save it as .docx" in out
    assert "Other files passed over: 1 .png." in out


def test_long_title_does_not_widen_the_table(
    make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    seeds = make_seeds({"hours.md": HOURS, "long.md": f"# {'word ' * 2_000}\n\nIt is open."})
    assert quoth("sources", "--check", "--seeds", str(seeds)) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) < 500


def test_sources_check_prints_json(
    make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    assert quoth("sources", "--check", "--json", "--seeds", str(make_seeds({"a.md": HOURS}))) == 0
    (check,) = json.loads(capsys.readouterr().out)
    assert (check["path"], check["passages"], check["sections"]) == ("a.md", 2, 1)
    assert 0 < check["kept_chars"] < check["file_chars"]
    assert check["metadata"]["author"] == "Ada Reed"


def test_show_prints_title_headings_and_pages_as_cited(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["A sentence stands in the file, and it is long enough to be one to be quoted."]
    seeds = make_seeds(
        {
            "hours.md": HOURS.replace("/visit", "https://museum.example/hours"),
            "report.pdf": make_pdf([column(lines), column(lines)], "/Title(The report)"),
        }
    )
    assert quoth("build", "--seeds", str(seeds), "--index", str(index)) == 0
    capsys.readouterr()
    assert quoth("show", "--index", str(index), "hours.md") == 0
    assert capsys.readouterr().out == (
        "Opening hours — Ada Reed, 2024-11-02\nhours.md, https://museum.example/hours\n\n"
        "  1\nFrom November to March the museum closes at 17:30.\n\n"
        "“Tickets”  https://museum.example/hours#tickets\n\n"
        "  2\nA ticket costs four coins.\n\n"
    )
    assert quoth("show", "--index", str(index), "report.pdf") == 0
    out = capsys.readouterr().out
    assert out.startswith("The report\nreport.pdf\n\n  1  p. 1\nA sentence stands")
    assert "  2  p. 2\n" in out


def test_build_prints_notes_of_one_kind_on_one_line(
    index: Path, make_seeds: MakeSeeds, capsys: pytest.CaptureFixture[str]
) -> None:
    pages = {f"{n}.md": f"---\nurl: /page/{n}\n---\n\nPage {n} is here." for n in range(4)}
    seeds = make_seeds({**pages, "draft.md": "---\ndraft: true\n---\n\nSome text."})
    assert quoth("build", "--seeds", str(seeds), "--index", str(index)) == 0
    out = capsys.readouterr().out
    assert "Notes: 2" in out
    assert "4 files: front matter: url is …; expected an http:// or https:// URL (0.md, " in out
    assert "draft.md: front matter: marked as a draft" in out


def test_ask_imports_only_what_it_needs(index: Path) -> None:
    unneeded = (
        *("torch", "sentence_transformers", "discord", "markdown_it", "pydantic_settings"),
        *("pymilvus", "psycopg", "index.ingest", "index.build", "index.verification", "asyncio"),
    )
    asked = ["ask", "--index", str(index), "When could ISIS resurge in Syria?"]
    assert imported_modules(asked, unneeded) == "[]"
