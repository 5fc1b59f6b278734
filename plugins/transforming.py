"""A stranger's ``ResultTransform``, called such that it harms nobody but the session whose results it changes.

Every fault is raised: the session ends, for nothing may be shown that was to be changed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from plugins.calls import Faulty, call, wait
from plugins.plugin import CHECK, Plugin
from plugins.transform import CellMask, Checked, ResultPlan, ResultTransform, SessionFacts, WireColumn
from plugins.watchdog import WATCHDOG

A = TypeVar("A")
R = TypeVar("R")

# So long one statement may be looked at, with the queries that takes.
CHECK_S = 30.0


@dataclass(frozen=True, slots=True)
class GuardedTransform:
    """Implements ``ResultTransform``. ``step_s``: so long it may hold the event loop."""

    plugin: Plugin
    transform: ResultTransform
    step_s: float

    @property
    def identity(self) -> str:
        return call(self.plugin, CHECK, lambda: str(self.transform.identity), self.step_s)

    async def check(self, text: bytes, facts: SessionFacts) -> Checked:
        """Raises ``Faulty``, and what the plugin refuses with."""
        work = partial(self._checked, text, facts)
        return await wait(self.plugin, CHECK, work, CHECK_S, self.step_s)

    async def _checked(self, text: bytes, facts: SessionFacts) -> Checked:
        checked = await self.transform.check(text, facts)
        plans = tuple(None if plan is None else GuardedPlan(self, plan) for plan in checked.plans)
        message = None if checked.message is None else self.quickly(checked.message)
        return replace(checked, plans=plans, message=message)

    def quickly(self, work: Callable[[A], R]) -> Callable[[A], R]:
        """For what is called for each cell: watched, but counted only where it fails."""

        def called(value: A) -> R:
            try:
                return WATCHDOG.run(partial(work, value), self.step_s)
            except BaseException as error:
                self.plugin.failed(CHECK, error, self.step_s)
                raise Faulty(f"The plugin {self.plugin.name!r} failed ({CHECK})") from error

        return called


@dataclass(frozen=True, slots=True)
class GuardedPlan:
    """Implements ``ResultPlan``."""

    its: GuardedTransform
    plan: ResultPlan

    def masks(self, columns: Sequence[WireColumn]) -> Sequence[CellMask | None]:
        """Raises ``Faulty``, and what the plugin refuses with."""
        masks = call(self.its.plugin, CHECK, lambda: tuple(self.plan.masks(columns)), self.its.step_s)
        if len(masks) != len(columns):
            raise Faulty(f"The plugin {self.its.plugin.name!r} gave {len(masks)} masks for {len(columns)} columns")
        return [None if mask is None else self.its.quickly(mask) for mask in masks]
