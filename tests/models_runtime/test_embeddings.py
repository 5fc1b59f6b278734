"""Embeddings with the real all-MiniLM-L6-v2, an E5-like model and a cross-encoder, each in its process."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio
from prometheus_client import generate_latest
from tokenizers import Tokenizer

from conf.metrics import REGISTRY
from conf.settings import load_settings
from models_runtime.embeddings import Embeddings
from plugins import AskwireError, ErrorCode
from tests.clients.clients import cached
from tests.models_runtime.helpers import chat_server, http

pytestmark = pytest.mark.asyncio(loop_scope="module")

ACTIVE = "A customer counts as active when they have ordered something in the last 90 days."
RETURNS = "Goods can be sent back within two weeks of delivery."
CHEESE = "The moon is not made of cheese."
MAKE_TINY_MODELS = Path(__file__).with_name("tiny_models.py")


def embeddings(data: Path, models: dict[str, Any] | None = None, **knowledge: Any) -> Embeddings:
    return Embeddings(load_settings(data_dir=str(data), knowledge=knowledge, models=models or {}))


def pid_of_the_process(data: Path) -> int:
    (file,) = (data / "run").glob("*.json")
    return int(json.loads(file.read_text())["pid"])


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def minilm(data: Path) -> AsyncIterator[Embeddings]:
    async with embeddings(data) as opened:
        yield opened


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of models that are made once for all checkouts: torch alone takes seconds to load."""

    def make(folder: Path) -> None:
        subprocess.run([sys.executable, MAKE_TINY_MODELS, folder], check=True, capture_output=True)

    made = cached("tiny-models", MAKE_TINY_MODELS.read_bytes() + sys.prefix.encode(), make)
    return shutil.copytree(made, tmp_path_factory.mktemp("tiny"), dirs_exist_ok=True)


async def test_nothing_is_loaded_before_it_is_needed(minilm: Embeddings, data: Path) -> None:
    assert minilm.default == "all-minilm-l6-v2"
    assert not list(data.glob("run/*"))
    assert [item.value for item in minilm.status()] == ["all-minilm-l6-v2: not started"]
    told = await minilm.info()
    assert (told.name, told.dimensions, told.max_tokens) == ("all-minilm-l6-v2", 384, 254)
    assert told.tokenizer_file is not None
    assert Tokenizer.from_file(str(told.tokenizer_file)).encode("active").ids[0] == 101  # BERT's [CLS]
    assert [item.value for item in minilm.status()] == ["all-minilm-l6-v2: ready"]


async def test_what_means_the_same_is_near(minilm: Embeddings) -> None:
    vectors = await minilm.embed([RETURNS, ACTIVE, CHEESE])
    (question,) = await minilm.embed(["when is somebody a current client?"], query=True)
    assert vectors.shape == (3, 384)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert int(np.argmax(vectors @ question)) == 1


async def test_vectors_do_not_depend_on_their_neighbours(minilm: Embeddings) -> None:
    texts = [f"{ACTIVE} Number {number}. " + "More of it. " * (number % 40) for number in range(80)]
    together = await minilm.embed(texts)
    for index in (0, 39, 50, 79):
        (alone,) = await minilm.embed([texts[index]])
        assert alone @ together[index] > 0.9999
    assert len(np.unique(together.round(3), axis=0)) == 80  # each has its own


async def test_an_empty_list_and_empty_texts(minilm: Embeddings) -> None:
    assert (await minilm.embed([])).shape == (0, 384)
    assert (await minilm.embed(["", " ", "\n"])).shape == (3, 384)


async def test_a_text_that_is_too_long_is_cut(minilm: Embeddings) -> None:
    long = "order " * 300
    short, longer, longest = await minilm.embed([long, long + "cheese " * 50, long + "x" * 1_000_000])
    assert short @ longer > 0.9999
    assert short @ longest > 0.9999


