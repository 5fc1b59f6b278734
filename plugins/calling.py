"""Calls of hooks, plugin by plugin: who takes part, what each returns, and who is left out for a fault."""

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from typing import Any

import structlog

from conf.plugins import PluginSettings
from plugins import finding
from plugins.calls import Faulty, call, is_meant, wait
from plugins.errors import AskwireError, ErrorCode
from plugins.plugin import Plugin
from plugins.returned import returned
from plugins.session import Session
from plugins.types import Services

log = structlog.get_logger("askwire.plugins")

# Of a session that is lent: its client ends that sooner.
LENT_S = 120.0


class Calling:
    """The calls that the typed hooks of ``Plugins`` are made of."""

    def __init__(self, plugins: Sequence[Plugin], manager: finding.Manager, settings: PluginSettings) -> None:
        self._manager = manager
        self._settings = settings
        self._by_name = {plugin.name: plugin for plugin in plugins if plugin.hooks}
        self.services = Services()

    @property
    def time_limit_s(self) -> float:
        """So long a plugin may hold the event loop."""
        return self._settings.time_limit_s

    def implementations(self, hook: str) -> list[tuple[Plugin, Callable[..., Any]]]:
        """Who takes part in ``hook`` and is on; an implementation takes all arguments of the hook."""
        return [(plugin, work) for plugin, work in self._registered(hook) if plugin.on]

    def _registered(self, hook: str) -> Iterator[tuple[Plugin, Callable[..., Any]]]:
        for impl in getattr(self._manager.hook, hook).get_hookimpls():

            def work(impl: Any = impl, **kwargs: Any) -> Any:
                return impl.function(**{name: kwargs[name] for name in impl.argnames})

            yield self._by_name[impl.plugin_name], work

    def _each(self, hook: str, *, limit_s: float = 0.0, **kwargs: Any) -> Iterator[Any]:
        """What each plugin returns from ``hook``; who fails is left out."""
        for _, value in self.each(hook, limit_s=limit_s, **kwargs):
            yield value

    def each(self, hook: str, *, limit_s: float = 0.0, **kwargs: Any) -> Iterator[tuple[Plugin, Any]]:
        """The same, with the plugin."""
        for plugin, work in self.implementations(hook):
            try:
                value = call(plugin, hook, partial(_called, hook, work, kwargs), limit_s or self.time_limit_s)
            except Faulty:
                continue
            except Exception as error:
                log.info("plugin_refused", plugin=plugin.name, hook=hook, reason=str(error))
                continue
            if value is not None:
                yield plugin, value

    def _starting(self, hook: str, **kwargs: Any) -> Iterator[tuple[Plugin, Any]]:
        """``each``, while nobody waits yet."""
        return self.each(hook, limit_s=self._settings.start_limit_s, services=self.services, **kwargs)

    async def _await_each(
        self, hook: str, limit_s: float, own_limit_s: float = 0.0, **kwargs: Any
    ) -> AsyncIterator[Any]:
        """What each plugin's coroutine returns. Raises what a plugin refuses with, not what it fails with."""
        for plugin, work in self.implementations(hook):
            with contextlib.suppress(Faulty):
                most = own_limit_s if plugin.own and own_limit_s else limit_s
                value = await self._awaited(plugin, hook, work, most, **kwargs)
                if value is not None:
                    yield value

    async def _awaited(self, plugin: Plugin, hook: str, work: Callable[..., Any], limit_s: float, **kwargs: Any) -> Any:
        """Raises ``Faulty`` and refusals."""

        async def result() -> Any:
            return returned(hook, await work(**kwargs, services=self.services))

        return await wait(plugin, hook, result, limit_s, self.time_limit_s)

    def _first(self, hook: str, **kwargs: Any) -> tuple[Any, Any]:
        """The first plugin that gives something, and what; (None, None) where nobody does.

        These protect something: a fault is not passed over.
        Raises ``AskwireError`` for it, and where a plugin was switched off for its faults.
        """
        for plugin, work in self._registered(hook):
            if not plugin.on:
                raise AskwireError(
                    ErrorCode.PLUGIN_FAILED,
                    f"The plugin {plugin.name!r}, which protects data, is off",
                    "Tell who runs the gateway: its log says why; nobody logs in until it is started again.",
                )
            try:
                value = call(plugin, hook, partial(work, services=self.services, **kwargs), self.time_limit_s)
            except Faulty as fault:
                raise AskwireError(
                    ErrorCode.PLUGIN_FAILED,
                    f"The plugin {plugin.name!r}, which protects data, failed",
                    "Tell who runs the gateway: its log says why; it lets nobody in like this.",
                ) from fault
            if value is not None:
                return plugin, value
        return None, None

    async def _lend(self, hook: str, session: Session) -> None:
        for plugin, work in self.implementations(hook):
            try:
                await self._awaited(plugin, hook, work, LENT_S, session=session)
            except Faulty:
                continue
            except Exception as error:
                if not is_meant(error):
                    raise
                log.debug("plugin_refused", plugin=plugin.name, hook=hook, reason=str(error))


def _called(hook: str, work: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
    return returned(hook, work(**kwargs))
