from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from conf.settings import Settings
from plugins.builtin.mcp import server
from plugins.builtin.mcp.commands import commands
from plugins.builtin.mcp.server import Wanted


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, Wanted]]:
    """What servers were started with; each ends with 3."""
    found: list[tuple[Settings, Wanted]] = []

    def run_server(settings: Settings, wanted: Wanted) -> int:
        found.append((settings, wanted))
        return 3

    monkeypatch.setattr(server, "run_server", run_server)
    return found


def mcp(*arguments: str, **environment: Any) -> Result:
    return CliRunner().invoke(commands, list(arguments), env=environment)


def test_options_go_to_the_server_and_its_settings(started: list[tuple[Settings, Wanted]], tmp_path: Path) -> None:
    ended = mcp("--gateway", "127.0.0.1:4406", "--user", "ann", "--database", "shop", "--data-dir", str(tmp_path))
    assert ended.exit_code == 3, ended.output
    ((settings, wanted),) = started
    assert (settings.mcp.user, settings.mcp.database) == ("ann", "shop")
    assert (wanted.gateway, wanted.upstream, wanted.http, wanted.data_dir) == ("127.0.0.1:4406", None, None, tmp_path)


def test_a_password_comes_by_the_environment(started: list[tuple[Settings, Wanted]]) -> None:
    ended = mcp("--gateway", "127.0.0.1:4406", ASKWIRE_MCP__PASSWORD="secret")
    assert ended.exit_code == 3, ended.output
    assert started[0][0].mcp.password == "secret"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--upstream", "mysql://a", "--gateway", "b:1"), "--upstream and --gateway exclude each other"),
        (("--config", "/nowhere/askwire.toml"), "askwire: "),
    ],
)
def test_what_cannot_be_meant(started: list[tuple[Settings, Wanted]], arguments: tuple[str, ...], said: str) -> None:
    ended = mcp(*arguments)
    assert ended.exit_code == 2
    assert said in ended.output
    assert started == []


def test_the_token_is_made_once(tmp_path: Path) -> None:
    first, second = (mcp("token", "--data-dir", str(tmp_path)).output for _ in range(2))
    assert first == second
    assert len(first.strip()) >= 32
    assert (tmp_path / "mcp-token").stat().st_mode & 0o077 == 0
