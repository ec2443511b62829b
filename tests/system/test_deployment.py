"""The files that operators copy: they know every setting, and state its default."""

import re
from pathlib import Path

import pytest
import yaml

from bot.config.settings import Settings, read_settings
from bot.config.shards import ShardRange
from tests.support.index_fixtures import SEEDS

ROOT = SEEDS.parent
ASSIGNMENT = re.compile(r"#?((?:QUOTH|DISCORD)_\w+)=(.*)")


def documented() -> dict[str, tuple[str, str]]:
    """Return the value and the comment of every setting in ``.env.example``."""
    settings, comment = {}, ""
    for line in (ROOT / ".env.example").read_text("utf-8").splitlines():
        if match := ASSIGNMENT.fullmatch(line):
            settings[match[1]], comment = (match[2], comment), ""
        else:
            comment = f"{comment} {line.removeprefix('#').strip()}" if line else ""
    return settings


def test_env_example_explains_every_setting() -> None:
    names = {f"QUOTH_{name.upper()}" for name in Settings.model_fields if name != "discord_token"}
    assert documented().keys() == names | {"DISCORD_TOKEN"}
    assert all(len(comment) > 15 for _, comment in documented().values())


def test_env_example_states_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    defaults = read_settings()
    examples = {name for name, (_, comment) in documented().items() if "xample:" in comment}
    for name, (value, _) in documented().items():
        if name not in examples:
            monkeypatch.setenv(name, value)
    assert read_settings() == defaults
    assert examples == {
        *("QUOTH_COLLECTIONS", "QUOTH_CURATORS", "QUOTH_MILVUS", "QUOTH_SHARDS"),
        "QUOTH_TOOL_DESCRIPTIONS",
    }


def test_compose_passes_all_settings_but_paths_and_health_port() -> None:
    service = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))["services"]["quoth"]
    assert service["env_file"] == ".env"
    assert service["environment"].keys() == {
        "QUOTH_SEEDS", "QUOTH_INDEX", "QUOTH_STORE", "QUOTH_HEALTH_PORT"
    }  # fmt: skip
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    port = service["environment"]["QUOTH_HEALTH_PORT"]
    assert f"http://127.0.0.1:{port}/healthz" in dockerfile
    assert "./seeds:/seeds" in service["volumes"]


def test_cluster_runs_every_shard_once_on_one_store() -> None:
    services = yaml.safe_load((ROOT / "compose.cluster.yaml").read_text("utf-8"))["services"]
    bots = [each["environment"] for name, each in services.items() if name.startswith("bot-")]
    ranges = [ShardRange.parse(each["QUOTH_SHARDS"]) for each in bots]
    assert sorted(shard for each in ranges for shard in each.ids) == list(range(ranges[0].total))
    assert {each.total for each in ranges} == {4}
    assert len({each["QUOTH_STORE"] for each in bots}) == 1
    known = {f"QUOTH_{name.upper()}" for name in Settings.model_fields}
    assert all(each.keys() <= known for each in bots)
    for service in services.values():
        assert service.get("depends_on", {}).keys() <= services.keys()


def test_the_systemd_unit_says_where_the_articles_go() -> None:
    unit = (ROOT / "docs/quoth.service").read_text("utf-8")
    (folder,) = re.findall(r"^WorkingDirectory=(.*)$", unit, re.MULTILINE)
    assert f"# The articles go into {folder}/{Settings.model_fields['seeds'].default}" in unit
    assert f"ReadWritePaths={folder}" in unit
