"""Plugins in a folder: found, told apart, and refused where others may write."""

import os
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from conf.plugins import PluginSettings
from plugins import Plugins, load_plugins
from plugins.finding import FOLDER
from plugins.folder import Unsafe, found_in

STATUS = """
from plugins import StatusItem, hookimpl

@hookimpl
def askwire_status():
    return [StatusItem("{name}", "here")]
"""
OFF = tuple(found.name for found in entry_points(group="askwire"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o700)
    return folder


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True, mode=0o700)
    path.write_text(text)
    path.chmod(0o600)
    return path


def load(folder: Path, **settings: object) -> Plugins:
    given = {"off": OFF, "start_limit_s": 1.0, **settings}
    return load_plugins(settings=PluginSettings(folder=str(folder), **given))  # type: ignore[arg-type]


def states(plugins: Plugins) -> dict[str, str]:
    return {plugin.name: plugin.off for plugin in plugins.all if plugin.name not in OFF}


def test_files_and_packages_are_plugins(folder: Path) -> None:
    write(folder, "single.py", STATUS.format(name="single"))
    write(folder, "whole/__init__.py", "from .part import askwire_status\n")
    write(folder, "whole/part.py", STATUS.format(name="whole"))
    write(folder, "_private.py", "raise RuntimeError")
    write(folder, "notes.txt", "no plugin")
    write(folder, "empty/readme.md", "no package")
    # It does not hide the library's module of that name.
    write(folder, "json.py", STATUS.format(name="json"))
    plugins = load(folder)
    assert states(plugins) == {"status": "", "json": "", "single": "", "whole": ""}
    assert [item.name for item in plugins.status()] == ["json", "single", "whole"]
    import json

    assert json.loads("1") == 1


def test_one_that_cannot_be_loaded_leaves_the_others_on(folder: Path) -> None:
    write(folder, "ends.py", "raise SystemExit(2)")
    write(folder, "garbled.py", "def (")
    write(folder, "hangs.py", "while True: pass")
    write(folder, "misspelt.py", STATUS.format(name="x").replace("askwire_status", "askwire_statsu"))
    write(folder, "unasked.py", STATUS.format(name="x").replace("askwire_status()", "askwire_status(surprise)"))
    write(folder, "well.py", STATUS.format(name="well"))
    off = states(load(folder))
    assert off["well"] == ""
    assert "SystemExit: 2" in off["ends"]
    assert "SyntaxError" in off["garbled"]
    assert "held the event loop for more than 1 s" in off["hangs"]
    assert "there is no hook 'askwire_statsu'; did you mean 'askwire_status'?" in off["misspelt"]
    assert "surprise" in off["unasked"]
    assert states(load(folder)) == off  # the one that hangs is not tried again


def test_nobody_takes_the_name_of_another(folder: Path) -> None:
    write(folder, "status.py", STATUS.format(name="false"))
    plugins = load(folder)
    (own, false) = (plugin for plugin in plugins.all if plugin.name == "status")
    assert (own.on, own.source) == (True, "askwire")
    assert false.off == "its name is taken by the plugin of askwire"


def test_the_settings_switch_off_and_order(folder: Path) -> None:
    for name in ("a", "b", "c"):
        write(folder, f"{name}.py", STATUS.format(name=name))
    write(folder, "d.py", "raise RuntimeError('it is not even imported')")
    plugins = load(folder, order=("c", "a"), off=(*OFF, "d"))
    assert [item.name for item in plugins.status()] == ["c", "a", "b"]
    assert plugins.names()[:2] == ["c", "a"]
    assert states(plugins)["d"] == "switched off by the settings ([plugins] off)"


@pytest.mark.parametrize(
    ("path", "mode"), [("", 0o770), ("", 0o707), ("a.py", 0o620), ("p", 0o702), ("p/inner.py", 0o666), ("..", 0o777)]
)
def test_a_folder_that_others_may_write_to_is_refused(
    folder: Path, path: str, mode: int, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder, "a.py", STATUS.format(name="a"))
    write(folder, "p/__init__.py", "")
    write(folder, "p/inner.py", "")
    before = (folder / path).stat().st_mode
    (folder / path).chmod(mode)
    try:
        with pytest.raises(Unsafe, match="others may write to"):
            found_in(folder)
        off = states(load(folder))
        assert set(off) == {"status", FOLDER}
        assert off[FOLDER].startswith("refused with all plugins in it: others may write to ")
    finally:
        (folder / path).chmod(before)
    assert "plugins_folder_refused" in capsys.readouterr().out
    assert set(states(load(folder))) == {"status", "a", "p"}


def test_a_folder_of_somebody_else_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "a.py", STATUS.format(name="a"))
    monkeypatch.setattr(os, "geteuid", lambda: 4242)
    if folder.stat().st_uid != 0:
        with pytest.raises(Unsafe, match="belongs to somebody else"):
            found_in(folder)
    os.chown(folder / "a.py", 4243, -1)
    with pytest.raises(Unsafe, match="belongs to somebody else"):
        found_in(folder)


def test_a_folder_that_is_not_there_is_told_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    why = "cannot be read: No such file or directory"
    assert states(load(tmp_path / "nowhere")) == {"status": "", FOLDER: why}
    assert "plugins_folder_unreadable" in capsys.readouterr().out
