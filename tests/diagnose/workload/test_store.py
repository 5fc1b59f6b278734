from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from diagnose.workload.digest import Digests
from diagnose.workload.store import STEPS, Key, Seen, Workload, bucket, quantile
from knowledge.database import Database

UPSTREAM = "mysql://127.0.0.1:3306"


@pytest.fixture
async def workload(tmp_path: Path) -> AsyncIterator[Workload]:
    database = Database(tmp_path / "diagnose.sqlite", STEPS)
    yield Workload(database, kept=3)
    await database.close()


def key(user: str, sql: str) -> Key:
    return Key(UPSTREAM, user, "shop", Digests().of(sql).key)


def seen(sql: str, *seconds: float) -> Seen:
    times: dict[int, int] = {}
    for each in seconds:
        times[bucket(each)] = times.get(bucket(each), 0) + 1
    worst = max(seconds)
    return Seen(Digests().of(sql).text, len(seconds), sum(seconds), 10, 0, worst, f"{sql} /* {worst} */", 1.0, times)


def test_p95_is_right_to_the_width_of_a_bucket() -> None:
    times: dict[int, int] = {}
    for n in range(1, 1001):
        times[bucket(n / 1000)] = times.get(bucket(n / 1000), 0) + 1
    assert quantile(times, 0.95) == pytest.approx(0.95, rel=0.1)
    assert quantile(times, 0.5) == pytest.approx(0.5, rel=0.1)
    assert quantile({}, 0.95) == 0


async def test_what_is_seen_later_is_added(workload: Workload) -> None:
    one = "SELECT 1 FROM t"
    await workload.add({key("ann", one): seen(one, 0.5, 0.1)})
    await workload.add({key("ann", one): seen(one, 0.2)})
    (slow,) = await workload.slow(UPSTREAM, "ann", 10)
    assert (slow.count, slow.rows, slow.worst_seconds, slow.worst_text) == (3, 20, 0.5, f"{one} /* 0.5 */")
    assert slow.seconds == pytest.approx(0.8)
    assert slow.p95 == 0.5


async def test_nobody_sees_what_another_user_sent(workload: Workload) -> None:
    await workload.add({key("ann", "SELECT 1"): seen("SELECT 1", 1.0), key("bob", "SELECT 2"): seen("SELECT 2", 2.0)})
    assert [slow.user for slow in await workload.slow(UPSTREAM, "ann", 10)] == ["ann"]
    assert [slow.user for slow in await workload.slow(UPSTREAM, None, 10)] == ["bob", "ann"]
    assert await workload.slow("mysql://elsewhere:3306", None, 10) == []


async def test_the_least_costly_of_a_user_give_way(workload: Workload) -> None:
    columns = "abcde"
    await workload.add({key("ann", f"SELECT {c}"): seen(f"SELECT {c}", n + 1.0) for n, c in enumerate(columns)})
    await workload.add({key("bob", "SELECT z"): seen("SELECT z", 0.1)})
    assert [slow.digest.text for slow in await workload.slow(UPSTREAM, "ann", 10)] == [
        "SELECT e",
        "SELECT d",
        "SELECT c",
    ]
    assert len(await workload.slow(UPSTREAM, "bob", 10)) == 1


async def test_a_diagnosis_is_kept_with_its_digest(workload: Workload) -> None:
    mine = key("ann", "SELECT 1")
    assert not await workload.diagnosed_since(mine, 0)
    await workload.diagnosed(mine, "ann@%", 5.0, "SELECT 1", [{"code": "forgotten"}])
    assert await workload.diagnoses(UPSTREAM, None, 10) == []
    await workload.add({mine: seen("SELECT 1", 1.0)})
    await workload.diagnosed(
        mine, "ann@%", 5.0, "SELECT 1", [{"code": "filesort"}, {"code": "filesort"}, {"code": "x"}]
    )
    await workload.diagnosed(mine, "ann@%", 6.0, "SELECT 7", [{"code": "filesort"}, {"code": "y"}])
    assert await workload.diagnosed_since(mine, 6.0)
    assert not await workload.diagnosed_since(mine, 6.1)
    (found,) = await workload.diagnoses(UPSTREAM, "ann", 10)
    assert (found.sql, found.at, [f["code"] for f in found.findings]) == ("SELECT 7", 6.0, ["filesort", "y"])
    assert [slow.findings for slow in await workload.slow(UPSTREAM, "ann", 10)] == ["filesort, y"]
    assert await workload.diagnoses(UPSTREAM, "bob", 10) == []
