from importlib.metadata import EntryPoints
from pathlib import Path
from types import SimpleNamespace

import pytest

from conf.plugins import PluginSettings
from plugins import finding, hookimpl
from plugins.finding import FOLDER, Found, Manager, find, load
from plugins.plugin import Plugin


class Good:
    @hookimpl
    def askwire_status(self) -> list[object]:
        return []


class Misspelt:
    @hookimpl
    def askwire_statuss(self) -> list[object]:
        return []


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: EntryPoints([]))
    monkeypatch.setattr(finding, "_hung", {})


def names(found: list[Found]) -> list[tuple[str, bool]]:
    return [(each.plugin.name, each.plugin.on) for each in found]


def test_built_in_ones_come_first_then_those_of_a_program() -> None:
    named = SimpleNamespace(plugin_name="named")
    found = find(PluginSettings(), {"own": Good()}, (Good(), named))
    assert names(found) == [("own", True), ("Good", True), ("named", True)]
    assert [each.plugin.source for each in found] == ["askwire", "program", "askwire"]
    assert [each.plugin.own for each in found] == [True, False, True]


def test_the_settings_order_them_and_switch_them_off() -> None:
    settings = PluginSettings(order=("b", "a"), off=("c",))
    found = find(settings, {name: Good() for name in ("c", "a", "b", "d")}, ())
    assert names(found) == [("b", True), ("a", True), ("c", False), ("d", True)]
    assert found[2].plugin.off == "switched off by the settings ([plugins] off)"


def test_a_name_is_taken_once() -> None:
    found = find(PluginSettings(), {"Good": Good()}, (Good(),))
    assert names(found) == [("Good", True), ("Good", False)]
    assert found[1].plugin.off == "its name is taken by the plugin of askwire"


def test_what_the_settings_name_and_nobody_brings() -> None:
    settings = PluginSettings(order=("audti",), off=("audti",), settings={"zzz": {}})
    *_, first, second = find(settings, {"audit": Good()}, ())
    assert first.plugin.off == "the settings name it, but it is not installed; did you mean 'audit'?"
    assert second.plugin.off == "the settings name it, but it is not installed"
    assert first.load() is None


def test_a_folder_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    (only,) = find(PluginSettings(folder=str(tmp_path / "none")), {}, ())
    assert (only.plugin.name, only.plugin.off) == (FOLDER, "cannot be read: No such file or directory")


def test_a_folder_that_others_may_write_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    (only,) = find(PluginSettings(folder=str(tmp_path)), {}, ())
    assert only.plugin.off.startswith("refused with all plugins in it: ")


def test_one_that_is_loaded_knows_its_hooks() -> None:
    plugin = load(Found(Plugin("good", "", "program"), Good), Manager(), 5.0)
    assert (plugin.on, plugin.hooks) == (True, ("askwire_status",))
    assert isinstance(plugin.implementation, Good)


def test_one_that_is_off_is_not_imported() -> None:
    def imported() -> object:
        raise AssertionError("it is off")

    assert not load(Found(Plugin("p", "", "program", off="so"), imported), Manager(), 5.0).on


def breaks() -> object:
    raise ImportError("no module")


@pytest.mark.parametrize(
    ("imported", "said"),
    [
        (Misspelt, "there is no hook 'askwire_statuss'; did you mean 'askwire_status'?"),
        (breaks, "no module"),
    ],
)
def test_one_that_cannot_be_loaded_is_off(imported: type, said: str) -> None:
    manager = Manager()
    plugin = load(Found(Plugin("p", "", "program"), imported), manager, 5.0)
    assert said in plugin.off
    assert manager.get_plugins() == set()


def test_one_that_hung_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_hung", {"program p": "it held the start"})
    plugin = load(Found(Plugin("p", "", "program"), breaks), Manager(), 5.0)
    assert plugin.off == "it held the start"
