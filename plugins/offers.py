"""What plugins bring that askwire is made of: loaders, embedders, stores of vectors, engines.

A stranger's object is called through ``Guarded``: what it raises by fault becomes the error that its callers expect.
"""

import inspect
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from conf.settings import Settings
from plugins.calls import Faulty, call, driven, wait
from plugins.engines import Embedder, EmbedderKind, Engine, EngineLost, EngineRefused
from plugins.errors import AskwireError, ErrorCode
from plugins.loading import Fetched, FileLoader, UrlLoader
from plugins.plugin import Plugin

if TYPE_CHECKING:
    from plugins.manager import Plugins
    from plugins.vectors import VectorStore

_FOREVER = float("inf")


class Guarded:
    """``thing`` of a plugin's; ``meant`` are the errors that it raises on purpose, the first stands for its faults."""

    def __init__(
        self, plugin: Plugin, hook: str, thing: object, meant: tuple[type[Exception], ...], step_s: float
    ) -> None:
        self._plugin, self._hook, self._thing, self._meant, self._step_s = plugin, hook, thing, meant, step_s

    def __getattr__(self, name: str) -> Any:
        inspect.getattr_static(
            self._thing, name
        )  # what is not there is no fault: whoever prints a value looks for much
        value = self._called(lambda: getattr(self._thing, name))
        if inspect.iscoroutinefunction(value):
            return partial(self._awaited, value)
        return partial(self._call, value) if callable(value) else value

    def _call(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return self._called(partial(work, *args, **kwargs))

    def _called(self, work: Callable[[], Any]) -> Any:
        meant: list[Exception] = []
        try:
            result = call(self._plugin, self._hook, partial(self._kept, work, meant), self._step_s)
        except Faulty as fault:
            raise self._meant[0](str(fault)) from fault
        if meant:
            raise meant[0]
        return result

    def _kept(self, work: Callable[[], Any], meant: list[Exception]) -> Any:
        try:
            return work()
        except self._meant as error:
            meant.append(error)

    async def _awaited(self, work: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        meant: list[Exception] = []

        async def kept() -> Any:
            try:
                return await work(*args, **kwargs)
            except self._meant as error:
                meant.append(error)

        try:
            result = await wait(self._plugin, self._hook, kept, _FOREVER, self._step_s)
        except Faulty as fault:
            raise self._meant[0](str(fault)) from fault
        if meant:
            raise meant[0]
        return result


class Offers:
    """Of the plugins of one gateway, or of a command."""

    def __init__(self, plugins: "Plugins") -> None:
        self._plugins = plugins

    def loaders(self, settings: Settings) -> list[FileLoader | UrlLoader]:
        """Earlier plugins come first."""
        offered = self._plugins.each("askwire_loaders", settings=settings, services=self._plugins.services)
        return [
            loader if isinstance(loader, FileLoader) or plugin.own else self._guarded_url(plugin, loader)
            for plugin, loaders in offered
            for loader in loaders
        ]

    def embedder(self, name: str, kind: EmbedderKind, settings: Settings) -> Embedder | None:
        """From the first plugin that has it; None where nobody does."""
        found = self._first("askwire_embedder", (EngineLost, EngineRefused), name=name, kind=kind, settings=settings)
        return cast(Embedder | None, found)

    def engine(self, kind: str, name: str, settings: Settings) -> Engine | None:
        """From the first plugin that has it; None where nobody does."""
        found = self._first("askwire_engine", (EngineLost, EngineRefused), engine=kind, name=name, settings=settings)
        return cast(Engine | None, found)

    def vector_stores(self, settings: Settings) -> "dict[str, VectorStore]":
        """By name; of two plugins' with one name the first."""
        from plugins.vectors import StoreError

        hook = "askwire_vector_stores"
        stores: dict[str, VectorStore] = {}
        for plugin, offered in self._plugins.each(hook, settings=settings, services=self._plugins.services):
            for name, store in offered.items():
                one = store if plugin.own else Guarded(plugin, hook, store, (StoreError,), self._plugins.time_limit_s)
                stores.setdefault(name, cast("VectorStore", one))
        return stores

    def _first(self, hook: str, meant: tuple[type[Exception], ...], **given: Any) -> object | None:
        for plugin, thing in self._plugins.each(hook, services=self._plugins.services, **given):
            return thing if plugin.own else Guarded(plugin, hook, thing, meant, self._plugins.time_limit_s)
        return None

    def _guarded_url(self, plugin: Plugin, loader: UrlLoader) -> UrlLoader:
        hook, step_s = "askwire_loaders", self._plugins.time_limit_s

        def accepts(url: str) -> bool:
            with suppress(Faulty):
                return plugin.on and call(plugin, hook, lambda: bool(loader.accepts(url)), step_s)
            return False

        async def fetch(url: str, folder: Path) -> AsyncGenerator[Fetched, None]:
            files = loader.fetch(url, folder)
            try:
                while (fetched := await self._next(plugin, files)) is not None:
                    yield fetched
            finally:
                with suppress(Exception):
                    await driven(files.aclose, step_s)

        return replace(loader, accepts=accepts, fetch=fetch)

    async def _next(self, plugin: Plugin, files: AsyncGenerator[Fetched, None]) -> Fetched | None:
        async def following() -> Fetched | None:
            return await anext(files, None)

        try:
            return await wait(plugin, "askwire_loaders", following, _FOREVER, self._plugins.time_limit_s)
        except Faulty as fault:
            raise AskwireError(ErrorCode.CANNOT_LOAD, str(fault)) from fault
