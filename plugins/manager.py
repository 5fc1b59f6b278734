"""The plugins of one gateway, and typed calls of their hooks; one that fails harms nobody (``plugins.calls``)."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import structlog
from pydantic import BaseModel, ValidationError

from conf.plugins import PluginSettings
from conf.settings import Settings, SettingsError, explained
from plugins import finding
from plugins.answered import AnsweredStatement
from plugins.background import Background
from plugins.builtin import metrics, status
from plugins.calling import Calling
from plugins.calls import Faulty, Lived, call, guarded_statement, is_meant
from plugins.errors import AskwireError, ErrorCode
from plugins.offers import Offers
from plugins.plugin import Plugin
from plugins.session import Session
from plugins.transform import PromptShield, ResultTransform
from plugins.transforming import GuardedTransform
from plugins.types import Answer, Note, Statement, StatusItem
from plugins.upstream import SeenStatement, UpstreamError
from plugins.watchdog import WATCHDOG

if TYPE_CHECKING:
    import fastapi

    from plugins.asking import Context, Question, WrittenSql

log = structlog.get_logger("askwire.plugins")

NOTES_S = 2.0
CONTEXT_S = 10.0
GUARD_S = 30.0
ANSWERED_S = 30.0
CONTEXTS = 8
# These statements say why a plugin fails; they are answered without it.
EXPLAINS = frozenset({"show ai plugins", "show ai status"})


class Plugins(Calling):
    """The plugins of one gateway, in order, typed calls of their hooks, and the ``services`` that they share."""

    def __init__(self, plugins: Sequence[Plugin], manager: finding.Manager, settings: PluginSettings) -> None:
        super().__init__(plugins, manager, settings)
        self.all = tuple(plugins)
        self.services.add(self)
        self.offers = Offers(self)

    def names(self) -> list[str]:
        """The plugins that are on."""
        return [plugin.name for plugin in self.all if plugin.on]

    # --- life cycle

    def check_settings(self, settings: Settings) -> None:
        """Give plugins what the settings tell them. Raises ``SettingsError`` where that does not fit their models."""
        for plugin, model in list(self.each("askwire_settings", limit_s=self._settings.start_limit_s)):
            given = settings.plugins.settings.get(plugin.name, {})
            try:
                told = call(plugin, "askwire_settings", partial(_validated, model, given), self.time_limit_s)
            except Faulty:
                continue
            if isinstance(told, ValidationError):
                above = ("plugins", "settings", plugin.name)
                known = [".".join((*above, key)) for key in model.model_fields]
                raise SettingsError(explained(told, known, above=above))
            self.services.add(told)

    async def enter_lifespans(self, stack: AsyncExitStack, settings: Settings) -> None:
        """Enter every plugin's lifespan on ``stack``. Raises ``SettingsError``."""
        stack.enter_context(WATCHDOG)
        stack.enter_context(Background(self.all, self.time_limit_s).guarded())
        self.check_settings(settings)
        limits = self._settings.start_limit_s, self.time_limit_s
        for plugin, lifespan in self._starting("askwire_lifespan", settings=settings):
            await stack.enter_async_context(Lived(plugin, lifespan, *limits))
        collectors = [(p, c) for p, collected in self._starting("askwire_metrics") for c in collected]
        stack.enter_context(metrics.collected(collectors, self.time_limit_s))

    def statements(self, settings: Settings) -> list[Statement]:
        """All registered statements; earlier plugins come first."""
        offered = [(p, s) for p, each in self._starting("askwire_statements", settings=settings) for s in each]
        _tell_same(offered)
        return [guarded_statement(plugin, statement, self.time_limit_s) for plugin, statement in offered]

    # --- while a question is answered

    async def prompt_context(self, session: Session, question: "Question", limit_s: float) -> "list[Context]":
        """Lines for the prompt of a question; askwire's own have ``limit_s``: a model may have to be loaded.

        Raises ``AskwireError`` and ``UpstreamError``.
        """
        hook = "askwire_prompt_context"
        each = self._await_each(hook, CONTEXT_S, limit_s, session=session, question=question)
        return [line async for lines in each for line in lines][:CONTEXTS]

    async def guard(self, session: Session, written: "WrittenSql") -> str | None:
        """Why SQL of a model must not run; None when no plugin minds. Raises ``AskwireError`` and ``UpstreamError``."""
        hook = "askwire_guard"
        for plugin, work in self._registered(hook):
            if plugin.broken:
                raise _out_of_order(plugin, plugin.off)
            if plugin.on:
                try:
                    reason = await self._awaited(plugin, hook, work, GUARD_S, session=session, written=written)
                except Faulty as fault:
                    raise _out_of_order(plugin, plugin.fault) from fault
                if reason is not None:
                    return str(reason)[:900]
        return None

    async def notes(self, session: Session, statement: Statement, text: str, answer: Answer) -> tuple[Note, ...]:
        """What plugins add to the notes of an answer."""
        given: dict[str, Any] = {"session": session, "statement": statement, "text": text, "answer": answer}
        try:
            return tuple([n async for each in self._await_each("askwire_notes", NOTES_S, **given) for n in each])
        except (AskwireError, UpstreamError) as error:
            log.info("plugin_refused", hook="askwire_notes", reason=str(error))
            return ()

    @property
    def annotates(self) -> bool:
        """Whether any plugin has something to say about answers."""
        return bool(self.implementations("askwire_notes"))

    # --- what passes on the wire

    def statements_seen(self, statements: Sequence[SeenStatement]) -> set[int]:
        """Tell every plugin; returns the ids of the sessions that any of them would like to borrow."""
        wanted = self._each("askwire_statements_seen", statements=tuple(statements), services=self.services)
        return {session for sessions in wanted for session in sessions}

    def result_transform(self, user: str, host: str) -> ResultTransform | None:
        """What changes the results of this client's session. Raises what a plugin raises: nobody may be let past."""
        plugin, transform = self._first("askwire_result_transform", user=user, host=host)
        if transform is None or plugin.own:
            return cast(ResultTransform | None, transform)
        return GuardedTransform(plugin, transform, self.time_limit_s)

    def prompt_shield(self, settings: Settings) -> PromptShield | None:
        """Raises what a plugin raises."""
        return cast(PromptShield | None, self._first("askwire_prompt_shield", settings=settings)[1])

    async def database_selected(self, session: Session) -> None:
        """Tell every plugin, one after the other."""
        await self._lend("askwire_database_selected", session)

    async def session_idle(self, session: Session) -> None:
        """Lend to every plugin, one after the other."""
        await self._lend("askwire_session_idle", session)

    @property
    def coach(self) -> bool:
        """Whether any plugin has something to say about statements that failed."""
        return bool(self.implementations("askwire_failed_statement"))

    async def failed_statement(self, session: Session, failed: SeenStatement) -> list[Note]:
        """The notes of all plugins, one after the other."""
        notes: list[Note] = []
        for plugin, work in self.implementations("askwire_failed_statement"):
            given = {"session": session, "failed": failed}
            try:
                notes += await self._awaited(plugin, "askwire_failed_statement", work, NOTES_S, **given) or ()
            except Faulty as fault:
                if isinstance(fault.__cause__, TimeoutError):
                    raise fault.__cause__ from None  # the session has to be settled
            except Exception as error:
                if not is_meant(error):
                    raise
                log.debug("plugin_refused", plugin=plugin.name, hook="askwire_failed_statement", reason=str(error))
        return notes

    # --- what the gateway answers

    @property
    def accounting(self) -> bool:
        """Whether any plugin wants to hear of the gateway's own statements."""
        return any(plugin.on or plugin.broken for plugin, _ in self._registered("askwire_answered"))

    async def answered(self, event: AnsweredStatement) -> AskwireError | None:
        """Tell every plugin, one after the other; returns the first error that is the client's instead of the answer.

        It is also one where a plugin fails, or was switched off for its faults: what it keeps account of would be lost.
        ``EXPLAINS`` are answered even then.
        """
        refusal: AskwireError | None = None
        spared = event.name in EXPLAINS
        hook = "askwire_answered"
        for plugin, work in self._registered(hook):
            try:
                if plugin.on:
                    await self._awaited(plugin, hook, work, ANSWERED_S, event=event)
                elif plugin.broken and not spared:
                    refusal = refusal or _no_account(plugin, plugin.off)
            except AskwireError as error:
                refusal = refusal or error
            except (Faulty, UpstreamError) as fault:
                if isinstance(fault, UpstreamError):  # no fault in itself
                    plugin.failed(hook, fault)
                if not spared:
                    refusal = refusal or _no_account(plugin, plugin.fault)
        return refusal

    # --- operating

    def status(self) -> list[StatusItem]:
        """All rows of SHOW AI STATUS."""
        return [item for items in self._each("askwire_status", services=self.services) for item in items]

    def http_routers(self, settings: Settings) -> "list[tuple[Plugin, fastapi.APIRouter]]":
        """All routers for the admin endpoint; earlier plugins come first."""
        return [(p, r) for p, routers in self._starting("askwire_http", settings=settings) for r in routers]

    def commands(self) -> list[Any]:
        """All Typer groups that plugins contribute."""
        return list(self._each("askwire_commands", limit_s=self._settings.start_limit_s))


