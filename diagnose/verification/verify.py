"""Tries the remedies of findings before anybody is told that they help."""

from collections.abc import Sequence
from dataclasses import replace

from conf.diagnose import DiagnoseSettings
from diagnose.advice.width import size_text
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import POSTGRES
from diagnose.types import CreateIndex, Finding, Rewrite, Trial, Verdict
from diagnose.verification import hypopg, reading, scratch
from plugins import Session, UpstreamError

HELPS = hypopg.Helps()


async def verify(
    session: Session, evidence: Evidence, findings: Sequence[Finding], settings: DiagnoseSettings | None = None
) -> tuple[Finding, ...]:
    """The findings with ``trial`` set where an index or a rewrite is offered.

    It never fails for what it tries: what could not be tried is said to be not verified, and why.
    """
    limits = settings or DiagnoseSettings()
    offered = [f for f in findings if isinstance(f.remedy, (CreateIndex, Rewrite)) and f.trial is None]
    if not offered:
        return tuple(findings)
    why = _impossible(session, evidence, limits)
    if why:
        return _with(findings, {id(f): Trial(Verdict.UNTRIED, why) for f in offered})
    indexes = [f for f in offered if isinstance(f.remedy, CreateIndex)]
    rewrites = [f for f in offered if isinstance(f.remedy, Rewrite)]
    tried: dict[int, Trial] = {}
    if evidence.server.kind == POSTGRES:
        tried |= await _hypothetical(session, evidence, indexes)
        tried |= await _read_only(session, evidence, rewrites, limits)
    elif evidence.server.is_mysql_family:
        tried |= await _on_samples(session, evidence, offered, limits)
    why = f"nothing can be tried on {evidence.server.kind}"
    return _with(findings, {id(f): Trial(Verdict.UNTRIED, why) for f in [*indexes, *rewrites]} | tried)


def _impossible(session: Session, evidence: Evidence, limits: DiagnoseSettings) -> str:
    if not limits.verify:
        return "trying advice is switched off"
    if evidence.plan is None:
        return evidence.unplanned or "there is no plan to compare with"
    if session.in_transaction:
        return "your transaction is open, and nothing is tried inside of it"
    return ""


def _with(findings: Sequence[Finding], trials: dict[int, Trial]) -> tuple[Finding, ...]:
    return tuple(replace(f, trial=trials[id(f)]) if id(f) in trials else f for f in findings)


async def _on_samples(
    session: Session, evidence: Evidence, findings: Sequence[Finding], limits: DiagnoseSettings
) -> dict[int, Trial]:
    remedies = dict.fromkeys(f.remedy for f in findings if isinstance(f.remedy, (CreateIndex, Rewrite)))
    tried = await scratch.try_remedies(
        session, evidence, list(remedies), rows=limits.sample_rows, seconds=limits.verify_s
    )
    return {id(f): tried[f.remedy] for f in findings if isinstance(f.remedy, (CreateIndex, Rewrite))}


async def _read_only(
    session: Session, evidence: Evidence, findings: Sequence[Finding], limits: DiagnoseSettings
) -> dict[int, Trial]:
    remedies = list(dict.fromkeys(f.remedy for f in findings if isinstance(f.remedy, Rewrite)))
    if not remedies:
        return {}
    tried = await reading.try_rewrites(session, evidence, remedies, rows=limits.sample_rows, seconds=limits.verify_s)
    return {id(f): tried[f.remedy] for f in findings if isinstance(f.remedy, Rewrite)}


async def _hypothetical(session: Session, evidence: Evidence, findings: Sequence[Finding]) -> dict[int, Trial]:
    remedies = list(dict.fromkeys(f.remedy for f in findings if isinstance(f.remedy, CreateIndex)))
    if not remedies:
        return {}
    if not evidence.server.hypopg:
        why = "PostgreSQL's extension hypopg is not installed in this database"
        return {id(f): Trial(Verdict.UNTRIED, why) for f in findings}
    try:
        chosen = await hypopg.choose(session, evidence.planned, remedies, evidence.schema.database, HELPS)
    except (UpstreamError, ValueError, LookupError) as error:
        return {id(f): Trial(Verdict.UNTRIED, f"HypoPG could not try it: {error}") for f in findings}
    by_remedy = {tried.remedy: _judged(tried, chosen) for tried in chosen.tried}
    return {id(f): by_remedy[f.remedy] for f in findings if isinstance(f.remedy, CreateIndex)}


def _judged(tried: hypopg.Tried, chosen: hypopg.Chosen) -> Trial:
    if tried.failed:
        return Trial(Verdict.REFUTED, f"PostgreSQL would not make it: {tried.failed}")
    costs = f"the planner's cost goes from {tried.before:,.0f} to {tried.after:,.0f} (HypoPG)"
    if tried.remedy in chosen.best:
        return Trial(Verdict.VERIFIED, f"{costs}, estimated size {size_text(tried.size_bytes)}", tried.gain)
    if not tried.used:
        return Trial(Verdict.REFUTED, "the planner would not use it (HypoPG)", 1.0)
    if HELPS(tried.before, tried.after):
        return Trial(Verdict.REFUTED, f"{costs}, but it adds nothing to the other index that helps", tried.gain)
    return Trial(Verdict.REFUTED, f"{costs}, which is not worth an index", tried.gain)
