"""EXPLAIN AI: evidence, findings, advice that was tried, and the report."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import structlog

from conf.settings import Settings
from diagnose.advice.spelling import spell
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.gather import gather
from diagnose.narrative import narrate
from diagnose.passages import quotes
from diagnose.report import Report, as_json, as_rows, as_text, in_language
from diagnose.rules import RULES
from diagnose.statements import Format, accepts_explain, bare, parse_explain
from diagnose.types import CreateIndex, Diagnosis, Finding, Rule, Verdict
from diagnose.verification.verify import verify
from models_runtime.registry import Models
from plugins import Answer, AskwireError, ErrorCode, SeenStatement, Services, Session, Statement

# Of rules: so many seconds; what a longer statement asks for is left out, and said to be.
RULES_S = 5.0
# Diagnoses at a time: a large statement's takes seconds of a thread.
AT_ONCE = 8
log = structlog.get_logger("askwire.diagnose")


class Explainer:
    """Diagnoses statements over the session of whoever asks."""

    def __init__(self, settings: Settings, services: Services) -> None:
        self._settings = settings
        self._services = services
        self._running = asyncio.Semaphore(AT_ONCE)

    def statements(self) -> list[Statement]:
        return [Statement("explain ai", self._explain, opening=("EXPLAIN", "AI"), accepts=accepts_explain)]

    async def _explain(self, session: Session, text: str) -> Answer:
        request = parse_explain(text)
        if request.sql is None:
            last = _last(session, self._settings.diagnose.watch)
            session.facts.sql = last.text
            diagnosis = await self.diagnose_seen(session, last, analyze=request.analyze)
        else:
            session.facts.sql = request.sql
            diagnosis = await self.diagnose(session, request.sql, analyze=request.analyze)
        session.facts.tables = tuple(table.name for table in diagnosis.evidence.schema.tables)
        quoted = await quotes(self._services, session, diagnosis.findings)
        language = session.language
        said = await asyncio.to_thread(in_language, diagnosis, language)
        if request.format is Format.TABLE:
            return as_rows(Report(said, quoted, language=language))
        if request.format is Format.JSON:
            return as_json(Report(said, quoted, language=language))
        models = self._services.get(Models)
        summary = await narrate(models, session, said, language) if models is not None else None
        return as_text(Report(said, quoted, summary, language))

    async def diagnose_seen(self, session: Session, seen: SeenStatement, *, analyze: bool = False) -> Diagnosis:
        """``diagnose`` of a statement that was sent, with the time and the rows that it took, where they are known."""
        return await self.diagnose(session, seen.text, analyze=analyze, seconds=seen.seconds or None, rows=seen.rows)

    async def diagnose(
        self,
        session: Session,
        sql: str,
        *,
        analyze: bool = False,
        seconds: float | None = None,
        rows: int | None = None,
    ) -> Diagnosis:
        """What is wrong with ``sql``, the worst first.

        Raises AskwireError for what is no statement to diagnose, and UpstreamError when the schema cannot be read.
        """
        async with self._running:
            return await self._diagnose(session, sql, analyze, seconds, rows)

    async def _diagnose(
        self, session: Session, sql: str, analyze: bool, seconds: float | None, rows: int | None
    ) -> Diagnosis:
        started = time.monotonic()
        evidence = replace(await gather(session, bare(sql), analyze=analyze), seconds=seconds, rows_sent=rows)
        gathered = time.monotonic()
        # In a thread: of a long statement it takes seconds, and other sessions go on meanwhile.
        found, left = await asyncio.to_thread(_checked, evidence, gathered + RULES_S)
        checked = time.monotonic()
        tried = await verify(session, evidence, found, self._settings.diagnose)
        findings = sorted(map(_worded, _kept(tried)), key=lambda finding: finding.severity.rank)
        took = {"evidence": gathered - started, "rules": checked - gathered, "trials": time.monotonic() - checked}
        notes = tuple(note for note in (evidence.unplanned, *evidence.notes, left) if note)
        return Diagnosis(evidence, await asyncio.to_thread(lambda: spell(_once(findings), evidence)), notes, took)


def check(evidence: Evidence) -> Iterator[Finding]:
    """What the rules find; one that fails is logged and left out."""
    for rule in RULES:
        yield from _of_rule(rule, evidence)


def _of_rule(rule: Rule, evidence: Evidence) -> Iterator[Finding]:
    try:
        yield from rule.check(evidence)
    except RecursionError:  # the statement's doing, and its traceback is long
        log.warning("rule_failed", code=rule.code, reason="nested too deeply")
    except Exception:
        log.exception("rule_failed", code=rule.code)


def _checked(evidence: Evidence, until: float) -> tuple[list[Finding], str]:
    """What the rules find until then, of the monotonic clock, and what is to be said of the others."""
    found: list[Finding] = []
    for at, rule in enumerate(RULES):
        if time.monotonic() > until:
            return found, f"The statement is so large that {len(RULES) - at} of {len(RULES)} rules were left out."
        found += _of_rule(rule, evidence)
    return found, ""


def _kept(findings: Sequence[Finding]) -> Iterator[Finding]:
    """An index that would not help is no finding; what is wrong with a statement is one, whatever mends it."""
    for finding in findings:
        verdict = None if finding.trial is None else finding.trial.verdict
        if verdict is Verdict.VERIFIED and finding.if_verified is not None:
            yield replace(finding, severity=finding.if_verified)
        elif verdict is not Verdict.REFUTED:
            yield finding
        elif not isinstance(finding.remedy, CreateIndex):
            yield replace(finding, remedy=None)


def _once(findings: Sequence[Finding]) -> Iterator[Finding]:
    """Of indexes that begin with each other the longest is offered, of those that are the same the first."""
    for at, finding in enumerate(findings):
        others = (*((other, True) for other in findings[:at]), *((other, False) for other in findings[at + 1 :]))
        twice = any(_replaces(other, finding, before=before) for other, before in others)
        yield replace(finding, remedy=None, trial=None) if twice else finding


def _replaces(other: Finding, finding: Finding, *, before: bool) -> bool:
    one, wanted = other.remedy, finding.remedy
    if not isinstance(one, CreateIndex) or not isinstance(wanted, CreateIndex) or not one.serves(wanted):
        return False
    if one == wanted:
        return before
    return _is_verified(other) or not _is_verified(finding)


def _is_verified(finding: Finding) -> bool:
    return finding.trial is not None and finding.trial.verdict is Verdict.VERIFIED


def _worded(finding: Finding) -> Finding:
    """Sentences end with a full stop, evidence does not."""
    ended = [
        f"{text.rstrip('.')}." if text and not text.endswith("?") else text
        for text in (finding.finding, finding.advice)
    ]
    return replace(finding, finding=ended[0], advice=ended[1], evidence=finding.evidence.rstrip("."))


def _last(session: Session, watch: bool) -> SeenStatement:
    seen = session.previous
    if not watch:
        raise AskwireError(ErrorCode.NOTHING_TO_EXPLAIN, "Statements are not watched here: [diagnose] watch is off")
    if seen is None:
        raise AskwireError(ErrorCode.NOTHING_TO_EXPLAIN, "There is no statement before this one in this session")
    if seen.truncated:
        raise AskwireError(ErrorCode.NOTHING_TO_EXPLAIN, "The statement before this one was too long to be kept")
    return seen
