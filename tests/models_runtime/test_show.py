from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from conf.models import DEFAULT_MODEL
from conf.settings import Settings
from models_runtime import show
from models_runtime.registry import Models
from plugins import AskwireError, Table, load_plugins
from plugins.engines import Completion, EngineLost, Request
from tests.models_runtime.helpers import chat_server, settings_for, sse


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


HOUSE = {"engine": "openai", "url": "http://127.0.0.1:1/v1"}


def shown(settings: Settings, models: Models) -> dict[str, dict[str, Any]]:
    """The rows by the model's name."""
    names = [column.name for column in show.COLUMNS]
    rows = [dict(zip(names, row, strict=True)) for row in show.rows(settings, models)]
    return {row["name"]: row for row in rows}


@pytest.mark.parametrize(
    ("model", "tasks"),
    [
        ({"name": "none"}, {"a": "", "b": "", DEFAULT_MODEL: ""}),
        ({"name": "none", "fallback": ["a"]}, {"a": "", "b": "", DEFAULT_MODEL: ""}),
        ({}, {"a": "", "b": "", DEFAULT_MODEL: "sql, narrate"}),
        ({"name": "a", "narrate": "b"}, {"a": "sql", "b": "narrate", DEFAULT_MODEL: ""}),
        ({"sql": "a", "narrate": "a"}, {"a": "sql, narrate", "b": "", DEFAULT_MODEL: ""}),
        (
            {"name": "a", "fallback": ["b", "a"]},
            {"a": "sql, narrate, fallback 2", "b": "fallback 1", DEFAULT_MODEL: ""},
        ),
    ],
)
def test_what_each_model_is_for(tmp_path: Path, model: dict[str, Any], tasks: dict[str, str]) -> None:
    settings = settings_for(tmp_path, model=model, models={"a": HOUSE, "b": HOUSE})
    assert {name: row["tasks"] for name, row in shown(settings, Models(settings)).items()} == tasks


class Engine:
    """Fails as it is told, or gives an answer of two tokens whose prompt was in the cache."""

    host, state = "", "fine"

    def __init__(self) -> None:
        self.error: Exception | None = None

    def start(self) -> None: ...

    async def stop(self) -> None: ...

    async def ready(self) -> None: ...

    async def warm(self, system: str) -> None: ...

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        if self.error is not None:
            raise self.error
        return [Completion("x", "m", prompt_tokens=3, cached_tokens=2, completion_tokens=2, first_token_s=0.0126)]


async def test_how_a_model_does(tmp_path: Path) -> None:
    settings, engine = settings_for(tmp_path, model={"name": "a"}, models={"a": HOUSE}), Engine()
    async with Models(settings, lambda _kind, _name, _settings: engine) as models:
        await models.complete(Request("s", "u"))
        row = shown(settings, models)["a"]
        assert list(row.values()) == ["a", "openai", "sql, narrate", "fine", "closed", 0, 0, 1, 0, 13, None, 67]
        engine.error = EngineLost("gone")
        while shown(settings, models)["a"]["circuit"] == "closed":
            with pytest.raises(AskwireError):
                await models.complete(Request("s", "u"))
        row = shown(settings, models)["a"]
        assert row["circuit"] in ("open", "half-open")
        assert row["answered"] == 1
        assert row["failed"] > 1
