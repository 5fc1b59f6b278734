from pathlib import Path
from typing import Any

import pytest

from conf.models import DEFAULT_MODEL
from conf.settings import Settings
from models_runtime import catalog
from models_runtime.catalog import PUBLISHED, converted_folder, model_file, vllm_model


@pytest.fixture(autouse=True)
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own model folder."""
    folder = tmp_path / "shared"
    monkeypatch.setattr(catalog, "shared_folder", lambda: folder)
    return folder


def settings(tmp_path: Path, **models: dict[str, Any]) -> Settings:
    return Settings(data_dir=str(tmp_path / "data"), models=models)


def test_a_published_model_is_known_by_size_and_hash() -> None:
    model = PUBLISHED[DEFAULT_MODEL]
    assert len(bytes.fromhex(model.sha256)) == 32
    assert model.size > 0
    assert model.url.startswith("https://")
    assert [part.partition("==")[0][-2:].lstrip("t") for part in model.parts] == [str(n) for n in range(1, 23)]


def test_a_model_file_of_the_settings_comes_first(tmp_path: Path) -> None:
    given = settings(tmp_path, m={"engine": "llamacpp", "path": "~/own.gguf"})
    assert model_file("m", given) == Path("~/own.gguf").expanduser()


def test_a_model_file_of_the_data_folder_comes_before_the_shared_one(tmp_path: Path, shared: Path) -> None:
    given = settings(tmp_path)
    assert model_file("m", given) == shared / "m.gguf"
    own = tmp_path / "data" / "models" / "m.gguf"
    own.parent.mkdir(parents=True)
    own.mkdir()
    assert model_file("m", given) == shared / "m.gguf"  # a folder is no file
    own.rmdir()
    own.write_bytes(b"")
    assert model_file("m", given) == own


def test_a_converted_model(tmp_path: Path, shared: Path) -> None:
    given = settings(tmp_path)
    assert converted_folder("m") == converted_folder("m", given) == shared / "m"
    own = tmp_path / "data" / "models" / "m"
    own.mkdir(parents=True)
    assert converted_folder("m", given) == own
    assert converted_folder("m") == shared / "m"


@pytest.mark.parametrize(
    ("entry", "served"),
    [
        ({}, "shared/m"),
        ({"model": "other"}, "shared/other"),
        ({"path": "Qwen/Qwen2.5-Coder"}, "Qwen/Qwen2.5-Coder"),
        ({"path": "/srv/models/m"}, "/srv/models/m"),
        ({"path": "./a/b"}, "cwd/a/b"),
        ({"path": "a/b/c"}, "cwd/a/b/c"),
        ({"path": "there/here"}, "cwd/there/here"),  # a folder of that name is there
    ],
)
def test_what_vllm_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: dict[str, str], served: str) -> None:
    (tmp_path / "cwd" / "there" / "here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "cwd")
    found = str(vllm_model("m", settings(tmp_path, m={"engine": "vllm", **entry})))
    assert found.removeprefix(f"{tmp_path}/") == served
