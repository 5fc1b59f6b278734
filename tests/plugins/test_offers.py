"""What a stranger's plugin brings: loaders, an embedder, a store of vectors, an engine, metrics; and when it fails."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import fastapi
import numpy as np
import pytest
import typer
from numpy.typing import NDArray
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector, CollectorRegistry

from conf.plugins import PluginSettings
from conf.settings import Settings, SettingsError, load_settings
from knowledge.loading.load import load_file
from knowledge.loading.loaders import loaders_of
from knowledge.loading.types import Document, Failed, Limits
from models_runtime.embeddings import Embeddings
from models_runtime.registry import Models
from plugins import (
    AskwireError,
    Completion,
    Embedder,
    EmbedderInfo,
    EmbedderKind,
    Engine,
    EngineLost,
    ErrorCode,
    Fetched,
    FileLoader,
    Plugins,
    Request,
    StatusItem,
    UrlLoader,
    hookimpl,
    load_plugins,
)
from plugins.vectors import Floats, Found, Ids, StoreError, VectorStore
from plugins.watchdog import WATCHDOG
from tests.plugins.test_folder import write

# A loader in the plugins folder, which the process that reads files finds as well.
LOADER = """
from plugins import FileLoader, hookimpl

@hookimpl
def askwire_loaders():
    return [FileLoader((".shout", ".TXT"), f"{__name__}:read")]

def read(file, document):
    text = file.read().decode()
    if text == "quiet":
        document.refuse("does not shout")
    if text == "loop":
        while True:
            pass
    document.title = "Shouted"
    document.mark("line 1")
    document.add(text.upper())
