from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conf.diagnose import DiagnoseSettings
from diagnose.types import Diagnosis, Finding, Severity
from diagnose.workload.background import BURST_S, Background
from diagnose.workload.recorder import Recorder
from diagnose.workload.store import STEPS, Workload
from knowledge.database import Database
from plugins import AskwireError, ErrorCode, SeenStatement, Services, Session
from tests.diagnose.samples import evidence
from tests.diagnose.workload.seen import UPSTREAM, seen

SLOW = seen("SELECT a FROM t WHERE a = 1", 2.0)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Setting:
    """A background diagnosis whose every diagnosis takes ``takes`` seconds."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.clock = Clock()
        self.database = Database(folder / "diagnose.sqlite", STEPS)
        self.workload = Workload(self.database, kept=10)
        self.recorder = Recorder(self.workload, Services())
        self.asked: list[str] = []
        self.takes = 1.0
        self.error: Exception | None = None
        made = DiagnoseSettings(**settings)
        self.background = Background(made, self.workload, self.recorder, self.diagnose, self.clock)

    async def diagnose(self, _session: Session, statement: SeenStatement) -> Diagnosis:
        self.asked.append(statement.text)
        self.clock.now += self.takes
        if self.error:
            raise self.error
        return Diagnosis(evidence("SELECT 1"), (Finding("filesort", Severity.LOW, "It sorts", "rows"),))

    def sees(self, statement: SeenStatement) -> list[int]:
        self.recorder.add([statement])
        return self.background.seen([statement])

    async def idle(self, id_: int = 7, user: str = "ann") -> None:
        await self.background.idle(cast(Session, SimpleNamespace(id=id_, user=user, account=f"{user}@%")))


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    made = Setting(tmp_path)
    yield made
    await made.recorder.close()
    await made.database.close()


async def test_a_slow_statement_is_diagnosed_once_on_its_own_session(setting: Setting) -> None:
    assert setting.sees(seen("SELECT 1", 0.1)) == []
    assert setting.sees(seen("SELECT broken", 2.0, failed=True)) == []
    assert setting.sees(replace(SLOW, truncated=True)) == []
    assert setting.sees(SLOW) == [7]
    await setting.idle(id_=8)
    assert setting.asked == []
    await setting.idle()
    assert setting.asked == [SLOW.text]
    (found,) = await setting.workload.diagnoses(UPSTREAM, "ann", 10)
    assert (found.sql, found.findings[0]["code"]) == (SLOW.text, "filesort")
    assert setting.sees(replace(SLOW, text="SELECT a FROM t WHERE a = 2")) == []
    assert setting.sees(replace(SLOW, at=SLOW.at + 25 * 3600)) == [7]


async def test_a_session_that_became_another_user_is_not_used(setting: Setting) -> None:
    setting.sees(SLOW)
    await setting.idle(user="bob")
    assert setting.asked == []


async def test_its_time_is_bounded(setting: Setting) -> None:
    setting.takes = BURST_S + 1
    setting.sees(SLOW)
    await setting.idle()
    other = seen("SELECT b FROM t", 2.0)
    assert setting.sees(other) == []
    setting.clock.now += 80
    assert setting.sees(other) == []
    setting.clock.now += 30
    assert setting.sees(other) == [7]


async def test_what_cannot_be_diagnosed_is_not_tried_again(setting: Setting) -> None:
    setting.error = AskwireError(ErrorCode.BAD_SQL, "no")
    setting.sees(SLOW)
    await setting.idle()
    assert setting.sees(SLOW) == []
    assert await setting.workload.diagnoses(UPSTREAM, None, 10) == []


@pytest.mark.parametrize("off", [{"slow_s": 0}, {"background_share": 0}])
async def test_off(tmp_path: Path, off: dict[str, float]) -> None:
    setting = Setting(tmp_path, **off)
    assert setting.sees(SLOW) == []
    await setting.recorder.close()
    await setting.database.close()


async def test_another_process_may_have_diagnosed_it(setting: Setting) -> None:
    setting.sees(SLOW)
    await setting.idle()
    second = Background(DiagnoseSettings(), setting.workload, setting.recorder, setting.diagnose, setting.clock)
    assert second.seen([SLOW]) == [7]
    await second.idle(cast(Session, SimpleNamespace(id=7, user="ann", account="ann@%")))
    assert setting.asked == [SLOW.text]
