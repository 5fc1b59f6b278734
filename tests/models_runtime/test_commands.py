"""``askwire model``: what it lists, refuses and says; the work itself: test_download, test_convert, test_bench."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from conf.models import DEFAULT_MODEL
from models_runtime import commands as module
from models_runtime.commands import commands
from models_runtime.convert import ConvertFailed
from models_runtime.download import DownloadFailed

HOUSE = '[models.house]\nengine = "openai"\nurl = "http://127.0.0.1:1/v1"\n'


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that is wide enough, and a cache folder without models."""
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def run(*arguments: object) -> Result:
    ended = CliRunner().invoke(commands, [str(argument) for argument in arguments])
    assert isinstance(ended.exception, SystemExit | None), "a failure is told, not thrown"
    return ended


def listed(folder: Path, settings: str) -> dict[str, str]:
    """The rows of the list by the model's name."""
    config = folder / "askwire.toml"
    config.write_text(settings)
    ended = run("list", "--config", config, "--data-dir", folder)
    assert ended.exit_code == 0, ended.output
    return {line.split()[0]: line for line in ended.stdout.splitlines()[1:]}


def test_the_list_says_where_each_model_is(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "config.json").write_text("{}")
    (tmp_path / "folder" / "weights").symlink_to(tmp_path / "gone")  # as a cache leaves it that was swept
    (tmp_path / "own.gguf").write_bytes(b"x" * 60_000_000)
    entries = {
        "far": ("vllm", "url", "http://h/v1", "configured"),
        "here": ("vllm", "path", tmp_path / "folder", "0.0 GB"),
        "hub": ("vllm", "path", "org/name", "of the model hub"),
        "no": ("vllm", "path", tmp_path / "no", "folder missing"),
        "new": ("vllm", "model", "other", "convert it: askwire model convert other"),
        "house": ("openai", "url", "http://h:1/v1", "configured"),
        "own": ("llamacpp", "path", tmp_path / "own.gguf", "0.1 GB"),
        "lost": ("llamacpp", "path", tmp_path / "lost.gguf", "file missing"),
    }
    settings = (f'[models.{name}]\nengine = "{e}"\n{key} = "{value}"\n' for name, (e, key, value, _) in entries.items())
    rows = listed(tmp_path, "".join(settings))
    assert rows.keys() == {*entries, DEFAULT_MODEL}
    for name, (engine, key, value, state) in entries.items():
        assert engine in rows[name].split()
        assert state in rows[name]
        assert key == "model" or str(value) in rows[name]
    assert f"{DEFAULT_MODEL} (default)" in rows[DEFAULT_MODEL]
    assert "pull it: askwire model pull" in rows[DEFAULT_MODEL]


def test_a_file_of_the_data_folder_is_found(tmp_path: Path) -> None:
    own = tmp_path / "models" / f"{DEFAULT_MODEL}.gguf"
    own.parent.mkdir()
    own.write_bytes(b"x")
    rows = listed(tmp_path, HOUSE + '[model]\nname = "house"\n')
    assert str(own) in rows[DEFAULT_MODEL]
    assert "(default)" not in rows[DEFAULT_MODEL]
    assert "house (default)" in rows["house"]


def test_brackets_are_no_markup(tmp_path: Path) -> None:
    path = f"{tmp_path}/[bold]/[/x]"
    assert path in listed(tmp_path, f'[models.odd]\nengine = "llamacpp"\npath = "{path}"\n')["odd"]
    assert "'[/x]'" in run("pull", "[/x]").output
    assert "[x].toml" in run("list", "--config", tmp_path / "[x].toml").output


def test_bad_settings(tmp_path: Path) -> None:
    for command in ("list", "convert", "bench"):
        ended = run(command, "--config", tmp_path / "no.toml")
        assert ended.exit_code == 2
        assert "no.toml" in ended.output


def test_pull_of_an_unknown_model() -> None:
    ended = run("pull", "gpt")
    assert ended.exit_code == 2
    assert DEFAULT_MODEL in ended.output


def test_pull_finds_what_is_there(model_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "shared_folder", lambda: model_path.parent)
    ended = run("pull")
    assert ended.exit_code == 0
    assert str(model_path) in ended.output


def raising(error: Exception) -> Any:
    def fails(*_: object) -> None:
        raise error

    return fails


@pytest.mark.parametrize("error", [DownloadFailed("nobody has it"), OSError(28, "No space left on device")])
def test_a_pull_that_fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(module, "pull_model", raising(error))
    ended = run("pull")
    assert ended.exit_code == 1
    assert f"The model {DEFAULT_MODEL} could not be fetched: {error}" in ended.output


def test_what_cannot_be_converted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    ended = run("convert", "--data-dir", tmp_path)
    assert ended.exit_code == 2
    assert f"; fetch it: askwire model pull {DEFAULT_MODEL}" in ended.output
    assert "askwire model pull" not in run("convert", "other", "--data-dir", tmp_path).output
    source = tmp_path / "models" / f"{DEFAULT_MODEL}.gguf"
    source.parent.mkdir()
    source.write_bytes(b"no gguf")
    for error in (ConvertFailed("needs askwire[convert]"), OSError(13, "Permission denied")):
        monkeypatch.setattr(module, "convert_model", raising(error))
        ended = run("convert", "--data-dir", tmp_path)
        assert ended.exit_code == 1
        assert f"could not be converted: {error}" in ended.output


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--parallel", "1,x"], "numbers from 1"),
        (["--parallel", ""], "numbers from 1"),
        (["--input", "256,0"], "numbers from 1"),
        (["--input", "-1"], "numbers from 1"),
        (["--output", "1"], "--output"),
        (["--model", "nobody"], "There is no model 'nobody'"),
    ],
)
def test_what_cannot_be_measured_is_refused(options: list[str], reason: str) -> None:
    ended = run("bench", *options)
    assert ended.exit_code == 2
    assert reason in ended.output


def test_a_model_that_does_not_answer_cannot_be_measured(tmp_path: Path) -> None:
    config = tmp_path / "askwire.toml"
    config.write_text(HOUSE)
    ended = run("bench", "--model", "house", "--config", config, "--data-dir", tmp_path)
    assert ended.exit_code == 1
    assert "The model house does not answer: ConnectError" in ended.output
