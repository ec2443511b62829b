import json
import os
import sys
import time
from collections.abc import AsyncIterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import web
from pydantic import SecretStr

from bot.cli import doctor
from bot.cli.app import main
from bot.config.settings import Settings
from bot.config.store_location import PostgresUrl
from index.store import snapshot
from tests.support.index_fixtures import SEEDS
from tests.support.stores import file_of, run

TOKEN = "MTIzNDU2.abc.def"  # noqa: S105 - application 123456 does not exist


@pytest.fixture
def settings(index: Path, tmp_path: Path) -> Settings:
    return Settings(
        seeds=SEEDS, index=index, store=tmp_path / "store.sqlite3", discord_token=SecretStr(TOKEN)
    )


def local_check(settings: Settings, name: str) -> doctor.Check:
    (check,) = [check for check in doctor.check_locally(settings) if check.name == name]
    return check


def with_token(settings: Settings, token: str) -> Settings:
    return settings.model_copy(update={"discord_token": SecretStr(token)})


def test_healthy_installation_passes_all_checks(settings: Settings) -> None:
    checks = list(doctor.check_locally(settings))
    assert [check for check in checks if not check.ok] == []
    assert TOKEN not in str(checks)
    assert "2 articles" in local_check(settings, "snapshot").found


def test_torch_is_only_needed_for_other_models(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def version(package: str) -> str:
        if package in {"torch", "sentence-transformers"}:
            raise PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(doctor, "version", version)
    check = local_check(settings, "versions")
    assert (check.ok, "torch" in check.found) == (True, False)
    check = local_check(settings.model_copy(update={"reranker": "a/model"}), "versions")
    assert (check.ok, check.fix) == (False, "pip install torch sentence-transformers")


@pytest.mark.parametrize("version", [(3, 11), (3, 14)])
def test_supported_python_versions_pass(
    version: tuple[int, int], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert local_check(settings, "versions").ok


@pytest.mark.parametrize("version", [(3, 10), (3, 15)])
def test_other_python_versions_fail(
    version: tuple[int, int], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    check = local_check(settings, "versions")
    assert (check.ok, check.fix) == (False, "use Python 3.11, 3.12, 3.13 or 3.14")


@pytest.mark.parametrize("token", ["abc", "not.a.token", "MTIzNDU2.abc", "QUJD.abc.def"])
def test_bad_token_is_reported_without_printing_it(settings: Settings, token: str) -> None:
    check = local_check(with_token(settings, token), "token")
    assert (check.ok, token in check.found + check.fix) == (False, False)


def test_damaged_snapshot_is_reported_with_a_build_as_fix(settings: Settings, index: Path) -> None:
    (text,) = index.glob("snapshots/*/text.bin")
    text.write_bytes(text.read_bytes()[:-1])
    check = local_check(settings, "snapshot")
    assert check.ok is False
    assert "text.bin has" in check.found
    assert "quoth build" in check.found


def test_missing_seeds_folder_is_reported(settings: Settings, tmp_path: Path) -> None:
    missing = settings.model_copy(update={"seeds": tmp_path / "nowhere"})
    assert local_check(missing, "seeds").found.endswith("nowhere is not a folder")


def test_hidden_files_are_not_counted_as_articles(settings: Settings, tmp_path: Path) -> None:
    seeds = tmp_path / "empty"
    (seeds / ".sources").mkdir(parents=True)
    (seeds / ".sources" / "lock").touch()
    empty = settings.model_copy(update={"seeds": seeds, "index": tmp_path / "none"})
    check = local_check(empty, "seeds")
    assert check.ok is False
    assert check.found.startswith("0 files in ")


def test_index_of_other_articles_is_reported(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "tea.md").write_text("# Tea", "utf-8")
    other = settings.model_copy(update={"seeds": tmp_path})
    assert "has none of the articles in" in local_check(other, "seeds").found


def test_missing_collection_is_reported(settings: Settings) -> None:
    bound = settings.model_copy(update={"collections": {1: ("news",)}})
    assert "the folder 'news', which is not in" in local_check(bound, "folders").found


def test_corrupt_database_is_reported(settings: Settings) -> None:
    file_of(settings.store).write_bytes(b"not a database, but long enough to be looked at" * 30)
    assert "file is not a database" in local_check(settings, "store").found


def test_clock_set_back_is_reported(
    settings: Settings, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time", lambda: snapshot.created_at("20200101-000000-000000"))
    assert local_check(settings, "clock").fix.startswith("set the clock")


@pytest.mark.parametrize(
    ("permissions", "ok"),
    [
        (doctor.REQUIRED_PERMISSIONS, True),
        (8, True),
        (doctor.REQUIRED_PERMISSIONS & ~(1 << 15), False),
        (0, False),
    ],
)
def test_missing_permissions_are_reported(permissions: int, ok: bool) -> None:
    check = doctor.check_permissions([{"name": "Tea", "permissions": str(permissions)}])
    assert (check.ok, "Tea" in check.found) == (ok, not ok)


@pytest.fixture
async def discord_responses(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[dict[str, int]]:
    responses = {"status": 200}

    async def me(request: web.Request) -> web.Response:
        assert request.headers["Authorization"] == f"Bot {TOKEN}"
        return web.json_response({"username": "quoth"}, status=responses["status"])

    async def guilds(_: web.Request) -> web.Response:
        return web.json_response([{"name": "Tea", "permissions": str(doctor.REQUIRED_PERMISSIONS)}])

    application = web.Application()
    application.add_routes([web.get("/users/@me", me), web.get("/users/@me/guilds", guilds)])
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    monkeypatch.setattr(doctor, "_API_URL", f"http://127.0.0.1:{port}")
    yield responses
    await runner.cleanup()


async def test_discord_confirms_token_servers_and_time(
    settings: Settings, discord_responses: dict[str, int]
) -> None:
    checks = await doctor.check_discord(settings)
    assert [(check.name, check.ok) for check in checks] == [
        ("time", True), ("Discord", True), ("servers", True),
    ]  # fmt: skip
    assert checks[1].found == "logs in as quoth"


async def test_token_rejected_by_discord_is_reported(
    settings: Settings, discord_responses: dict[str, int]
) -> None:
    discord_responses["status"] = 401
    assert [check.ok for check in await doctor.check_discord(settings)] == [True, False]


async def test_unreachable_discord_is_not_a_failure(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_API_URL", "http://127.0.0.1:9")
    (check,) = await doctor.check_discord(settings)
    assert (check.name, check.ok) == ("Discord", None)


def test_command_prints_all_checks_and_fails_if_one_does(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "_API_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("DISCORD_TOKEN", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--index", str(index), "--seeds", str(SEEDS)])
    assert ended.value.code == 1
    output = capsys.readouterr().out
    assert "FAIL token      DISCORD_TOKEN is not set\n      → `quoth run` explains" in output
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--index", str(index), "--seeds", str(SEEDS), "--json"])
    assert ended.value.code == 0
    assert {check["name"] for check in json.loads(capsys.readouterr().out)} >= {"token", "disk"}
    assert os.environ["DISCORD_TOKEN"] == TOKEN


def test_a_postgresql_store_is_checked(settings: Settings, postgres: str) -> None:
    location = PostgresUrl(postgres)
    check = local_check(settings.model_copy(update={"store": location}), "store")
    assert (check.ok, check.fix) == (True, "")
    assert "is writable, its tables are set up at the bot's next start" in check.found
    name = urlsplit(postgres).path[1:]
    run(location, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    check = local_check(settings.model_copy(update={"store": location}), "store")
    assert check.ok is False
    assert "read-only transaction" in check.found


def test_an_unreachable_store_is_reported_without_password(settings: Settings) -> None:
    location = PostgresUrl("postgresql://bot:secret@127.0.0.1:9/quoth")
    check = local_check(settings.model_copy(update={"store": location}), "store")
    assert check.ok is False
    assert "postgresql://bot@127.0.0.1:9/quoth" in check.found
    assert "secret" not in check.found
