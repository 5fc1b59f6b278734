"""Which models the section [knowledge] may name."""

from pathlib import Path
from typing import Any

import pytest

from conf.knowledge import as_folder
from conf.settings import SettingsError, load_settings

HOUSE = {
    "house": {"engine": "openai", "url": "http://127.0.0.1:1/v1"},
    "mine": {"engine": "llamacpp", "path": "m.gguf"},
}


@pytest.mark.parametrize("embedder", ["all-minilm-l6-v2", "none", "house", "/models/e5", "./e5", "~/e5", "models/e5"])
@pytest.mark.parametrize("reranker", ["", "house", "/models/judge"])
def test_what_can_embed_and_rerank(embedder: str, reranker: str) -> None:
    chosen = load_settings(knowledge={"embedder": embedder, "reranker": reranker}, models=HOUSE).knowledge
    assert (chosen.embedder, chosen.reranker) == (embedder, reranker)


@pytest.mark.parametrize(
    ("knowledge", "says"),
    [
        ({"embedder": "all-minilm-l6"}, "knowledge.embedder: .*did you mean 'all-minilm-l6-v2'"),
        ({"embedder": ""}, "knowledge.embedder: there is no model ''"),
        ({"embedder": "hous"}, "did you mean 'house'"),
        ({"embedder": "mine"}, "models.mine has no url"),
        ({"reranker": "none"}, "knowledge.reranker: there is no model 'none'"),
        ({"reranker": "all-minilm-l6-v2"}, "knowledge.reranker: there is no model"),
        ({"embedder": "/a\x00b"}, "knowledge.embedder"),
        ({"embedder_threads": -1}, "knowledge.embedder_threads"),
    ],
)
def test_what_cannot(knowledge: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        load_settings(knowledge=knowledge, models=HOUSE)


def test_a_folder_has_one_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert {as_folder(name) for name in ("./e5", "~/e5", "x/../e5", str(tmp_path / "e5/"))} == {tmp_path / "e5"}
    assert as_folder("e5") is None
