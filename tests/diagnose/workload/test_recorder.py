from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from diagnose.workload import recorder as recorder_module
from diagnose.workload.recorder import Recorder
from diagnose.workload.store import STEPS, Workload
from knowledge.database import Database
from plugins import Services
from tests.diagnose.workload.seen import UPSTREAM, seen


@pytest.fixture
async def workload(tmp_path: Path) -> AsyncIterator[Workload]:
    database = Database(tmp_path / "diagnose.sqlite", STEPS)
    yield Workload(database, kept=100)
    await database.close()


async def test_statements_are_added_up_by_digest_user_and_weight(workload: Workload) -> None:
    recorder = Recorder(workload, Services())
    recorder.add([seen("SELECT a FROM t WHERE a = 1", 0.1, rows=5), seen("SELECT a FROM t WHERE a=2", 0.3, weight=10)])
    recorder.add(
        [seen("SELECT a FROM t WHERE a = 3", 0.2, user="bob"), seen("SELECT a FROM t WHERE a = 4", failed=True)]
    )
    await recorder.flush()
    (ann,) = await workload.slow(UPSTREAM, "ann", 10)
    assert (ann.count, ann.rows, ann.errors) == (12, 16, 1)
    assert ann.seconds == pytest.approx(0.1 + 3.0 + 0.1)
    assert (ann.worst_seconds, ann.worst_text) == (0.3, "SELECT a FROM t WHERE a=2")
    assert [slow.count for slow in await workload.slow(UPSTREAM, "bob", 10)] == [1]
    await recorder.close()


async def test_what_was_counted_is_written_at_the_end(workload: Workload) -> None:
    recorder = Recorder(workload, Services())
    recorder.add([seen("SELECT 1")])
    await recorder.close()
    assert len(await workload.slow(UPSTREAM, None, 10)) == 1


async def test_texts_that_wait_are_bounded(workload: Workload, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recorder_module, "PENDING", 3)
    recorder = Recorder(workload, Services())
    recorder.add([seen(f"SELECT {letter} FROM t") for letter in "abcdefa"])
    await recorder.close()
    found = await workload.slow(UPSTREAM, None, 10)
    assert sorted(slow.digest.text for slow in found) == ["SELECT a FROM t", "SELECT b FROM t", "SELECT c FROM t"]
    assert sorted(slow.count for slow in found) == [1, 1, 2]


async def test_a_file_that_fails_loses_only_what_it_held(tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite").mkdir()
    database = Database(tmp_path / "folder.sqlite", STEPS)
    recorder = Recorder(Workload(database, kept=10), Services())
    recorder.add([seen("SELECT 1")])
    await recorder.close()
    recorder.add([seen("SELECT 1")])
    await recorder.close()
    await database.close()
