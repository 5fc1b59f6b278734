import pytest
from pydantic import ValidationError

from conf.plugins import PluginSettings


@pytest.mark.parametrize("name", ["mask", "a", "My.plugin_2-x", "9", "n" * 100])
def test_names_of_plugins(name: str) -> None:
    settings = PluginSettings.model_validate({"off": [name], "order": [name], "settings": {name: {"x": 1}}})
    assert (settings.off, settings.order, settings.settings) == ((name,), (name,), {name: {"x": 1}})


@pytest.mark.parametrize("name", ["", "../mask", ".hidden", "a b", "a/b", "mask\n", "é", "n" * 101])
@pytest.mark.parametrize("key", ["off", "order", "settings"])
def test_what_is_no_name(key: str, name: str) -> None:
    with pytest.raises(ValidationError, match=key):
        PluginSettings.model_validate({key: {name: {}} if key == "settings" else [name]})


@pytest.mark.parametrize("key", ["time_limit_s", "start_limit_s"])
def test_a_plugin_has_some_time(key: str) -> None:
    with pytest.raises(ValidationError, match=key):
        PluginSettings.model_validate({key: 0.2})


def test_what_a_plugin_is_told_is_not_shown() -> None:
    assert "secret" not in repr(PluginSettings(settings={"p": {"token": "secret"}}))
