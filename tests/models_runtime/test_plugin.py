"""The models as a plugin: found by entry point, offered as a service, shown in SHOW AI STATUS and as a command."""

from contextlib import AsyncExitStack
from pathlib import Path

from models_runtime.registry import Models
from plugins import StatusItem, load_plugins
from tests.models_runtime.helpers import settings_for


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
