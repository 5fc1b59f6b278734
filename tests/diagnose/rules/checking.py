"""Asks rules about statements whose plan reads every table whole, unless told otherwise."""

from dataclasses import replace

from diagnose.evidence.facts import MARIADB, Table
from diagnose.evidence.plan import Plan
from diagnose.types import Finding, Rule
from tests.diagnose.plans import scanned
from tests.diagnose.samples import evidence


def findings(
    rules: tuple[Rule, ...], sql: str, *tables: Table, plan: Plan | None = None, kind: str = MARIADB, **settings: str
) -> list[Finding]:
    """What the rules find."""
    seen = evidence(sql, *tables, plan=plan, kind=kind)
    seen = replace(seen, server=replace(seen.server, settings=settings))
    return [finding for rule in rules for finding in rule.check(seen if plan is not None else scanned(seen))]


def codes(
    rules: tuple[Rule, ...], sql: str, *tables: Table, plan: Plan | None = None, kind: str = MARIADB
) -> list[str]:
    """Their codes."""
    return [finding.code for finding in findings(rules, sql, *tables, plan=plan, kind=kind)]
