"""Who takes part in a hook, in which order, with which arguments, and who is left out for a fault."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from conf.plugins import PluginSettings
from plugins import (
    AskwireError,
    ErrorCode,
    Plugins,
    Services,
    Session,
    StatusItem,
    UpstreamError,
    hookimpl,
    load_plugins,
)
from plugins.plugin import MAX_FAULTS, Plugin
from plugins.transform import PromptShield, ResultTransform
from tests.plugins.support import SETTINGS

OTHERS_OFF = PluginSettings(
    time_limit_s=5.0,
    off=("audit", "crawl", "diagnose", "knowledge", "mask", "mcp", "models_runtime", "nl2sql", "status"),
)
ANY_SESSION: Session = "a session"  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Rendering a stack takes half a second."""
    with capture_logs():
        yield


class Does:
    """Each hook calls ``work`` with its own name and the arguments that it took."""

    def __init__(self, name: str, work: Callable[..., Any] = lambda *_given: None) -> None:
        self.plugin_name = name
        self._work = work

    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        return self._work("status")  # type: ignore[no-any-return]

    @hookimpl
    def askwire_result_transform(self, user: str, host: str) -> ResultTransform | None:
        return self._work("transform", user, host)  # type: ignore[no-any-return]

    @hookimpl
    def askwire_prompt_shield(self, services: Services) -> PromptShield | None:
        return self._work("shield", services)  # type: ignore[no-any-return]

    @hookimpl
    async def askwire_session_idle(self, session: Session) -> None:
        self._work("idle", session)


def loaded(*extra: object, settings: PluginSettings = OTHERS_OFF) -> Plugins:
    return load_plugins(*extra, settings=settings)


def plugin_of(plugins: Plugins, name: str) -> Plugin:
    return next(plugin for plugin in plugins.all if plugin.name == name)


def raises(error: BaseException) -> Callable[..., Any]:
    def fail(*_given: object) -> None:
        raise error

    return fail


def gives(value: object) -> Callable[..., Any]:
    return lambda *_given: value


# --- each


def test_in_order_and_without_those_that_have_nothing() -> None:
    plugins = loaded(*(Does(name, gives([StatusItem(name, "x")])) for name in "ab"), Does("c"), Does("d", gives([])))
    assert [(plugin.name, value) for plugin, value in plugins.each("askwire_status")] == [
        ("a", (StatusItem("a", "x"),)), ("b", (StatusItem("b", "x"),)), ("d", ()),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        (ZeroDivisionError("secret words"), 1),
        (SystemExit(3), 1),
        (AskwireError(ErrorCode.REFUSED, "not now"), 0),
        (UpstreamError(1205, "HY000", "lock wait timeout"), 0),
    ],
    ids=lambda value: type(value).__name__,
)
def test_one_that_fails_is_left_out_and_one_that_refuses_has_no_fault(error: BaseException, faults: int) -> None:
    plugins = loaded(Does("bad", raises(error)), Does("good", gives([StatusItem("good", "x")])))
    assert plugins.status() == [StatusItem("good", "x")]
    assert plugin_of(plugins, "bad").errors["askwire_status"] == faults


def test_one_that_is_off_is_not_called() -> None:
    called: list[str] = []
    plugins = loaded(Does("a", called.append))
    plugin_of(plugins, "a").switch_off("it was naughty")
    plugins.status()
    assert called == []
    assert plugins.implementations("askwire_status") == []


# --- what protects something


def test_the_first_that_gives_something_has_it() -> None:
    asked: list[tuple[object, ...]] = []

    def notes(value: object) -> Callable[..., Any]:
        return lambda *given: asked.append(given) or value

    plugins = loaded(Does("none", notes(None)), Does("first", notes("a transform")), Does("second", notes("another")))
    plugin, value = plugins._first("askwire_result_transform", user="app", host="10.0.0.1")
    assert (plugin.name, value) == ("first", "a transform")
    assert asked == [("transform", "app", "10.0.0.1")] * 2
    asked.clear()
    assert plugins.prompt_shield(SETTINGS) == "a transform"
    assert asked == [("shield", plugins.services)] * 2


def test_nobody_gives_anything() -> None:
    assert loaded()._first("askwire_result_transform", user="app", host="") == (None, None)
    assert loaded(Does("none")).result_transform("app", "") is None


@pytest.mark.parametrize("error", [ZeroDivisionError("secret words"), SystemExit(3)], ids=["fault", "exit"])
def test_a_fault_of_one_that_protects_is_not_passed_over(error: BaseException) -> None:
    """Else what is to be hidden would be shown."""
    plugins = loaded(Does("bad", raises(error)), Does("good", gives(None)))
    for _ in range(MAX_FAULTS):
        with pytest.raises(AskwireError, match="The plugin 'bad', which protects data, failed") as caught:
            plugins.result_transform("app", "")
        assert caught.value.code is ErrorCode.PLUGIN_FAILED
        assert "secret words" not in str(caught.value)
    assert not plugin_of(plugins, "bad").on
    with pytest.raises(AskwireError, match="which protects data, is off") as caught:
        plugins.result_transform("app", "")
    assert caught.value.code is ErrorCode.PLUGIN_FAILED


def test_a_refusal_of_one_that_protects_is_its_own() -> None:
    plugins = loaded(Does("mine", raises(AskwireError(ErrorCode.MASKED, "nobody from there"))))
    with pytest.raises(AskwireError, match="nobody from there") as caught:
        plugins.result_transform("app", "")
    assert caught.value.code is ErrorCode.MASKED
    assert plugin_of(plugins, "mine").on


def test_one_that_the_settings_switch_off_protects_nothing() -> None:
    off = OTHERS_OFF.model_copy(update={"off": (*OTHERS_OFF.off, "mine")})
    assert loaded(Does("mine", raises(ZeroDivisionError())), settings=off).result_transform("app", "") is None


# --- a session is lent


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        (ZeroDivisionError(), 1),
        (TimeoutError(), 1),
        (UpstreamError(1158, "08S01", "lost"), 0),
        (AskwireError(ErrorCode.INTERNAL, "over"), 0),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_it_is_lent_to_one_after_the_other_whatever_they_do(error: BaseException, faults: int) -> None:
    lent: list[tuple[object, ...]] = []
    plugins = loaded(Does("bad", raises(error)), Does("good", lambda *given: lent.append(given)))
    await plugins.session_idle(ANY_SESSION)
    assert lent == [("idle", ANY_SESSION)]
    assert plugin_of(plugins, "bad").errors["askwire_session_idle"] == faults


async def test_the_client_speaks_and_nobody_else_gets_it() -> None:
    lent: list[str] = []

    class Holds:
        plugin_name = "holds"

        @hookimpl
        async def askwire_session_idle(self, session: Session) -> None:
            begun.set()
            await asyncio.Event().wait()

    begun = asyncio.Event()
    plugins = loaded(Holds(), Does("next", lambda *_given: lent.append("next")))
    task = asyncio.create_task(plugins.session_idle(ANY_SESSION))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert lent == []
    assert not plugin_of(plugins, "holds").fault
