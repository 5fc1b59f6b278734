"""Names of models, and a gateway without one."""

from pathlib import Path

import pytest

from conf.models import DEFAULT_MODEL
from models_runtime.registry import Models
from models_runtime.types import Request
from plugins import AskwireError, ErrorCode, StatusItem
from tests.models_runtime.helpers import settings_for

HOUSE = {"house": {"engine": "openai", "url": "http://127.0.0.1:1/v1"}}


async def test_names_and_check(tmp_path: Path) -> None:
    models = Models(settings_for(tmp_path, models=HOUSE))
    assert models.names() == ["house", DEFAULT_MODEL]
    assert models.check() == models.default == DEFAULT_MODEL
    assert models.check("house") == "house"
    with pytest.raises(AskwireError, match="did you mean 'house'") as caught:
        models.check("hose")
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL
    with pytest.raises(AskwireError) as caught:
        await models.complete(Request("a", "b"), model="other")
    assert caught.value.code is ErrorCode.UNKNOWN_MODEL


@pytest.mark.parametrize("asked", [None, "none", "house", DEFAULT_MODEL])
async def test_a_gateway_without_a_model_refuses_them_all(tmp_path: Path, asked: str | None) -> None:
    async with Models(settings_for(tmp_path, model={"name": "none"}, models=HOUSE)) as models:
        with pytest.raises(AskwireError) as caught:
            models.check(asked)
        assert caught.value.code is ErrorCode.NO_MODEL
        with pytest.raises(AskwireError) as caught:
            await models.complete(Request("a", "b"), model=asked)
        assert caught.value.code is ErrorCode.NO_MODEL
        await models.warm("a", model=asked)
        assert models.status() == [StatusItem("model", "none")]
    assert list(tmp_path.iterdir()) == []


async def test_an_unknown_default_is_told_when_asked(tmp_path: Path) -> None:
    async with Models(settings_for(tmp_path, model={"name": "gpt"})) as models:
        with pytest.raises(AskwireError) as caught:
            await models.complete(Request("a", "b"))
        assert caught.value.code is ErrorCode.UNKNOWN_MODEL
