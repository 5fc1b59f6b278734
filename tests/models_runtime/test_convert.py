"""Converting: what goes wrong before and during it. A real conversion: tests/vllm."""

import sys
from pathlib import Path

import pytest

from models_runtime import convert as module
from models_runtime.convert import ConvertFailed, convert


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF")
    return path


def worker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """``script`` runs in the place of the conversion, and all packages are there."""
    run = tmp_path / "python"
    run.write_text(f'#!/bin/sh\ncd "$5"\n{script}\n')
    run.chmod(0o700)
    monkeypatch.setattr(module, "_NEEDED", ())
    monkeypatch.setattr(sys, "executable", str(run))


def test_what_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch, source: Path, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "_NEEDED", ("json", "no_such_package"))
    with pytest.raises(ConvertFailed, match=r"needs no_such_package: pip install 'askwire\[convert\]'"):
        convert(source, tmp_path / "out", print)
    assert not (tmp_path / "out").exists()


def test_the_folder_appears_whole(monkeypatch: pytest.MonkeyPatch, source: Path, tmp_path: Path) -> None:
    worker(monkeypatch, tmp_path, "echo {} > config.json; echo w > model.safetensors")
    said: list[str] = []
    folder = convert(source, tmp_path / "models" / "m", said.append)
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.safetensors"]
    assert said == ["converting"]
    worker(monkeypatch, tmp_path, "exit 1")
    assert convert(source, folder, said.append) == folder  # it is there, so nothing is run
    assert said == ["converting"]


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo half > model.safetensors; echo 'the disk is full'; exit 3", "^the disk is full$"),
        ("echo Traceback >&2; echo 'ValueError: odd' >&2; exit 1", "^ValueError: odd$"),
        ("kill -9 $$", "status -9"),
    ],
)
def test_a_failure_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch, source: Path, tmp_path: Path, script: str, reason: str
) -> None:
    worker(monkeypatch, tmp_path, script)
    with pytest.raises(ConvertFailed, match=reason):
        convert(source, tmp_path / "models" / "m", print)
    assert [path.name for path in (tmp_path / "models").iterdir()] == ["m.convert-lock"]


def test_another_folder_is_left_alone(monkeypatch: pytest.MonkeyPatch, source: Path, tmp_path: Path) -> None:
    worker(monkeypatch, tmp_path, "echo {} > config.json")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("keep")
    with pytest.raises(ConvertFailed, match="is no model"):
        convert(source, tmp_path / "mine", print)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "keep"
