"""What plugins may do wrong, one by one, on a running event loop."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.metadata import entry_points

import pytest
import sqlglot

from conf.plugins import PluginSettings
from plugins import (
    AskwireError,
    ErrorCode,
    Note,
    Plugins,
    Question,
    Run,
    Services,
    Session,
    Statement,
    StatusItem,
    Table,
    UpstreamError,
    WrittenSql,
    hookimpl,
    load_plugins,
)
from plugins import calls as calls_module
from plugins.plugin import MAX_FAULTS, Plugin
from plugins.types import Answer, Lifespan
from tests.plugins.support import SETTINGS

OURS = tuple(found.name for found in entry_points(group="askwire"))
QUICK = PluginSettings(time_limit_s=0.5, start_limit_s=1.0, off=OURS)


def plugin_of(plugins: Plugins, name: str) -> Plugin:
    return next(plugin for plugin in plugins.all if plugin.name == name)


@asynccontextmanager
async def running(*extra: object) -> AsyncIterator[Plugins]:
    plugins = load_plugins(*extra, settings=QUICK)
    async with AsyncExitStack() as stack:
        await plugins.enter_lifespans(stack, SETTINGS)
        yield plugins


class Well:
    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        return [StatusItem("well", "yes")]


class Bad:
    """``askwire_status`` does what it is told."""

    def __init__(self, misdeed: str) -> None:
        self._misdeed = misdeed

    @hookimpl
    def askwire_status(self) -> Iterator[StatusItem]:
        if self._misdeed == "generator":
            yield StatusItem("bad", "begun")
            raise RuntimeError("in the middle")
        if self._misdeed == "endless":
            while True:
                pass
        if self._misdeed == "asleep":
            time.sleep(60)
        raise {"exit": SystemExit(3), "interrupt": KeyboardInterrupt(), "cancelled": asyncio.CancelledError()}[
            self._misdeed
        ]


@pytest.mark.parametrize("misdeed", ["generator", "exit", "interrupt", "cancelled", "endless", "asleep"])
async def test_a_hook_that_fails_is_left_out_and_told_of(misdeed: str) -> None:
    async with running(Bad(misdeed), Well()) as plugins:
        assert StatusItem("well", "yes") in plugins.status()
        bad = plugin_of(plugins, "Bad")
        assert (bad.calls["askwire_status"], bad.errors["askwire_status"]) == (1, 1)
        assert bad.fault.startswith("askwire_status: ")
        hangs = misdeed in ("endless", "asleep")
        assert bad.on is not hangs  # once is enough to hold up everybody
        assert ("held the event loop for more than 0.5 s" in bad.off) is hangs


async def test_one_that_fails_again_and_again_is_switched_off_and_not_called_any_more() -> None:
    async with running(Bad("generator"), Well()) as plugins:
        for _ in range(MAX_FAULTS + 3):
            assert StatusItem("well", "yes") in plugins.status()
        bad = plugin_of(plugins, "Bad")
        assert bad.calls["askwire_status"] == MAX_FAULTS
        assert bad.off == f"askwire_status: RuntimeError: in the middle ({MAX_FAULTS} times in a row)"


class Now:
    """Fails in every call but the third."""

    def __init__(self) -> None:
        self.calls = 0

    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        self.calls += 1
        if self.calls % 3:
            raise RuntimeError("not now")
        return []


async def test_faults_that_are_not_in_a_row_leave_it_on() -> None:
    now = Now()
    async with running(now) as plugins:
        for _ in range(4 * MAX_FAULTS):
            plugins.status()
        assert plugin_of(plugins, "Now").on
        assert now.calls == 4 * MAX_FAULTS


class Slow:
    """Its coroutines do not end by themselves."""

    def __init__(self) -> None:
        self.cancelled = 0

    @hookimpl
    async def askwire_notes(self, text: str) -> list[Note]:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                self.cancelled += 1
                if text != "stubborn":
                    raise

    @hookimpl
    async def askwire_session_idle(self, session: Session) -> None:
        time.sleep(60)  # noqa: ASYNC251  that is the point


class Noting:
    @hookimpl
    async def askwire_notes(self, text: str) -> list[Note]:
        await asyncio.sleep(0)
        return [Note(text)]


DONE = Table((), [])


@pytest.mark.parametrize("text", ["polite", "stubborn"])
async def test_a_coroutine_that_does_not_end_is_cancelled_or_else_abandoned(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plugins.manager.NOTES_S", 0.05)
    monkeypatch.setattr(calls_module, "GRACE_S", 0.05)
    slow = Slow()
    async with running(slow, Noting()) as plugins:
        notes = await plugins.notes("session", STATEMENT, text, DONE)  # type: ignore[arg-type]
        assert notes == (Note(text),)
        assert slow.cancelled == 1
        assert "it took more than 0.05 s" in plugin_of(plugins, "Slow").fault
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0


async def test_a_coroutine_that_holds_the_loop_is_ended() -> None:
    async with running(Slow()) as plugins:
        await plugins.session_idle("session")  # type: ignore[arg-type]
        assert "held the event loop" in plugin_of(plugins, "Slow").off


class Patient:
    """Has timeouts of its own, which cancel its task as well."""

    @hookimpl
    async def askwire_notes(self, text: str) -> list[Note]:
        for _ in range(3):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.01):
                    await asyncio.sleep(60)
        await asyncio.sleep(0.1)
        return [Note(text)]


async def test_a_coroutine_may_have_timeouts_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls_module, "GRACE_S", 0.02)
    async with running(Patient()) as plugins:
        assert await plugins.notes("session", STATEMENT, "in time", DONE) == (Note("in time"),)  # type: ignore[arg-type]


async def test_cancelling_the_task_is_no_fault_of_the_plugin() -> None:
    """As when a client goes on while its session is lent."""
    slow = Slow()
    async with running(slow) as plugins:
        task = asyncio.create_task(plugins.notes("session", STATEMENT, "text", DONE))  # type: ignore[arg-type]
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert slow.cancelled == 1
        assert not plugin_of(plugins, "Slow").fault


class Refuses:
    @hookimpl
    async def askwire_prompt_context(self, question: Question) -> None:
        raise AskwireError(ErrorCode.REFUSED, "Not this one")

    @hookimpl
    async def askwire_session_idle(self) -> None:
        raise UpstreamError(1205, "HY000", "lock wait timeout")


async def test_a_refusal_is_no_fault() -> None:
    async with running(Refuses()) as plugins:
        with pytest.raises(AskwireError, match="Not this one"):
            await plugins.prompt_context("session", Question("q"), 1.0)  # type: ignore[arg-type]
        await plugins.session_idle("session")  # type: ignore[arg-type]
        assert not plugin_of(plugins, "Refuses").fault


class Guards:
    """Does what the question says."""

    @hookimpl
    async def askwire_guard(self, written: WrittenSql) -> str | None:
        if written.question == "raise":
            raise LookupError("out of its mind")
        if written.question == "never":
            await asyncio.sleep(60)
        if written.question == "refuse":
            raise AskwireError(ErrorCode.REFUSED, "not for you")
        return "it reads salaries" if "salaries" in written.tables else None


def written(question: str, *tables: str) -> WrittenSql:
    return WrittenSql("SELECT 1", sqlglot.parse_one("SELECT 1", dialect="mysql"), tables, question)  # type: ignore[arg-type]


async def test_a_guard_objects_or_refuses() -> None:
    async with running(Guards()) as plugins:
        assert await plugins.guard("session", written("q", "orders")) is None  # type: ignore[arg-type]
        assert await plugins.guard("session", written("q", "salaries")) == "it reads salaries"  # type: ignore[arg-type]
        with pytest.raises(AskwireError, match="not for you"):
            await plugins.guard("session", written("refuse"))  # type: ignore[arg-type]
        assert not plugin_of(plugins, "Guards").fault


@pytest.mark.parametrize("question", ["raise", "never"])
async def test_a_guard_that_fails_lets_nothing_pass(question: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.manager.GUARD_S", 0.02)
    async with running(Guards()) as plugins:
        for times in range(1, MAX_FAULTS + 1):
            with pytest.raises(AskwireError, match="The guard of the plugin 'Guards' is out of order") as caught:
                await plugins.guard("session", written(question))  # type: ignore[arg-type]
            assert caught.value.code is ErrorCode.REFUSED
            assert plugin_of(plugins, "Guards").on is (times < MAX_FAULTS)
        # Switched off for its faults: a way around it that nobody may find.
        with pytest.raises(AskwireError, match="out of order"):
            await plugins.guard("session", written("q", "orders"))  # type: ignore[arg-type]


async def test_a_guard_that_the_settings_switch_off_is_not_asked() -> None:
    plugins = load_plugins(Guards(), settings=QUICK.model_copy(update={"off": (*QUICK.off, "Guards")}))
    assert await plugins.guard("session", written("raise", "salaries")) is None  # type: ignore[arg-type]


class Answers:
    """Its statement does what its text says."""

    @hookimpl
    def askwire_statements(self) -> list[Statement]:
        return [STATEMENT]


async def handle(_session: Session, text: str) -> Answer:
    match text:
        case "exit":
            raise SystemExit(3)
        case "raise":
            raise LookupError("as the relay logs it")
        case "refuse":
            raise AskwireError(ErrorCode.SYNTAX, "not so")
        case "endless":
            while True:
                pass
        case "rows":
            return Table((), (1 // n for n in (2, 1, 0)))  # type: ignore[misc]
        case "run":
            return Run("SELECT 1", finished=lambda _outcome: 1 // 0)  # type: ignore[arg-type, return-value]
    await asyncio.sleep(0)
    return DONE


def accepts(text: str) -> bool:
    if text == "accepts":
        raise SystemExit(4)
    return True


STATEMENT = Statement("answers", handle, ("ANSWERS",), accepts=accepts)


async def test_a_statement_neither_ends_the_gateway_nor_holds_it() -> None:
    async with running(Answers()) as plugins:
        statement = next(s for s in plugins.statements(SETTINGS) if s.name == "answers")
        for text in ("exit", "endless"):
            with pytest.raises(AskwireError) as caught:
                await statement.handle("session", text)  # type: ignore[arg-type]
            assert caught.value.code is ErrorCode.PLUGIN_FAILED
        with pytest.raises(LookupError):
            await statement.handle("session", "raise")  # type: ignore[arg-type]
        with pytest.raises(AskwireError, match="not so"):
            await statement.handle("session", "refuse")  # type: ignore[arg-type]
        assert await statement.handle("session", "well") == DONE  # type: ignore[arg-type]
        assert not statement.accepts("accepts")
        answers = plugin_of(plugins, "Answers")
        assert answers.errors["askwire_statements"] == 4
        assert answers.on  # clients choose what a handler gets


async def test_what_an_answer_does_later_is_guarded_too() -> None:
    async with running(Answers()) as plugins:
        statement = next(s for s in plugins.statements(SETTINGS) if s.name == "answers")
        table = await statement.handle("session", "rows")  # type: ignore[arg-type]
        assert isinstance(table, Table)
        with pytest.raises(AskwireError) as caught:
            list(table.rows)
        assert caught.value.code is ErrorCode.PLUGIN_FAILED
        run = await statement.handle("session", "run")  # type: ignore[arg-type]
        assert isinstance(run, Run)
        assert run.finished is not None
        run.finished(None)  # type: ignore[arg-type]
        assert plugin_of(plugins, "Answers").errors["askwire_statements"] == 2


async def test_the_statements_of_a_plugin_that_is_off_say_so() -> None:
    async with running(Answers()) as plugins:
        statement = next(s for s in plugins.statements(SETTINGS) if s.name == "answers")
        plugin_of(plugins, "Answers").switch_off("it was naughty")
        with pytest.raises(AskwireError, match="The plugin 'Answers' is off: it was naughty"):
            await statement.handle("session", "well")  # type: ignore[arg-type]


class Lives:
    """Fails at one end of its life."""

    def __init__(self, where: str) -> None:
        self._where = where

    @hookimpl
    def askwire_lifespan(self, services: Services) -> Lifespan:
        return self._life()

    @asynccontextmanager
    async def _life(self) -> AsyncIterator[None]:
        if self._where == "begin":
            raise SystemExit(5)
        if self._where == "never begins":
            await asyncio.sleep(60)
        yield
        if self._where == "end":
            raise RuntimeError("at the end")
        if self._where == "never ends":
            await asyncio.sleep(60)


@pytest.mark.parametrize("where", ["begin", "never begins", "end", "never ends"])
async def test_a_life_that_goes_wrong_harms_nobody_elses(where: str) -> None:
    async with running(Lives(where), Well()) as plugins:
        lives = plugin_of(plugins, "Lives")
        assert lives.on is where.endswith(("end", "ends"))
        assert StatusItem("well", "yes") in plugins.status()
    assert lives.fault.startswith("askwire_lifespan: ")
