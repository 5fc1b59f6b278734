"""What the settings say of models: which there are, and which answers what."""

from typing import Any

import pytest
from pydantic import ValidationError

from conf.models import ModelEntry, ModelSettings, check_models
from conf.settings import SettingsError, load_settings

HOUSE = {"engine": "openai", "url": "http://127.0.0.1:1/v1"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"model": {"name": "qwen2.5"}}, "model.name: there is no model 'qwen2.5'; did you mean 'qwen2.5-coder-1.5b'?"),
        ({"model": {"name": "gpt"}}, "there is no model 'gpt'; there is: qwen2.5-coder-1.5b, none"),
        ({"model": {"narrate": "none"}}, "model.narrate: there is no model 'none'"),
        ({"model": {"fallback": ["x"]}, "models": {"x1": HOUSE}}, "model.fallback: there is no model 'x'"),
        ({"models": {"none": HOUSE}}, "models.none: the name means that no model answers"),
        ({"models": {"a b": HOUSE}}, "models.a b: String should match pattern"),
        (
            {"models": {"x": {"engine": "gpt"}}},
            "models.x.engine: takes llamacpp, openai, vllm, or a plugin's as PLUGIN:NAME, not 'gpt'",
        ),
        ({"models": {"x": {"engine": "openai"}}}, "models.x: the engine openai takes a url"),
        ({"models": {"x": {"engine": "llamacpp"}}}, "models.x: the engine llamacpp takes the path of a GGUF file"),
        ({"models": {"x": {"engine": "llamacpp", "url": "http://h/v1"}}}, "has the engine openai"),
        ({"models": {"x": {"engine": "vllm", "url": "http://h/v1", "path": "/m"}}}, "takes either the url"),
        ({"models": {"x": {"engine": "openai", "url": "file:///etc/passwd"}}}, "is not http://HOST:PORT/PATH"),
        ({"models": {"x": {"engine": "openai", "url": "http://"}}}, "is not http://HOST:PORT/PATH"),
        ({"models": {"x": {"engine": "openai", "url": "http://[::1"}}}, "models.x: Invalid IPv6 URL"),
        ({"models": {"x": {"engine": "openai", "url": "http://h:70000/v1"}}}, "models.x: Port out of range"),
        ({"models": {"x": {"engine": "openai", "url": "http://h:a/v1"}}}, "models.x: Port could not be cast"),
        *(({"models": {"x": {**HOUSE, "api_key": key}}}, "models.x: api_key takes") for key in ("é", "a\n", "\0")),
        ({"models": {"x": {"engine": "../a:b"}}}, "not '../a:b'"),
        ({"models": {"x": {"engine": "a:b\n"}}}, "takes llamacpp, openai, vllm, or a plugin's as PLUGIN:NAME"),
        ({"models": {"x\n": HOUSE}}, "String should match pattern"),
        ({"models": {"x" * 101: HOUSE}}, "at most 100 characters"),
        ({"models": {"x": {**HOUSE, "concurrency": 0}}}, "models.x.concurrency"),
        ({"model": {"sql": "qwen"}}, "model.sql: there is no model 'qwen'; there is: qwen2.5-coder-1.5b"),
        ({"model": {"context_tokens": 511}}, "model.context_tokens"),
    ],
)
def test_a_fault_names_the_key(given: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as error:
        load_settings(**given)
    assert message in str(error.value)


@pytest.mark.parametrize("engine", ["openai", "own:engine", "a.b_c-9:d"])
def test_engines(engine: str) -> None:
    assert ModelEntry.model_validate({**HOUSE, "engine": engine}).engine == engine


def test_a_key_is_not_shown() -> None:
    with pytest.raises(ValidationError) as error:
        ModelEntry.model_validate({"engine": "openai", "api_key": "very secret"})
    assert "very secret" not in repr(ModelEntry.model_validate({**HOUSE, "api_key": "very secret"}))
    with pytest.raises(SettingsError) as told:
        load_settings(models={"x": {"engine": "openai", "api_key": "very secret"}})
    assert "very secret" not in str(told.value)
    assert error.value.error_count() == 1


def test_where_a_setting_names_a_model() -> None:
    settings = ModelSettings(name="a", narrate="b", fallback=("c", "d"))
    assert list(settings.named()) == [("name", "a"), ("narrate", "b"), ("fallback", "c"), ("fallback", "d")]


def test_what_is_there_can_be_named() -> None:
    house = ModelEntry.model_validate(HOUSE)
    check_models(ModelSettings(name="house", sql="house", fallback=("qwen2.5-coder-1.5b",)), {"house": house})
    check_models(ModelSettings(name="none"), {})
    pulled: Any = {"qwen2.5-coder-1.5b": ModelEntry(engine="llamacpp", context_tokens=4096)}
    check_models(ModelSettings(), pulled)
