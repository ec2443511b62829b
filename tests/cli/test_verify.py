import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.app import main

QUOTATION = "ISIS could likely resurge in Syria within six to twelve months"


@pytest.fixture
def verify(seeds_index: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("QUOTH_INDEX", str(seeds_index))

    def run(*arguments: str) -> int:
        with pytest.raises(SystemExit) as exit_:
            main(("verify", *arguments))
        return int(exit_.value.code or 0)

    return run


def test_a_true_quotation_is_word_for_word(
    verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(QUOTATION) == 0
    out = capsys.readouterr().out
    assert out.startswith("Word for word in the articles:\n\n[1] ISIS Will Claim Victory")
    assert "paragraph 4, characters 1070–1132" in out


def test_a_changed_quotation_shows_a_word_diff(
    verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(QUOTATION.replace("twelve", "ten").replace("could", "could … not")) == 3
    out = capsys.readouterr().out
    assert "[-not-] likely resurge" in out
    assert "six to [-ten-]{+twelve+} months" in out


def test_a_foreign_text_is_not_in_the_articles(
    verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify("Frogs sing in the pond on warm evenings in May") == 1
    assert capsys.readouterr().out == "Not in the articles.\n"


def test_json_has_places_and_the_diff(
    verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify("--json", QUOTATION) == 0
    values = json.loads(capsys.readouterr().out)
    (place,) = values["places"]
    assert (values["match"], values["has_more"]) == ("exact", False)
    assert (place["start"], place["end"], place["text"]) == (1070, 1132, QUOTATION)
    assert place["diff"] == [{"change": "same", "quoted": QUOTATION, "stored": QUOTATION}]
    assert place["passage"]["text"][1070 - place["passage"]["start"] :].startswith(QUOTATION)


def test_no_text_is_one_line_of_error(
    verify: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify("?!") == 1
    assert capsys.readouterr().err == (
        "quoth: there are no words to check; give the text of a quotation\n"
    )
