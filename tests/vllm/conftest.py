"""One real vLLM on the CPU for all tests here, started by the engine itself; the model is converted when it is not."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from conf.models import DEFAULT_MODEL
from conf.settings import Settings, load_settings
from models_runtime.catalog import PUBLISHED, shared_folder
from models_runtime.convert import convert
from models_runtime.download import pull
from models_runtime.registry import Models

NAME = "house"
# Without a path vLLM serves the converted model.
SETTINGS: dict[str, Any] = {
    "model": {"name": NAME, "context_tokens": 4096},
    "models": {NAME: {"engine": "vllm", "model": DEFAULT_MODEL, "startup_timeout_s": 1500}},
    "ask": {"deadline_s": 900},
}


@pytest.fixture(scope="session")
def folder() -> Path:
    """The default model in the format that vLLM reads."""
    source = pull(PUBLISHED[DEFAULT_MODEL], shared_folder(), lambda _doing, _done: None)
    return convert(source, shared_folder() / DEFAULT_MODEL, lambda _doing: None)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder that the tests and the gateway share, so that one vLLM serves both."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def settings(folder: Path, data: Path) -> Settings:
    assert folder.is_dir()
    return load_settings(data_dir=str(data), **SETTINGS)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def models(settings: Settings) -> AsyncIterator[Models]:
    async with Models(settings) as started:
        yield started
