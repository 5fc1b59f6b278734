"""What is said of remedies; that they are tried on servers: test_hypopg, test_reading, test_scratch."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from conf.diagnose import DiagnoseSettings
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB, POSTGRES
from diagnose.types import CreateIndex, Finding, Rewrite, Severity, Trial, Verdict
from diagnose.verification import hypopg, reading, scratch, verify
from plugins import Session, UpstreamError
from tests.diagnose.plans import plan, scan
from tests.diagnose.samples import evidence, table
from tests.support.answers import Answers

INDEX, OTHER, REWRITE = CreateIndex("t", ("a",)), CreateIndex("t", ("b",)), Rewrite("SELECT 2")
HELPED = Trial(Verdict.VERIFIED, "it helps", 0.1)


def finding(remedy: Any = INDEX, **more: Any) -> Finding:
    return Finding("code", Severity.LOW, "finding", "evidence", remedy=remedy, **more)


def seen(kind: str = MARIADB, *, hypopg_there: bool = True) -> Evidence:
    given = evidence("SELECT * FROM t", table("t(a int, b int)"), plan=plan(scan("t")), kind=kind)
    return replace(given, server=replace(given.server, hypopg=hypopg_there), planned="SELECT * FROM t")


def session(*, in_transaction: bool = False) -> Session:
    return Answers({}, in_transaction=in_transaction).session


async def verified(
    given: Evidence, *findings: Finding, limits: DiagnoseSettings | None = None, in_transaction: bool = False
) -> list[Trial | None]:
    found = await verify.verify(session(in_transaction=in_transaction), given, findings, limits)
    assert [replace(f, trial=None) for f in found] == [replace(f, trial=None) for f in findings]
    return [f.trial for f in found]


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[Any]]]:
    """What was tried where: it always helps."""
    asked: list[tuple[str, list[Any]]] = []

    async def on_samples(_s: Session, _e: Evidence, remedies: list[Any], **_limits: Any) -> dict[Any, Trial]:
        asked.append(("scratch", remedies))
        return dict.fromkeys(remedies, HELPED)

    async def read_only(_s: Session, _e: Evidence, remedies: list[Any], **_limits: Any) -> dict[Any, Trial]:
        asked.append(("reading", remedies))
        return dict.fromkeys(remedies, HELPED)

    monkeypatch.setattr(scratch, "try_remedies", on_samples)
    monkeypatch.setattr(reading, "try_rewrites", read_only)
    return asked


@pytest.mark.parametrize(
    ("given", "limits", "in_transaction", "why"),
    [
        (seen(), DiagnoseSettings(verify=False), False, "trying advice is switched off"),
        (replace(seen(), plan=None), None, False, "there is no plan to compare with"),
        (replace(seen(), plan=None, unplanned="it writes"), None, False, "it writes"),
        (seen(), None, True, "your transaction is open, and nothing is tried inside of it"),
        (seen("duckdb"), None, False, "nothing can be tried on duckdb"),
    ],
)
async def test_what_cannot_be_tried_says_why(
    tried: list[Any], given: Evidence, limits: DiagnoseSettings | None, in_transaction: bool, why: str
) -> None:
    found = await verified(given, finding(), finding(REWRITE), limits=limits, in_transaction=in_transaction)
    assert found == [Trial(Verdict.UNTRIED, why)] * 2
    assert tried == []


async def test_what_has_no_remedy_or_was_tried_is_left_as_it_is(tried: list[Any]) -> None:
    known = Trial(Verdict.REFUTED, "known")
    assert await verified(seen(), finding(None), finding(trial=known)) == [None, known]
    assert tried == []


async def test_a_remedy_of_two_findings_is_tried_once(tried: list[Any]) -> None:
    found = await verified(seen(), finding(), finding(), finding(REWRITE), finding(None))
    assert found == [HELPED, HELPED, HELPED, None]
    assert tried == [("scratch", [INDEX, REWRITE])]


async def test_postgres_tries_rewrites_by_reading(tried: list[Any]) -> None:
    assert await verified(seen(POSTGRES), finding(REWRITE), finding(REWRITE)) == [HELPED] * 2
    assert tried == [("reading", [REWRITE])]


async def test_postgres_tries_indexes_with_hypopg_only(monkeypatch: pytest.MonkeyPatch) -> None:
    (without,) = await verified(seen(POSTGRES, hypopg_there=False), finding())
    assert without is not None
    assert "hypopg is not installed" in without.how

    async def choose(*_given: Any) -> hypopg.Chosen:
        raise UpstreamError(1105, "HY000", "no more memory")

    monkeypatch.setattr(hypopg, "choose", choose)
    assert await verified(seen(POSTGRES), finding()) == [
        Trial(Verdict.UNTRIED, "HypoPG could not try it: no more memory")
    ]


def judged(*best: CreateIndex, **tried: Any) -> hypopg.Chosen:
    given = {"remedy": INDEX, "before": 1000.0, "after": 100.0, "used": True, "size_bytes": 8192, **tried}
    one = hypopg.Tried(**given)
    return hypopg.Chosen(one.before, (one,), best, one.after)


@pytest.mark.parametrize(
    ("chosen", "verdict", "how"),
    [
        (judged(INDEX), Verdict.VERIFIED, "the planner's cost goes from 1,000 to 100 (HypoPG), estimated size"),
        (judged(used=False), Verdict.REFUTED, "the planner would not use it (HypoPG)"),
        (judged(), Verdict.REFUTED, "it adds nothing to the other index that helps"),
        (judged(after=990.0), Verdict.REFUTED, "which is not worth an index"),
        (judged(failed="no such column"), Verdict.REFUTED, "PostgreSQL would not make it: no such column"),
    ],
)
async def test_what_hypopg_says(
    monkeypatch: pytest.MonkeyPatch, chosen: hypopg.Chosen, verdict: Verdict, how: str
) -> None:
    async def choose(_s: Session, sql: str, remedies: Sequence[CreateIndex], *_more: Any) -> hypopg.Chosen:
        assert (sql, list(remedies)) == ("SELECT * FROM t", [INDEX])
        return chosen

    monkeypatch.setattr(hypopg, "choose", choose)
    (trial,) = await verified(seen(POSTGRES), finding())
    assert trial is not None
    assert trial.verdict is verdict
    assert how in trial.how
