"""Whose fault it is; with a real gateway around it: test_gateway."""

import asyncio
import threading
from types import ModuleType
from typing import Any

import pytest

from plugins.background import Background
from plugins.plugin import BACKGROUND, MAX_FAULTS, Plugin

CODE = """
def fails(error):
    raise error
"""


def module(name: str) -> Any:
    made = ModuleType(name)
    exec(CODE, made.__dict__)
    return made


def plugin(implementation: object, source: str = "a file", *, own: bool = False) -> Plugin:
    return Plugin("p", "1", source, implementation, own=own)


async def called(work: Any, *plugins: Plugin) -> list[BaseException]:
    """Call it from the loop, and from a thread -> what others than the plugins were told."""
    told: list[BaseException] = []
    loop, before = asyncio.get_running_loop(), threading.excepthook
    loop.set_exception_handler(lambda _loop, context: told.append(context["exception"]))
    threading.excepthook = lambda args: told.append(args.exc_value)
    try:
        with Background(plugins, 1.0).guarded():
            loop.call_soon(work)
            thread = threading.Thread(target=work)
            thread.start()
            await asyncio.sleep(0)
            thread.join()
        loop.call_soon(work)
        await asyncio.sleep(0)
    finally:
        threading.excepthook = before
        loop.set_exception_handler(None)
    return told[:-1]  # the last one came when nothing was guarded any more


@pytest.mark.parametrize(
    ("name", "its", "mine"),
    [
        ("askwire_plugin_a", "askwire_plugin_a", True),
        ("askwire_plugin_a.inner", "askwire_plugin_a", True),
        ("mail.other.deep", "mail.plugin", True),
        ("mailer", "mail.plugin", False),
        ("proxy.relay", "askwire_plugin_a", False),
    ],
)
async def test_the_module_says_whose_it_is(name: str, its: str, mine: bool) -> None:
    code, one = module(name), plugin(ModuleType(its))
    told = await called(lambda: code.fails(ValueError("no")), one)
    assert (told == []) is mine
    assert one.errors[BACKGROUND] == one.calls[BACKGROUND] == (2 if mine else 0)
    assert one.fault == ("background: ValueError: no" if mine else "")


@pytest.mark.parametrize("kind", [{"source": "program"}, {"own": True}])
async def test_a_programs_plugins_and_askwires_own_are_left_to_it(kind: dict[str, Any]) -> None:
    code = module("one.plugin")
    one = plugin(code, **kind)
    assert len(await called(lambda: code.fails(ValueError("no")), one)) == 2
    assert not one.errors


async def test_many_faults_do_not_switch_it_off() -> None:
    """Nothing tells of what went well between them."""
    code = module("one")
    one = plugin(code)
    with Background([one], 1.0).guarded():
        for _ in range(2 * MAX_FAULTS):
            asyncio.get_running_loop().call_soon(code.fails, ValueError("no"))
        await asyncio.sleep(0)
    assert (one.errors[BACKGROUND], one.on) == (2 * MAX_FAULTS, True)


async def test_a_thread_may_end_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)  # as the usual one, for SystemExit
    code = module("one")
    one = plugin(code)
    with Background([one], 1.0).guarded():
        thread = threading.Thread(target=code.fails, args=(SystemExit(1),))
        thread.start()
        thread.join()
    assert not one.errors