def _tell_same(offered: Sequence[tuple[Plugin, Statement]]) -> None:
    """Of two plugins' statements with the same opening, the later gets what the first declines."""
    first: dict[tuple[str, ...], str] = {}
    for plugin, statement in offered:
        words = tuple(word.upper() for word in statement.opening)
        if words and (other := first.setdefault(words, plugin.name)) != plugin.name:
            log.warning("opening_is_taken", opening=" ".join(words), plugin=plugin.name, first=other)


def _validated(model: type[BaseModel], given: dict[str, Any]) -> BaseModel | ValidationError:
    try:
        return model.model_validate(given, extra="forbid")
    except ValidationError as error:
        return error


def _out_of_order(plugin: Plugin, why: str) -> AskwireError:
    advice = "SHOW AI PLUGINS says why it failed; without it no SQL of a model runs."
    return AskwireError(ErrorCode.REFUSED, f"The guard of the plugin {plugin.name!r} is out of order ({why})", advice)


def _no_account(plugin: Plugin, why: str) -> AskwireError:
    advice = "SHOW AI PLUGINS says why it failed; without it no AI statement is answered."
    return AskwireError(
        ErrorCode.PLUGIN_FAILED, f"The plugin {plugin.name!r} keeps account, and failed ({why})", advice
    )


def load_plugins(*extra: object, settings: PluginSettings | None = None) -> Plugins:
    """Load the plugins of the entry point group ``askwire``, of the settings' folder, then ``extra`` objects."""
    wanted = settings or PluginSettings()
    manager = finding.Manager()
    with WATCHDOG:
        found = finding.find(wanted, {"status": status}, extra)
        plugins = [finding.load(each, manager, wanted.start_limit_s) for each in found]
    return Plugins(plugins, manager, wanted)