async def test_hostile_texts_are_harmless(minilm: Embeddings) -> None:
    texts = [
        "\x00",
        "a\ud800b",
        "\udfff",
        "\x00" * 1_000_000,
        "\U0001f600" * 300_000,
        "\u0301" * 50_000,
        "[CLS] [SEP] [MASK]",
    ]
    texts += ["\u202e\ufffe\uffff", " " * 1_000_000 + "x", "\ufdfa" * 100_000, "{}" * 500_000]
    assert np.isfinite(await minilm.embed(texts)).all()
    assert np.isfinite(await minilm.embed(texts[:3], query=True)).all()


async def test_a_query_does_not_wait_for_a_long_ingest(minilm: Embeddings) -> None:
    ingest = asyncio.create_task(minilm.embed([f"{number} {ACTIVE} {RETURNS}" * 8 for number in range(400)]))
    await asyncio.sleep(0.5)
    for _ in range(3):
        await minilm.embed(["where is it?"], query=True)
    assert not ingest.done()
    ingest.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ingest


async def test_what_is_cancelled_frees_the_embedder(minilm: Embeddings) -> None:
    texts = [f"{number} {ACTIVE} {RETURNS}" for number in range(600)]
    ingest = asyncio.create_task(minilm.embed(texts))
    await asyncio.sleep(0.5)
    ingest.cancel()
    await asyncio.wait({ingest})
    later = asyncio.create_task(minilm.embed(texts))
    await minilm.embed(["the next document"])  # behind what was cancelled, beside what was not
    assert not later.done()
    later.cancel()
    await asyncio.wait({later})


async def test_a_killed_embedder_is_back_and_the_call_is_answered(minilm: Embeddings, data: Path) -> None:
    before = await minilm.embed([ACTIVE])
    pid = pid_of_the_process(data)
    working = asyncio.create_task(minilm.embed([f"{number} {ACTIVE}" for number in range(300)]))
    await asyncio.sleep(0.2)
    os.kill(pid, signal.SIGKILL)
    assert (await working).shape == (300, 384)
    assert pid_of_the_process(data) != pid
    assert np.allclose(await minilm.embed([ACTIVE]), before, atol=1e-5)


async def test_two_gateways_share_the_process(minilm: Embeddings, data: Path) -> None:
    mine = await minilm.embed([ACTIVE])
    pid = pid_of_the_process(data)
    async with embeddings(data) as other:
        assert np.allclose(await other.embed([ACTIVE]), mine, atol=1e-5)
    assert pid_of_the_process(data) == pid
    assert (await minilm.embed([ACTIVE])).shape == (1, 384)


async def test_it_is_measured(minilm: Embeddings) -> None:
    await minilm.embed([ACTIVE], query=True)
    lines = generate_latest(REGISTRY).decode()
    for line in (
        'askwire_embedding_requests_total{kind="query",model="all-minilm-l6-v2",outcome="answered"}',
        'askwire_embedding_texts_total{kind="document",model="all-minilm-l6-v2"}',
        'askwire_embedding_seconds_count{kind="query",model="all-minilm-l6-v2"}',
    ):
        assert line in lines


async def test_a_folder_of_ones_own_with_its_prompts(tmp_path: Path, tiny: Path) -> None:
    folder = tiny / "e5"
    async with embeddings(tmp_path, embedder=str(folder)) as own:
        assert own.default == str(folder)
        told = await own.info()
        # Of the window of 64 tokens "passage: " and the special ones take some: every letter is a token here.
        assert (told.dimensions, told.max_tokens) == (16, 64 - len("passage:") - 2)
        assert told.tokenizer_file == folder / "tokenizer.json"
        texts = ["die Rückgabe", "возврат", "return"]
        passages, queries = await own.embed(texts), await own.embed(texts, query=True)
        bare = await own.embed([f"query: {text}" for text in texts])
        assert not np.allclose(passages, queries, atol=1e-3)
        assert not np.allclose(bare, queries, atol=1e-3)  # it has both prompts
        end = "z" * told.max_tokens
        same, cut = await own.embed([end, end + "yyy"])
        assert np.allclose(same, cut, atol=1e-5)


