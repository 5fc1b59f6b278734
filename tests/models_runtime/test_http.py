from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from conf.models import DEFAULT_MODEL
from models_runtime import show
from models_runtime.http import router
from models_runtime.registry import Models
from plugins import AskwireError
from plugins.engines import Request
from tests.models_runtime.helpers import settings_for

HOUSE = {"engine": "openai", "url": "http://127.0.0.1:1/v1"}


async def test_the_models_are_told_as_they_are_shown(tmp_path: Path) -> None:
    settings = settings_for(tmp_path, model={"name": "house"}, models={"house": HOUSE})
    app = FastAPI()
    async with Models(settings) as models:
        app.include_router(router(settings, models))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://api") as api:
            with pytest.raises(AskwireError):
                await models.complete(Request("s", "u"))  # nobody listens there
            told = (await api.get("/models")).json()["models"]
        rows = show.rows(settings, models)
    assert [tuple(model.values()) for model in told] == rows
    assert [tuple(model) for model in told] == [tuple(column.name for column in show.COLUMNS)] * 2
    house, default = told
    assert (house["name"], house["state"], house["failed"]) == ("house", "failing: ConnectError", 1)
    assert (default["name"], default["state"], default["first_token_ms"]) == (DEFAULT_MODEL, "not started", None)
