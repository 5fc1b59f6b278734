"""What the server believes of its tables, and what is so."""

from collections.abc import Iterator
from typing import ClassVar

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB, MYSQL, POSTGRES, Table
from diagnose.evidence.plan import ACCESS, Operation, PlanNode
from diagnose.rules.results import top
from diagnose.rules.sizes import SMALL, has_aggregate
from diagnose.types import Command, Finding, Rule, Severity
from diagnose.wording import amount, shown

_CHANGED = 0.2  # of the table since its statistics were made; PostgreSQL makes new ones at 0.1, InnoDB too
_OFF = 10.0  # times
_DAY = 86_400.0
_SETTLED = 60.0  # seconds; PostgreSQL's sessions count their changes up to some seconds late, also after an ANALYZE


class StaleStatistics:
    """The plan was made from numbers that no longer hold."""

    code: ClassVar[str] = "stale-statistics"
    title: ClassVar[str] = "Statistics are out of date"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for table in evidence.schema.tables:
            proof = "" if table.view or table.temporary else _stale(evidence, table)
            if proof:
                name = shown(table.name, 64)
                yield Finding(
                    self.code,
                    Severity.MEDIUM,
                    f"The server's statistics of {name} are out of date",
                    proof,
                    f"Make new ones with ANALYZE TABLE {name}; it reads a sample of the table and takes seconds",
                    Command(f"ANALYZE TABLE {_quoted(table, evidence)}"),
                    names=(name,),
                )


def _quoted(table: Table, evidence: Evidence) -> str:
    names = (
        [table.name] if table.schema.casefold() == evidence.schema.database.casefold() else [table.schema, table.name]
    )
    return ".".join(f"`{name.replace('`', '``')}`" for name in names)


def _stale(evidence: Evidence, table: Table) -> str:
    """What proves it; empty where nothing does."""
    rows = table.rows or 0.0
    age = f", {amount(table.analyzed_s / _DAY)} days ago" if table.analyzed_s and table.analyzed_s > _DAY else ""
    late = evidence.server.kind == POSTGRES and (table.analyzed_s or 0.0) < _SETTLED
    if table.analyzed_rows is not None and not late and table.analyzed_rows >= max(SMALL, _CHANGED * rows):
        return f"{amount(table.analyzed_rows)} rows were changed since they were made{age}, of about {amount(rows)}"
    scan = _whole_scan(evidence, table)
    if scan is not None and table.rows is not None:
        actual = (scan.actual_rows or 0.0) * max(scan.actual_loops or 1.0, 1.0)
        if max(actual, rows) >= SMALL and max(actual, rows) > 2 * min(actual, rows):
            return f"they speak of {amount(rows)} rows, {amount(actual)} were read{age}"
    return ""


def _whole_scan(evidence: Evidence, table: Table) -> PlanNode | None:
    """A scan that counted all rows of the table: to its end, once, without a condition."""
    if evidence.plan is None or not evidence.plan.analyzed or _stops_early(evidence):
        return None
    for node in evidence.plan.accesses():
        whole = node.operation is Operation.FULL_SCAN and not node.condition
        if whole and node.table == table.name and node.actual_rows is not None and node.actual_loops == 1:
            return node
    return None


def _stops_early(evidence: Evidence) -> bool:
    """Whether the plan may leave a scan before its end."""
    assert evidence.plan is not None
    early = (Operation.LIMIT, Operation.MERGE_JOIN, Operation.SUBQUERY)
    limited = any(block.node.args.get("limit") for block in evidence.blocks)
    return limited or any(node.operation in early or node.dependent for node in evidence.plan.root.walk())


class BadEstimate:
    """The plan expected far more or far fewer rows than came."""

    code: ClassVar[str] = "bad-estimate"
    title: ClassVar[str] = "The plan's estimate is far off"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if evidence.plan is None:
            return
        node = _first_wrong(evidence, evidence.plan.root) if evidence.plan.analyzed else None
        if node is not None and node.rows is not None and node.actual_rows is not None:
            yield self._finding(evidence, node, node.rows, node.actual_rows, "when it was run")
        elif not evidence.plan.analyzed and evidence.rows_sent is not None and not _grouped(evidence):
            rows, sent = evidence.plan.root.rows, float(evidence.rows_sent)
            if rows is not None and _far(rows, sent, under_only=_stops_early(evidence)):
                yield self._finding(evidence, evidence.plan.root, rows, sent, "as the client saw it")

    def _finding(self, evidence: Evidence, node: PlanNode, rows: float, actual: float, how: str) -> Finding:
        alias = shown(node.alias or node.table, 64)
        step = f"{shown(node.native, 40) or node.operation.value}{f' of {alias}' if alias else ''}"
        condition = shown(node.condition or node.index_condition)
        assert evidence.plan is not None
        alone = len(evidence.plan.accesses()) < 2  # no order of joins depends on it
        return Finding(
            self.code,
            Severity.LOW if alone else Severity.MEDIUM,
            f"The plan expects {amount(rows)} rows from a step that gives {amount(actual)} ({step})",
            f"estimate {amount(rows)}, actual {amount(actual)} {how}"
            + (f"; condition {condition}" if condition else ""),
            _remedy(evidence),
            names=(alias,) if alias else (),
        )


def _grouped(evidence: Evidence) -> bool:
    """Whether the rows sent are not those that MySQL's or MariaDB's plan speaks of: it does not tell of groups."""
    block = top(evidence)
    return evidence.server.is_mysql_family and (
        block is None or has_aggregate(block) or bool(block.node.args.get("distinct"))
    )


def _first_wrong(evidence: Evidence, node: PlanNode) -> PlanNode | None:
    """The innermost step whose own estimate is wrong; what stands around it is wrong because of it."""
    for child in node.children:
        found = _first_wrong(evidence, child)
        if found is not None:
            return found
    known = node.rows is not None and node.actual_rows is not None and node.actual_loops not in (None, 0.0)
    if not known or (node.operation not in ACCESS and not node.children):
        return None
    loops = max(node.actual_loops or 1.0, 1.0)
    expected, actual = node.rows or 0.0, node.actual_rows or 0.0
    return node if _far(expected, actual, loops, under_only=loops > 1 or _stops_early(evidence)) else None


def _far(rows: float, actual: float, loops: float = 1.0, *, under_only: bool) -> bool:
    """Whether they differ by more than ten times and it matters. ``under_only``: the step may have been stopped."""
    rows, actual = max(rows, 1.0), max(actual, 0.0)
    if max(rows, actual) * loops < SMALL:
        return False
    return actual > _OFF * rows or (not under_only and rows > _OFF * max(actual, 1.0))


_MORE = {
    MARIADB: "ANALYZE TABLE … PERSISTENT FOR ALL also counts columns without an index",
    MYSQL: "ANALYZE TABLE … UPDATE HISTOGRAM ON … counts the values of a column",
    POSTGRES: "CREATE STATISTICS tells how columns depend on each other, ALTER TABLE … SET STATISTICS samples more",
}


def _remedy(evidence: Evidence) -> str:
    more = _MORE.get(evidence.server.kind, "")
    first = "Make new statistics (ANALYZE TABLE)"
    return f"{first}; if it stays, the values are uneven or depend on each other: {more}" if more else first


RULES: tuple[Rule, ...] = (StaleStatistics(), BadEstimate())