async def test_a_reranker_judges(tmp_path: Path, tiny: Path) -> None:
    async with embeddings(tmp_path, embedder="none", reranker=str(tiny / "judge")) as opened:
        assert opened.default == ""
        texts = [ACTIVE, CHEESE, RETURNS, "\ud800", "", "x" * 1_000_000]
        scores = await opened.rerank("who is active?", texts)
        assert scores is not None
        assert all(0 <= score <= 1 for score in scores)
        assert len(set(scores)) > 3
        again = await opened.rerank("who is active?", [texts[1]] * 200)
        assert again == pytest.approx([scores[1]] * 200, abs=1e-4)
        assert await opened.rerank("who is active?", []) == []


async def test_without_a_reranker_nothing_is_judged(minilm: Embeddings) -> None:
    assert await minilm.rerank("q", ["a"]) is None


@pytest.mark.parametrize(
    ("kind", "folder", "says"),
    [
        ("embedder", "nowhere", "has no model folder"),
        ("embedder", "empty", "has no model folder"),
        ("reranker", "classes", "cannot be loaded: .* one score"),
    ],
)
async def test_a_folder_that_is_no_such_model_says_so(
    tmp_path: Path, tiny: Path, kind: str, folder: str, says: str
) -> None:
    (tiny / "empty").mkdir(exist_ok=True)
    async with embeddings(tmp_path, **{"embedder": "none", kind: str(tiny / folder)}) as broken:
        with pytest.raises(AskwireError, match=says) as caught:
            await (broken.embed(["a"]) if kind == "embedder" else broken.rerank("a", ["b"]))
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE


async def test_without_the_libraries_there_is_none_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny: Path
) -> None:
    monkeypatch.setattr("models_runtime.embedders.importlib.util.find_spec", lambda _name: None)
    async with embeddings(tmp_path, reranker=str(tiny / "judge")) as words_only:
        assert (words_only.default, words_only.reranker) == ("", "")
        assert await words_only.rerank("q", ["a"]) is None
        with pytest.raises(AskwireError) as caught:
            await words_only.embed(["a"])
        assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
        with pytest.raises(AskwireError, match="no embedder 'other'"):
            await words_only.info("other")
    assert not list(tmp_path.glob("run/*"))


async def test_a_server_at_a_url(tmp_path: Path) -> None:
    body = json.dumps({"data": [{"index": 0, "embedding": [3, 4]}]}).encode()
    scores = json.dumps({"results": [{"index": 0, "relevance_score": 0.5}]}).encode()
    async with chat_server(http("200 OK", body), http("200 OK", body), http("200 OK", scores)) as server:
        entry = {"engine": "openai", "url": server.url, "model": "big", "context_tokens": 8192}
        async with embeddings(tmp_path, {"house": entry}, embedder="house", reranker="house") as remote:
            assert (await remote.embed(["a"], query=True)).tolist() == [pytest.approx([0.6, 0.8])]
            told = await remote.info()
            assert (told.name, told.dimensions, told.max_tokens, told.tokenizer_file) == ("house", 2, 8192, None)
            assert await remote.rerank("q", ["a"]) == [0.5]
        assert server.requests[0][1] == {"model": "big", "input": ["a"], "encoding_format": "base64"}
    async with embeddings(tmp_path, {"house": entry}, embedder="house") as gone:
        with pytest.raises(AskwireError, match="does not answer") as caught:
            await gone.embed(["a"])
    assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE


async def test_torch_stays_out_of_the_gateway() -> None:
    script = "import sys; from plugins import load_plugins; load_plugins(); print('torch' in sys.modules)"
    ran = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", script], capture_output=True, text=True)
    assert ran.stdout.strip() == "False"
