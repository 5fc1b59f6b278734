from pathlib import Path

import pytest
import typer

from knowledge.adding import Origin, found, origins
from knowledge.loading.loaders import built_in, loaders_of
from knowledge.loading.types import Limits

LOADERS = loaders_of(built_in(Limits()))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    for name in ("docs/a.md", "docs/deep/b.md", "docs/tool.exe"):
        (tmp_path / name).write_text("words")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_folders_files_and_urls_are_found(folder: Path) -> None:
    assert found(["docs", "https://example.org/x"], False, LOADERS) == ["docs/a.md", "https://example.org/x"]
    assert found(["docs"], True, LOADERS) == ["docs/a.md", "docs/deep/b.md"]


@pytest.mark.parametrize("name", ["none.md", "docs/tool.exe", "."])
def test_what_cannot_be_loaded_ends_the_command(folder: Path, name: str) -> None:
    with pytest.raises(typer.Exit):
        found([name], False, LOADERS)


def test_a_file_comes_once_and_keeps_the_name_that_the_base_knows(folder: Path) -> None:
    path = str(folder / "docs" / "a.md")
    assert origins(["docs/a.md", path, "docs/../docs/a.md"], {}, LOADERS) == [Origin("file", path, "docs/a.md")]
    assert origins([path], {path: "handbook/a.md"}, LOADERS) == [Origin("file", path, "handbook/a.md")]
    assert origins(["https://example.org/"], {}, LOADERS) == [
        Origin("url", "https://example.org/", "https://example.org/")
    ]


def test_another_file_does_not_take_the_name_of_one_that_is_still_there(folder: Path) -> None:
    here, there = str(folder / "docs" / "a.md"), str(folder / "docs" / "deep" / "b.md")
    assert origins(["docs/a.md"], {there: "docs/a.md"}, LOADERS) == [Origin("file", here, here)]
    assert origins(["docs/a.md"], {"/gone/a.md": "docs/a.md"}, LOADERS) == [Origin("file", here, "docs/a.md")]
