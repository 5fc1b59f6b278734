"""The models as a plugin: found by entry point, offered as a service, shown in SHOW AI STATUS and as a command."""

from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conf.models import DEFAULT_MODEL
from models_runtime.commands import commands
from models_runtime.registry import Models
from plugins import StatusItem, Table, load_plugins
from plugins.engines import Request
from tests.models_runtime.helpers import chat_server, settings_for, sse

runner = CliRunner()


async def test_the_service_lives_as_long_as_the_gateway(tmp_path: Path) -> None:
    plugins = load_plugins()
    assert "models_runtime" in plugins.names()
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, settings_for(tmp_path, model={"name": "none"}))
        models = plugins.services.get(Models)
        assert models is not None
        assert StatusItem("model", "none") in plugins.status()


def test_the_command_group_is_called_model() -> None:
    assert "model" in [group.info.name for group in load_plugins().commands()]


def test_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "models").mkdir()
    config = tmp_path / "askwire.toml"
    config.write_text('[models.house]\nengine = "openai"\nurl = "http://127.0.0.1:1/v1"\n')
    arguments = ["list", "--config", str(config), "--data-dir", str(tmp_path)]
    listed = runner.invoke(commands, arguments).stdout
    assert f"{DEFAULT_MODEL} (default)" in listed
    assert "askwire model pull" in listed
    assert "http://127.0.0.1:1/v1" in listed
    own = tmp_path / "models" / f"{DEFAULT_MODEL}.gguf"
    own.write_bytes(b"x")
    assert str(own) in runner.invoke(commands, arguments).stdout


def test_list_with_bad_settings(tmp_path: Path) -> None:
    result = runner.invoke(commands, ["list", "--config", str(tmp_path / "no.toml")])
    assert result.exit_code == 2
    assert "no.toml" in result.output


def test_pull_of_an_unknown_model() -> None:
    result = runner.invoke(commands, ["pull", "gpt"])
    assert result.exit_code == 2
    assert DEFAULT_MODEL in result.output


def test_pull_finds_what_is_there(model_path: Path) -> None:
    result = runner.invoke(commands, ["pull"])
    assert result.exit_code == 0
    assert str(model_path) in result.output


async def test_show_ai_models(tmp_path: Path) -> None:
    async with chat_server(sse("1")) as server:
        entry = {"engine": "openai", "url": server.url, "model": "m"}
        settings = settings_for(
            tmp_path, model={"name": "house", "fallback": [DEFAULT_MODEL]}, models={"house": entry, "spare": entry}
        )
        plugins = load_plugins()
        async with AsyncExitStack() as stack:
            await plugins.enter_lifespans(stack, settings)
            models = plugins.services.get(Models)
            assert models is not None
            await models.complete(Request("a", "b"))
            statement = next(s for s in plugins.statements(settings) if s.opening == ("SHOW", "AI", "MODELS"))
            shown = await statement.handle(None, "SHOW AI MODELS")  # type: ignore[arg-type]  # it asks no session
    assert isinstance(shown, Table)
    house, default, spare = (dict(zip([c.name for c in shown.columns], row, strict=True)) for row in shown.rows)
    assert isinstance(house.pop("first_token_ms"), int)
    assert isinstance(house.pop("tokens_per_s"), float)
    assert house == {
        "name": "house",
        "engine": "openai",
        "tasks": "sql, narrate",
        "state": "ready",
        "circuit": "closed",
        "waiting": 0,
        "in_flight": 0,
        "answered": 1,
        "failed": 0,
        "cached_percent": 40,
    }
    assert (default["name"], default["engine"], default["tasks"]) == (DEFAULT_MODEL, "llamacpp", "fallback 1")
    assert (spare["name"], spare["tasks"], spare["state"]) == ("spare", "", "not started")
    assert (spare["answered"], spare["first_token_ms"]) == (0, None)