"""


class Echo:
    """An engine; what it is asked decides how it fails."""

    state = "ready"

    def start(self) -> None: ...
    async def stop(self) -> None: ...
    async def ready(self) -> None: ...
    async def warm(self, system: str) -> None: ...

    async def sample(self, request: Request, count: int, max_tokens: int) -> list[Completion]:
        if request.user == "raise":
            raise LookupError("no such word")
        if request.user == "lost":
            raise EngineLost("it went away")
        if request.user == "loop":
            while True:
                pass
        return [Completion(request.user.upper(), "echo")] * count


class Tiny:
    """An embedder of two dimensions: length and vowels."""

    state = "ready"
    at_a_time = 1

    def start(self) -> None: ...
    async def stop(self) -> None: ...

    async def info(self) -> EmbedderInfo:
        return EmbedderInfo("tiny", 2, 100, None)

    async def embed(self, texts: Sequence[str], *, query: bool) -> NDArray[np.float32]:
        rows = np.array([[len(text), sum(c in "aeiou" for c in text)] for text in texts], np.float32)
        normed: NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return normed

    async def rerank(self, question: str, texts: Sequence[str]) -> list[float]:
        raise LookupError("it only embeds")


class Shelf:
    """A store of vectors that is always out of order."""

    def search(self, table: str, vector: Floats, k: int) -> Found:
        raise LookupError("the shelf is empty")

    def extent(self, table: str) -> tuple[int, int]:
        raise StoreError("it cannot be reached")

    def ids(self, table: str) -> Ids:
        return np.array([1, 2], np.int64)

    def put(self, table: str, block: object) -> None: ...
    def remove(self, table: str, ids: Ids) -> None: ...
    def drop(self, table: str) -> None: ...
    def close(self) -> None: ...


class Counts(Collector):
    def __init__(self) -> None:
        self.fail = False

    def collect(self) -> list[Metric]:
        if self.fail:
            raise SystemExit(1)
        others = GaugeMetricFamily("process_guests", "It does not say whose it is", value=4)
        return [GaugeMetricFamily("askwire_stranger_guests", "Who is there", value=3), others]


async def fetched(url: str, folder: Path) -> AsyncGenerator[Fetched, None]:
    for number in (1, 2):
        path = folder / f"{number}.txt"
        path.write_text(f"{url} {number}")
        yield Fetched(path, f"/{number}")
    if "broken" in url:
        raise LookupError("no third one")
    if "refused" in url:
        raise AskwireError(ErrorCode.CANNOT_LOAD, "not for you")


class Stranger:
    def __init__(self) -> None:
        self.counts = Counts()

    @hookimpl
    def askwire_loaders(self) -> list[FileLoader | UrlLoader]:
        return [UrlLoader(("memo",), fetched, accepts=lambda url: 1 // ("zero" not in url) == 1)]

    @hookimpl
    def askwire_engine(self, engine: str, name: str) -> Engine | None:
        return Echo() if engine == "stranger:echo" else None

    @hookimpl
    def askwire_embedder(self, name: str, kind: EmbedderKind) -> Embedder | None:
        return Tiny() if name == "stranger:tiny" else None

    @hookimpl
    def askwire_vector_stores(self, settings: Settings) -> Mapping[str, VectorStore]:
        return {"shelf": Shelf()}

    @hookimpl
    def askwire_metrics(self) -> list[Collector]:
        return [self.counts]

    @hookimpl
    def askwire_http(self) -> list[fastapi.APIRouter]:
        router = fastapi.APIRouter(prefix="/stranger")
        router.get("")(lambda: {"guests": 3})
        return [router]

    @hookimpl
    def askwire_commands(self) -> typer.Typer:
        return typer.Typer(name="stranger")


@pytest.fixture
def stranger() -> Stranger:
    return Stranger()


def settings_for(folder: Path, **more: Any) -> Settings:
    return load_settings(
        data_dir=str(folder),
        plugins={"time_limit_s": 0.5, "off": ["nl2sql", "diagnose"]},
        models={"mine": {"engine": "stranger:echo"}, "nobodys": {"engine": "nobody:echo"}},
        **more,
    )


@asynccontextmanager
async def running(stranger: Stranger, folder: Path, **more: Any) -> AsyncIterator[tuple[Plugins, Settings]]:
    settings = settings_for(folder, **more)
    plugins = load_plugins(stranger, settings=settings.plugins)
    with WATCHDOG:
        yield plugins, settings


def state_of(plugins: Plugins) -> str:
    (plugin,) = (plugin for plugin in plugins.all if plugin.name == "Stranger")
    return plugin.off or plugin.fault


async def test_an_engine_answers_and_its_faults_are_the_engines(stranger: Stranger, tmp_path: Path) -> None:
    async with running(stranger, tmp_path) as (plugins, settings), Models(settings, plugins.offers.engine) as models:
        assert (await models.complete(Request("", "hello"), model="mine")).text == "HELLO"
        for asked, reason in (("lost", "it went away"), ("raise", "no such word")):
            with pytest.raises(AskwireError, match=reason) as caught:
                await models.complete(Request("", asked), model="mine")
            assert caught.value.code is ErrorCode.MODEL_UNAVAILABLE
        assert "LookupError: no such word" in state_of(plugins)
        with pytest.raises(AskwireError, match="no plugin has the engine nobody:echo"):
            await models.complete(Request("", "hello"), model="nobodys")
        with pytest.raises(AskwireError, match=r"held the event loop for more than 0\.5 s"):
            await models.complete(Request("", "loop"), model="mine")
        assert "held the event loop" in state_of(plugins)


async def test_an_embedder_embeds_and_its_faults_are_the_embedders(stranger: Stranger, tmp_path: Path) -> None:
    names = {"embedder": "stranger:tiny", "reranker": "stranger:tiny"}
    async with (
        running(stranger, tmp_path, knowledge=names) as (plugins, settings),
        Embeddings(settings, plugins.offers.embedder) as embeddings,
    ):
        assert (await embeddings.info()).dimensions == 2
        assert (await embeddings.embed(["xyz"])).tolist() == [[1.0, 0.0]]
        with pytest.raises(AskwireError, match="it only embeds"):
            await embeddings.rerank("q", ["a"])
        assert StatusItem("embedder", "stranger:tiny: ready") in embeddings.status()


@pytest.mark.parametrize(
    "given",
    [{"models": {"m": {"engine": "llamacp"}}}, {"knowledge": {"embedder": "all-minilm"}}],
)
def test_a_misspelt_name_of_askwires_own_is_an_error_all_the_same(given: dict[str, Any]) -> None:
    with pytest.raises(SettingsError, match=r"PLUGIN:NAME|did you mean"):
        load_settings(**given)


async def test_a_store_of_vectors_raises_store_errors_only(stranger: Stranger, tmp_path: Path) -> None:
    async with running(stranger, tmp_path) as (plugins, settings):
        store = plugins.offers.vector_stores(settings)["shelf"]
        with pytest.raises(StoreError, match="the shelf is empty"):
            await asyncio.to_thread(store.search, "t", np.ones(2, np.float32), 1)
        with pytest.raises(StoreError, match="it cannot be reached"):
            store.extent("t")
        assert store.ids("t").tolist() == [1, 2]


async def test_addresses_of_a_scheme_of_its_own(stranger: Stranger, tmp_path: Path) -> None:
    async with running(stranger, tmp_path) as (plugins, settings):
        loaders = loaders_of(plugins.offers.loaders(settings))
        assert loaders.is_url("memo://a")
        assert not loaders.is_url("memory://a")
        assert loaders.of_url("memo://zero") is None  # it cannot say
        https = loaders.of_url("https://example.org/")
        assert https is not None
        assert https.schemes == ("http", "https")
        memo = loaders.of_url("memo://a")
        assert memo is not None
        async with aclosing(memo.fetch("memo://a", tmp_path)) as files:
            assert [one.name async for one in files] == ["/1", "/2"]
        for url, reason in (("memo://broken", "no third one"), ("memo://refused", "not for you")):
            with pytest.raises(AskwireError, match=reason) as caught:
                [one async for one in memo.fetch(url, tmp_path)]
            assert caught.value.code is ErrorCode.CANNOT_LOAD


async def test_files_of_a_kind_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir(mode=0o700)
    write(folder, "shouting.py", LOADER)
    wanted = PluginSettings(folder=str(folder), order=("shouting",), off=("nl2sql", "diagnose"))
    loaders = loaders_of(load_plugins(settings=wanted).offers.loaders(Settings()))
    assert loaders.reads("a.shout")
    assert loaders.reads("a.pdf")

    async def load(name: str, text: str) -> Document | Failed:
        (tmp_path / name).write_text(text)
        limits = Limits(seconds=10)
        given = {"kinds": loaders.kinds, "modules": loaders.modules}
        (result,) = [one async for one in load_file(tmp_path / name, name, limits, **given)]  # type: ignore[arg-type]
        return result

    read = await load("a.shout", "hello")
    assert isinstance(read, Document)
    assert (read.title, read.chunks[0].text, read.chunks[0].place) == ("Shouted", "HELLO", "line 1")
    first = await load("b.txt", "it comes before askwire's own")
    assert isinstance(first, Document)
    assert first.title == "Shouted"
    assert await load("c.shout", "quiet") == Failed("c.shout", "does not shout")


async def test_its_metrics_are_shown_and_cannot_spoil_the_others(
    stranger: Stranger, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = CollectorRegistry(auto_describe=True)  # in the process's own another test's gateway may have these names
    monkeypatch.setattr("plugins.builtin.metrics.REGISTRY", registry)
    settings = settings_for(tmp_path)
    quiet = settings.plugins.model_copy(update={"off": ("nl2sql", "diagnose", "knowledge", "models_runtime")})
    plugins = load_plugins(stranger, settings=quiet)
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, settings)
        assert registry.get_sample_value("askwire_stranger_guests") == 3
        assert registry.get_sample_value("process_guests") is None
        assert "process_guests does not begin with askwire_" in capsys.readouterr().out
        stranger.counts.fail = True
        assert registry.get_sample_value("askwire_stranger_guests") is None
        labels = {"plugin": "Stranger", "hook": "askwire_metrics"}
        assert registry.get_sample_value("askwire_plugin_errors_total", labels) == 1
        assert (registry.get_sample_value("askwire_plugin_calls_total", labels) or 0) >= 2
        assert (registry.get_sample_value("askwire_plugin_seconds_total", labels) or 0) > 0
    assert registry.get_sample_value("askwire_stranger_guests") is None


def test_its_routes_and_commands_come_with_the_others(stranger: Stranger) -> None:
    plugins = load_plugins(stranger, settings=PluginSettings(off=("nl2sql", "diagnose")))
    assert "/stranger" in [router.prefix for _, router in plugins.http_routers(Settings())]
    assert {"stranger", "model", "knowledge"} <= {group.info.name for group in plugins.commands()}
