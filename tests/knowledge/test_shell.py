"""How the commands of ``askwire knowledge`` begin and fail: with one line that says what is wrong."""

from pathlib import Path
from typing import NoReturn

import pytest
import typer

from conf.settings import SettingsError
from knowledge import shell
from knowledge.database import FILE_NAME
from knowledge.records import OPERATOR
from knowledge.shell import Tools, fail, plain, run
from plugins import AskwireError, ErrorCode


@pytest.fixture(autouse=True)
def logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """They stay as they are."""
    monkeypatch.setattr(shell, "configure_logs", lambda _: None)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "askwire.toml"
    file.write_text(f'data_dir = "{tmp_path / "data"}"\n[knowledge]\nembedder = "none"\n')
    return file


async def names(tools: Tools) -> list[str]:
    return [base.name for base in await tools.bases.visible(OPERATOR)]


def test_only_who_makes_something_finds_a_folder_without_a_store(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        run(names, config, None)
    assert ended.value.exit_code == 1
    assert f"there are no knowledge bases in the data folder {tmp_path / 'data'};" in capsys.readouterr().err
    assert not (tmp_path / "data").exists()
    assert run(names, config, None, making=True) == []
    assert (tmp_path / "data" / FILE_NAME).is_file()
    assert run(names, config, None) == []


def test_the_command_line_s_folder_comes_before_the_settings(config: Path, tmp_path: Path) -> None:
    async def folder(tools: Tools) -> Path:
        return tools.settings.data_path

    assert run(folder, config, str(tmp_path / "other"), making=True) == tmp_path / "other"
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("settings", "says"),
    [("nonsense = 1", "nonsense"), ("[knowledge\n", "askwire.toml"), ("[knowledge]\nimport = 5", "import")],
)
def test_wrong_settings_end_it(config: Path, capsys: pytest.CaptureFixture[str], settings: str, says: str) -> None:
    config.write_text(settings)
    with pytest.raises(typer.Exit) as ended:
        run(names, config, None)
    assert ended.value.exit_code == 2
    error = capsys.readouterr().err
    assert error.startswith("askwire: ")
    assert says in error


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (SettingsError("no [such] plugin"), 2, "askwire: no [such] plugin\n"),
        (AskwireError(ErrorCode.NOT_KNOWN, "there is no h"), 1, "askwire: there is no h\n"),
    ],
)
def test_what_goes_wrong_is_one_line(
    config: Path, capsys: pytest.CaptureFixture[str], error: Exception, status: int, says: str
) -> None:
    async def work(tools: Tools) -> NoReturn:
        raise error

    with pytest.raises(typer.Exit) as ended:
        run(work, config, None, making=True)
    assert ended.value.exit_code == status
    assert capsys.readouterr().err == says


def test_a_failure_shows_markup_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit):
        fail("no file [red]a[/red] :smile:")
    assert capsys.readouterr().err == "askwire: no file [red]a[/red] :smile:\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b\u00e9\u4e2d[red]", "a b\u00e9\u4e2d[red]"),
        ("\x1b]0;x\x07\x9b2J\r\n\t", "\ufffd]0;x\ufffd\ufffd2J\ufffd\ufffd\ufffd"),
        ("\u202egpj.exe", "\ufffdgpj.exe"),
        ("", ""),
    ],
)
def test_no_text_is_a_command_to_the_terminal(text: str, shown: str) -> None:
    assert plain(text) == shown
