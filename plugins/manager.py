"""Finds plugins by entry point and calls their hooks; a plugin that raises is left out and logged, never fatal."""

import importlib.metadata
from collections.abc import Iterable, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pluggy
import structlog

from conf.settings import Settings
from plugins.answered import AnsweredStatement
from plugins.builtin import status
from plugins.errors import AskwireError
from plugins.hooks import Hooks
from plugins.session import Session
from plugins.types import Note, Services, Statement, StatusItem
from plugins.upstream import SeenStatement

if TYPE_CHECKING:
    import fastapi

GROUP = "askwire"
log = structlog.get_logger("askwire.plugins")


class Plugins:
    """The registered plugins of one gateway, typed calls of their hooks, and the ``services`` that they share."""

    def __init__(self, manager: pluggy.PluginManager) -> None:
        self._manager = manager
        self.services = Services()

    def names(self) -> list[str]:
        """The registered plugins' names, in order of registration."""
        return [name for name, plugin in self._manager.list_name_plugin() if plugin is not None]

    def _each(self, hook: str, **kwargs: Any) -> Iterable[Any]:
        """Call ``hook`` plugin by plugin, so that one that raises does not take the others down."""
        for impl in getattr(self._manager.hook, hook).get_hookimpls():
            try:
                value = impl.function(**{name: kwargs[name] for name in impl.argnames})
            except Exception:
                log.exception("plugin_failed", plugin=impl.plugin_name, hook=hook)
                continue
            if value is not None:
                yield value

    async def enter_lifespans(self, stack: AsyncExitStack, settings: Settings) -> None:
        """Enter every plugin's lifespan on ``stack``."""
        for lifespan in self._each("askwire_lifespan", settings=settings, services=self.services):
            try:
                await stack.enter_async_context(lifespan)
            except Exception:
                log.exception("plugin_failed", hook="askwire_lifespan", lifespan=repr(lifespan))

    def statements(self, settings: Settings) -> list[Statement]:
        """All registered statements; earlier plugins come first."""
        offered = [
            s for group in self._each("askwire_statements", settings=settings, services=self.services) for s in group
        ]
        return [*offered, *status.statements(self)]

    def statements_seen(self, statements: Sequence[SeenStatement]) -> set[int]:
        """Tell every plugin; returns the ids of the sessions that any of them would like to borrow."""
        wanted = self._each("askwire_statements_seen", statements=statements, services=self.services)
        return {session for sessions in wanted for session in sessions}

    async def database_selected(self, session: Session) -> None:
        """Tell every plugin, one after the other."""
        await self._lend("askwire_database_selected", session)

    async def session_idle(self, session: Session) -> None:
        """Lend to every plugin, one after the other."""
        await self._lend("askwire_session_idle", session)

    @property
    def coach(self) -> bool:
        """Whether any plugin has something to say about statements that failed."""
        return bool(self._manager.hook.askwire_failed_statement.get_hookimpls())

    async def failed_statement(self, session: Session, failed: SeenStatement) -> list[Note]:
        """The notes of all plugins, one after the other."""
        notes: list[Note] = []
        for coroutine in self._each("askwire_failed_statement", session=session, failed=failed, services=self.services):
            try:
                notes += await coroutine
            except Exception:
                log.exception("plugin_failed", hook="askwire_failed_statement")
        return notes

    @property
    def accounting(self) -> bool:
        """Whether any plugin wants to hear of the gateway's own statements."""
        return bool(self._manager.hook.askwire_answered.get_hookimpls())

    async def answered(self, event: AnsweredStatement) -> AskwireError | None:
        """Tell every plugin, one after the other; returns the first error that one of them raised for the client."""
        refusal: AskwireError | None = None
        for coroutine in self._each("askwire_answered", event=event, services=self.services):
            try:
                await coroutine
            except AskwireError as error:
                refusal = refusal or error
            except Exception:
                log.exception("plugin_failed", hook="askwire_answered")
        return refusal

    async def _lend(self, hook: str, session: Session) -> None:
        for coroutine in self._each(hook, session=session, services=self.services):
            try:
                await coroutine
            except Exception:
                log.exception("plugin_failed", hook=hook)

    def status(self) -> list[StatusItem]:
        """All rows of SHOW AI STATUS."""
        return [item for items in self._each("askwire_status", services=self.services) for item in items]

    def http_routers(self, settings: Settings) -> "list[fastapi.APIRouter]":
        """All routers for the admin endpoint; earlier plugins come first."""
        return [r for group in self._each("askwire_http", settings=settings, services=self.services) for r in group]

    def commands(self) -> list[Any]:
        """All Typer groups that plugins contribute."""
        return list(self._each("askwire_commands"))


def load_plugins(*extra: object) -> Plugins:
    """Load every plugin of the entry point group ``askwire``, then ``extra`` objects (an embedding program's own)."""
    manager = pluggy.PluginManager("askwire")
    manager.add_hookspecs(Hooks)
    for entry_point in importlib.metadata.entry_points(group=GROUP):
        try:
            manager.register(entry_point.load(), name=entry_point.name)
        except Exception:
            log.exception("plugin_failed", plugin=entry_point.name, hook="load")
    for plugin in extra:
        manager.register(plugin)
    return Plugins(manager)
