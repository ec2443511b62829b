"""A small soak test: ask the real bot, in a child process, while its index is rebuilt."""

import json
from pathlib import Path

import pytest

from benchmarks.soak import ExpectedAnswers, Published, SoakResult, judge, soak

SUBJECTS = ["copper", "amber", "salt", "silk", "cedar", "indigo", "saffron", "marble", "tin"]
EXPECTED: ExpectedAnswers = {
    "all": {"Who?": {("> He did.", "**1.** A")}},
    "some": {"Who?": {("> She did.", "**1.** B")}},
}


def judge_reply(
    reply_texts: tuple[str, ...], *published: str, asked_at: float = 9.0
) -> tuple[int, int]:
    result = SoakResult()
    allowed = Published(list(published), since=5.0).allowed(asked_at)
    judge("Who?", reply_texts, allowed, EXPECTED, result)
    return len(result.wrong), len(result.stale)


def test_answers_are_judged_right_wrong_or_stale() -> None:
    assert judge_reply(("> He did.", "**1.** A"), "all") == (0, 0)
    assert judge_reply(("> He did!", "**1.** A"), "all") == (1, 0)
    assert judge_reply(("> He did.", "**1.** A"), "all", "some") == (0, 1)
    assert judge_reply(("> He did.", "**1.** A"), "all", "some", asked_at=4.0) == (0, 0)
    assert judge_reply(("> She did.", "**1.** B"), "all", "some") == (0, 0)


@pytest.mark.slow
async def test_no_answer_is_lost_or_wrong_during_rebuilds(tmp_path: Path) -> None:
    articles = tmp_path / "set" / "articles"
    articles.mkdir(parents=True)
    questions = []
    for subject in SUBJECTS:
        (articles / f"{subject}.txt").write_text(
            f"The trade in {subject}\n\nMerchants of Ghent brought {subject} over the river.\n\n"
            f"The price of {subject} was written down by a clerk called Adam.",
            "utf-8",
        )
        questions.append(f"Who wrote down the price of {subject}?")
        questions.append(f"Where did merchants of {subject} come from?")
    (articles.parent / "questions.jsonl").write_text(
        "".join(json.dumps({"question": question}) + "\n" for question in questions), "utf-8"
    )
    work = tmp_path / "work"
    work.mkdir()
    result = await soak(articles.parent, work, questions=1500, members=8, every=3.0)
    assert not result.failed, (result.wrong[:2], result.stale[:2], result.lost)
    assert result.asked == 1500
    assert result.builds >= 1
    assert result.editions["some"] > 0
