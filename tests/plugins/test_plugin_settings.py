"""What the settings tell a plugin, in its own model."""

from contextlib import AsyncExitStack

import pytest
from pydantic import BaseModel

from conf.plugins import PluginSettings
from conf.settings import Settings, SettingsError
from plugins import Plugins, StatusItem, hookimpl, load_plugins
from plugins.types import Services

OFF = ("knowledge", "models_runtime", "nl2sql", "diagnose", "audit", "crawl", "mask", "mcp")


class Told(BaseModel):
    greeting: str = "Hello"
    times: int = 1


class Listens:
    """As a module would: without state of its own."""

    plugin_name = "listens"

    @hookimpl
    def askwire_settings(self) -> type[BaseModel]:
        return Told

    @hookimpl
    def askwire_status(self, services: Services) -> list[StatusItem]:
        told = services.get(Told)
        assert told is not None
        return [StatusItem(told.greeting, str(told.times))]


def loaded(**tables: dict[str, object]) -> tuple[Plugins, Settings]:
    settings = Settings(model={"name": "none"}, plugins=PluginSettings(off=OFF, settings=tables))
    return load_plugins(Listens(), settings=settings.plugins), settings


@pytest.mark.parametrize(("table", "row"), [({}, ("Hello", "1")), ({"greeting": "Hi", "times": 2}, ("Hi", "2"))])
async def test_it_is_told_what_stands_in_its_table(table: dict[str, object], row: tuple[str, str]) -> None:
    plugins, settings = loaded(listens=table)
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, settings)
        assert [(item.name, item.value) for item in plugins.status()] == [row]


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (
            {"greetng": "Hi"},
            "unknown setting 'plugins.settings.listens.greetng'; did you mean 'plugins.settings.listens.greeting'?",
        ),
        ({"times": "often"}, "plugins.settings.listens.times: Input should be a valid integer"),
    ],
)
def test_what_does_not_fit_is_said_as_of_any_other_setting(table: dict[str, object], message: str) -> None:
    plugins, settings = loaded(listens=table)
    with pytest.raises(SettingsError) as caught:
        plugins.check_settings(settings)
    assert message in str(caught.value)


def test_the_table_of_a_plugin_that_is_not_there_is_told_of() -> None:
    plugins, settings = loaded(lissens={"greeting": "Hi"})
    plugins.check_settings(settings)
    (missing,) = (plugin for plugin in plugins.all if plugin.name == "lissens")
    assert missing.off == "the settings name it, but it is not installed; did you mean 'listens'?"
