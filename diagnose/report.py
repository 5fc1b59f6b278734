"""A diagnosis as rows, as one JSON document, as a readable report."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from diagnose.evidence.plan import Plan
from diagnose.types import Diagnosis, Finding, Severity, Verdict
from diagnose.wrapping import wrapped
from plugins import Column, Note, Table
from plugins.types import Value
from plugins.words import ENGLISH, translated

COLUMNS = tuple(map(Column, ("severity", "code", "finding", "evidence", "advice", "statement", "verified")))
NOTHING = "Nothing was found that would make this statement slow"
UNSEEN = "Nothing was found in the statement and the schema; how it is run is not known"
REFUSED = "The server did not explain this statement: only its text and the schema were looked at"
INDENT = "   "
WIDTH = 76  # with the frame that clients draw around it, a terminal's 80 columns


@dataclass(frozen=True, slots=True)
class Quote:
    """What a knowledge base says about a finding."""

    source: str
    text: str

    def __str__(self) -> str:
        return f"{self.source}: {self.text}"


@dataclass(frozen=True, slots=True)
class Report:
    """What is shown. ``summary`` is the model's, None where there is none."""

    diagnosis: Diagnosis
    quotes: tuple[Quote, ...] = ()
    summary: str | None = None
    language: str = ENGLISH

    def say(self, text: str) -> str:
        """In the report's language."""
        return translated(text, self.language)

    def notes(self) -> tuple[Note, ...]:
        """For SHOW WARNINGS."""
        said = [*self.diagnosis.notes, *(f"Knowledge: {quote}" for quote in self.quotes)]
        return tuple(map(Note, said))


def in_language(diagnosis: Diagnosis, language: str) -> Diagnosis:
    """The same, its texts in ``language``."""
    if language == ENGLISH:
        return diagnosis

    def said(finding: Finding) -> Finding:
        trial = finding.trial and replace(finding.trial, how=translated(finding.trial.how, language))
        return replace(
            finding,
            finding=translated(finding.finding, language),
            evidence=translated(finding.evidence, language),
            advice=translated(finding.advice, language),
            trial=trial,
        )

    notes = tuple(translated(note, language) for note in diagnosis.notes)
    return replace(diagnosis, findings=tuple(map(said, diagnosis.findings)), notes=notes)


def verified(finding: Finding) -> str:
    """The column of that name: empty where there is nothing to try."""
    trial = finding.trial
    if trial is None:
        return ""
    return f"{trial.verdict.value}: {trial.how}" if trial.how else trial.verdict.value


def as_rows(report: Report) -> Table:
    """A row for each finding, the worst first; one of severity info where there is none."""
    rows: list[Sequence[Value]] = [
        (f.severity.value, f.code, f.finding, f.evidence, f.advice, f.statement, verified(f))
        for f in report.diagnosis.findings
    ]
    if report.diagnosis.evidence.refused:
        rows.insert(0, (Severity.INFO.value, "not-explained", report.say(REFUSED), _looked_at(report), "", "", ""))
    nothing = (
        Severity.INFO.value,
        "nothing-found",
        report.say(_nothing(report.diagnosis)),
        _looked_at(report),
        "",
        "",
        "",
    )
    return Table(COLUMNS, rows or [nothing], report.notes())


def as_json(report: Report) -> Table:
    """One row, one column: the document."""
    text = json.dumps(document(report), ensure_ascii=False, indent=2)
    return Table((Column("EXPLAIN"),), [(text,)], report.notes())


def as_text(report: Report) -> Table:
    """A line is a row, so that any client shows it readably."""
    return Table((Column("EXPLAIN"),), [(line,) for line in _lines(report)], report.notes())


def document(report: Report) -> dict[str, Any]:
    """What FORMAT=JSON says."""
    evidence = report.diagnosis.evidence
    plan = evidence.plan
    return {
        "statement": evidence.sql,
        "server": {"kind": evidence.server.kind, "version": evidence.server.version},
        "summary": report.summary,
        "findings": [finding_document(finding) for finding in report.diagnosis.findings],
        "plan": None if plan is None else _parsed(plan.text),
        "cost": None if plan is None else plan.cost,
        "notes": list(report.diagnosis.notes),
        "knowledge": [{"source": quote.source, "text": quote.text} for quote in report.quotes],
        "seconds": {step: round(seconds, 6) for step, seconds in report.diagnosis.seconds.items()},
    }


def finding_document(finding: Finding) -> dict[str, Any]:
    """A finding as FORMAT=JSON says it."""
    trial = finding.trial
    return {
        "severity": finding.severity.value,
        "code": finding.code,
        "finding": finding.finding,
        "evidence": finding.evidence,
        "advice": finding.advice,
        "statement": finding.statement or None,
        "verified": None if trial is None else trial.verdict is Verdict.VERIFIED,
        "trial": None if trial is None else {"verdict": trial.verdict.value, "how": trial.how, "gain": trial.gain},
        "documentation": f"docs/findings/{finding.code}.md",
    }


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text or None


def _nothing(diagnosis: Diagnosis) -> str:
    return NOTHING if diagnosis.evidence.plan is not None else UNSEEN


def _looked_at(report: Report) -> str:
    evidence = report.diagnosis.evidence
    return report.say(evidence.unplanned if evidence.plan is None else _reads(evidence.plan))


def _reads(plan: Plan) -> str:
    return f"the plan reads about {plan.rows_read:,.0f} rows"


def _lines(report: Report) -> Iterator[str]:
    diagnosis = report.diagnosis
    findings = diagnosis.findings
    if report.summary:
        yield from wrapped(report.summary, WIDTH)
        yield ""
    if not findings:
        nothing = report.say(REFUSED if diagnosis.evidence.refused else _nothing(diagnosis))
        yield from wrapped(f"{nothing} ({_looked_at(report)}).", WIDTH)
    for number, finding in enumerate(findings, 1):
        yield from _wrapped(finding.finding, f"{number}. {finding.severity.value.upper()} {finding.code}: ")
        if finding.evidence:
            yield from _wrapped(report.say(f"Evidence: {finding.evidence}"))
        if finding.advice:
            yield from _wrapped(report.say(f"Advice: {finding.advice}"))
        if tried := verified(finding):
            yield from _wrapped(report.say(f"Verified: {tried}"))
        if finding.statement:
            yield from (f"     {line}" for line in f"{finding.statement};".splitlines())
        yield ""
    for quote in report.quotes:
        yield from _wrapped(report.say(f"From the knowledge base: {quote}"), "")
    for note in diagnosis.notes:
        yield from _wrapped(report.say(f"Note: {note}"), "")


def _wrapped(text: str, lead: str = INDENT) -> list[str]:
    return wrapped(text, WIDTH, lead, INDENT)
