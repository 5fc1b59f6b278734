"""Transforms of strangers that go wrong at each place where the relay calls them."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from typing import Any, cast

import pytest

from plugins import AskwireError, ErrorCode, transforming
from plugins.calls import Faulty
from plugins.plugin import CHECK, MAX_FAULTS, Plugin
from plugins.transform import CellMask, Checked, ResultPlan, SessionFacts, WireColumn
from plugins.transforming import GuardedTransform
from plugins.watchdog import WATCHDOG

STEP_S = 0.5
COLUMNS = cast(Sequence[WireColumn], ["a column"])
FACTS = cast(SessionFacts, None)


class Bad:
    """Does the misdeed where it is told to."""

    identity = "x"

    def __init__(self, where: str, misdeed: str) -> None:
        self._where, self._misdeed = where, misdeed

    def _at(self, where: str) -> None:
        if where == self._where:
            match self._misdeed:
                case "raises":
                    raise LookupError("out of its mind")
                case "exits":
                    raise SystemExit(3)
                case "sleeps":
                    time.sleep(60)

    async def check(self, text: bytes, facts: SessionFacts) -> Checked:
        self._at("check")
        if self._misdeed == "waits":
            await asyncio.sleep(60)
        if text == b"refuse":
            raise AskwireError(ErrorCode.MASKED, "no such thing")
        return Checked((cast(ResultPlan, self), None), message=self._message)

    def _message(self, number: int) -> str:
        self._at("message")
        return f"error {number}"

    def masks(self, columns: Sequence[WireColumn]) -> Sequence[CellMask | None]:
        self._at("masks")
        return [] if self._misdeed == "forgets" else [self._mask]

    def _mask(self, _cell: bytes | None) -> bytes | None:
        self._at("cell")
        return b"***"


@pytest.fixture
def plugin() -> Plugin:
    return Plugin("mine", "1", "a file")


@pytest.fixture(autouse=True)
def watched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(transforming, "CHECK_S", 0.1)
    with WATCHDOG:
        yield


async def everything(plugin: Plugin, where: str = "", misdeed: str = "", text: bytes = b"SELECT 1") -> list[Any]:
    """What the relay does with a statement's results."""
    made = GuardedTransform(plugin, Bad(where, misdeed), STEP_S)
    checked = await made.check(text, FACTS)
    assert checked.message is not None
    plan, nothing = checked.plans
    assert plan is not None
    (mask,) = plan.masks(COLUMNS)
    assert mask is not None
    return [made.identity, mask(b"secret"), checked.message(1064), nothing]


async def test_one_that_does_well(plugin: Plugin) -> None:
    assert await everything(plugin) == ["x", b"***", "error 1064", None]
    assert not plugin.errors


@pytest.mark.parametrize("where", ["check", "masks", "cell", "message"])
@pytest.mark.parametrize(
    ("misdeed", "fault"),
    [
        ("raises", "LookupError: out of its mind"),
        ("exits", "SystemExit: 3"),
        ("sleeps", "it held the event loop for more than 0.5 s"),
    ],
)
async def test_a_fault_ends_what_it_protects(plugin: Plugin, where: str, misdeed: str, fault: str) -> None:
    with pytest.raises(Faulty):
        await everything(plugin, where, misdeed)
    assert plugin.errors[CHECK] == 1
    assert plugin.fault == f"{CHECK}: {fault}"


async def test_a_check_that_does_not_end(plugin: Plugin) -> None:
    with pytest.raises(Faulty, match=r"it took more than 0\.1 s"):
        await everything(plugin, misdeed="waits")


async def test_too_few_masks(plugin: Plugin) -> None:
    with pytest.raises(Faulty, match="gave 0 masks for 1 columns"):
        await everything(plugin, misdeed="forgets")


async def test_a_refusal_is_no_fault(plugin: Plugin) -> None:
    with pytest.raises(AskwireError, match="no such thing"):
        await everything(plugin, text=b"refuse")
    assert not plugin.errors


async def test_a_client_cannot_switch_it_off(plugin: Plugin) -> None:
    """Else nobody could log in any more."""
    for _ in range(MAX_FAULTS + 1):
        with pytest.raises(Faulty):
            await everything(plugin, "check", "raises")
    assert plugin.on
