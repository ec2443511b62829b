import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.cli import doctor
from bot.cli.app import main
from bot.config.settings import Settings
from index.store import snapshot
from tests.support.index_fixtures import SEEDS

TOKEN = "MTIzNDU2.abc.def"  # noqa: S105 - of application 123456, which is nobody's


@pytest.fixture
def settings(index: Path, tmp_path: Path) -> Settings:
    return Settings(
        seeds=SEEDS, index=index, store=tmp_path / "store.sqlite3", discord_token=SecretStr(TOKEN)
    )


def found(settings: Settings, name: str) -> doctor.Check:
    (check,) = [one for one in doctor.local(settings) if one.name == name]
    return check


def with_token(settings: Settings, token: str) -> Settings:
    return settings.model_copy(update={"discord_token": SecretStr(token)})


def test_a_healthy_bot_has_nothing_to_mend(settings: Settings) -> None:
    checks = list(doctor.local(settings))
    assert [check for check in checks if not check.ok] == []
    assert TOKEN not in str(checks)
    assert "2 articles" in found(settings, "snapshot").found


@pytest.mark.parametrize("token", ["abc", "not.a.token", "MTIzNDU2.abc", "QUJD.abc.def"])
def test_what_is_no_token_is_told_without_showing_it(settings: Settings, token: str) -> None:
    check = found(with_token(settings, token), "token")
    assert (check.ok, token in check.found + check.fix) == (False, False)


def test_a_damaged_snapshot_is_named_and_a_build_is_the_fix(
    settings: Settings, index: Path
) -> None:
    (text,) = index.glob("snapshots/*/text.bin")
    text.write_bytes(text.read_bytes()[:-1])
    check = found(settings, "snapshot")
    assert check.ok is False
    assert "text.bin has" in check.found
    assert "quoth build" in check.found


def test_seeds_that_are_not_there_are_missed(settings: Settings, tmp_path: Path) -> None:
    missing = settings.model_copy(update={"seeds": tmp_path / "nowhere"})
    assert found(missing, "seeds").found.endswith("nowhere is no folder")


def test_a_store_that_is_none_is_found(settings: Settings) -> None:
    settings.store.write_bytes(b"not a database, but long enough to be looked at" * 30)
    assert "file is not a database" in found(settings, "store").found


def test_a_clock_that_went_back_is_noticed(
    settings: Settings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: snapshot.made("20200101-000000-000000"))
    assert found(settings, "clock").fix.startswith("set the clock")


@pytest.mark.parametrize(
    ("permissions", "ok"),
    [(doctor.NEEDED, True), (8, True), (doctor.NEEDED & ~(1 << 15), False), (0, False)],
)
def test_permissions_are_held_against_what_is_needed(permissions: int, ok: bool) -> None:
    check = doctor.permissions([{"name": "Tea", "permissions": str(permissions)}])
    assert (check.ok, "Tea" in check.found) == (ok, not ok)


@pytest.fixture
async def discord_says(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, int]]:
    said = {"status": 200}

    async def me(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bot {TOKEN}"
        return web.json_response({"username": "quoth"}, status=said["status"])

    async def guilds(_: web.Request) -> web.Response:
        return web.json_response([{"name": "Tea", "permissions": str(doctor.NEEDED)}])

    application = web.Application()
    application.add_routes([web.get("/users/@me", me), web.get("/users/@me/guilds", guilds)])
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    monkeypatch.setattr(doctor, "_API", f"http://127.0.0.1:{port}")
    yield said
    await runner.cleanup()


async def test_discord_is_asked_for_the_token_the_servers_and_the_time(
    settings: Settings, discord_says: dict[str, int]
) -> None:
    checks = await doctor.online(settings)
    assert [(check.name, check.ok) for check in checks] == [
        ("time", True), ("Discord", True), ("servers", True),
    ]  # fmt: skip
    assert checks[1].found == "logs in as quoth"


async def test_a_token_that_discord_does_not_take_is_told(
    settings: Settings, discord_says: dict[str, int]
) -> None:
    discord_says["status"] = 401
    assert [check.ok for check in await doctor.online(settings)] == [True, False]


async def test_discord_out_of_reach_is_no_failure(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_API", "http://127.0.0.1:9")
    (check,) = await doctor.online(settings)
    assert (check.name, check.ok) == ("Discord", None)


def test_the_command_says_all_of_it_and_fails_when_something_does(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "_API", "http://127.0.0.1:9")
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--index", str(index), "--seeds", str(SEEDS)])
    assert ended.value.code == 1
    told = capsys.readouterr().out
    assert "FAIL token      there is none\n      → `quoth run` says" in told
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--index", str(index), "--seeds", str(SEEDS), "--json"])
    assert ended.value.code == 0
    assert {check["name"] for check in json.loads(capsys.readouterr().out)} >= {"token", "disk"}
    assert os.environ["DISCORD_TOKEN"] == TOKEN
