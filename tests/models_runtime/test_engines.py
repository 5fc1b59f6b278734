from pathlib import Path
from typing import Any

import pytest

from conf.models import DEFAULT_MODEL
from conf.settings import Settings
from models_runtime.engines import MissingEngine, built_in, engine_kind, make_engine, places
from models_runtime.llamacpp import LlamaCppEngine
from models_runtime.openai import OpenAIEngine
from models_runtime.vllm import RemoteVllmEngine, VllmEngine
from plugins import AskwireError, ErrorCode
from plugins.engines import Engine, Request
from tests.models_runtime.helpers import settings_for

MODELS = {
    "own": {"engine": "llamacpp", "path": "/m.gguf", "concurrency": 4},
    "house": {"engine": "openai", "url": "http://house.example/v1", "concurrency": 4},
    "fast": {"engine": "vllm", "path": "/m", "concurrency": 3},
    "far": {"engine": "vllm", "url": "http://far.example:8000/v1"},
    "odd": {"engine": "acme:echo", "concurrency": 2},
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path, models=MODELS)


@pytest.mark.parametrize(
    ("name", "kind", "made", "at_a_time", "host"),
    [
        (DEFAULT_MODEL, "llamacpp", LlamaCppEngine, 1, ""),
        ("own", "llamacpp", LlamaCppEngine, 1, ""),  # one by one, whatever the settings say
        ("house", "openai", OpenAIEngine, 4, "house.example"),
        ("fast", "vllm", VllmEngine, 3, ""),
        ("far", "vllm", RemoteVllmEngine, 8, "far.example"),
        ("odd", "acme:echo", MissingEngine, 2, ""),
    ],
)
async def test_the_engine_of_each_kind(
    settings: Settings, name: str, kind: str, made: type, at_a_time: int, host: str
) -> None:
    engine = make_engine(name, settings)
    try:
        assert type(engine) is made
        # Where the prompt goes: empty for this machine, on which nothing has to be hidden.
        assert engine.host == host
        assert (engine_kind(name, settings), places(name, settings)) == (kind, at_a_time)
        assert not list(settings.data_path.iterdir()), "nothing is started yet"
    finally:
        await engine.stop()


async def test_whoever_has_the_kind_is_asked_by_it(settings: Settings) -> None:
    asked: list[tuple[str, str]] = []

    def make(kind: str, name: str, given: Settings) -> Engine | None:
        asked.append((kind, name))
        return built_in(kind, name, given) if kind == "openai" else None

    house = make_engine("house", settings, make)
    await house.stop()
    assert isinstance(house, OpenAIEngine)
    assert isinstance(make_engine("odd", settings, make), MissingEngine)
    assert asked == [("openai", "house"), ("acme:echo", "odd")]


async def test_an_engine_that_nobody_has_says_so_to_whoever_asks_it() -> None:
    engine = MissingEngine("acme:echo")
    engine.start()
    await engine.warm("schema")
    asking: list[Any] = [engine.ready(), engine.sample(Request("s", "u"), 1, 10)]
    for request in asking:
        with pytest.raises(AskwireError) as caught:
            await request
        assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
        assert caught.value.message == "The model cannot be asked: no plugin has the engine acme:echo"
    await engine.stop()
    assert engine.state == "no plugin has the engine acme:echo"
