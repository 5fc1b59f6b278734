"""Statements that change or lock more than they need."""

from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp

from diagnose.evidence.blocks import Block, Source
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.plan import Operation, PlanNode
from diagnose.rules.sizes import LARGE, SMALL
from diagnose.types import Finding, Rule, Severity
from diagnose.wording import amount, shown

_WHOLE = (Operation.FULL_SCAN, Operation.INDEX_SCAN)


class UpdateWithoutWhere:
    """UPDATE of every row."""

    code: ClassVar[str] = "update-without-where"
    title: ClassVar[str] = "Every row is updated"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        source = _unconditional(evidence, exp.Update)
        if source is not None:
            yield _every_row(
                self.code,
                source,
                "updated",
                "Add WHERE; if every row is meant, leave out those that have the value already, and go in parts of "
                "some thousand rows by primary key",
            )


class DeleteWithoutWhere:
    """DELETE of every row."""

    code: ClassVar[str] = "delete-without-where"
    title: ClassVar[str] = "Every row is deleted"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        source = _unconditional(evidence, exp.Delete)
        if source is not None:
            yield _every_row(
                self.code,
                source,
                "deleted",
                "Add WHERE; if the table is to be emptied, TRUNCATE TABLE does it at once (it commits, fires no "
                "triggers, starts AUTO_INCREMENT again, and is refused where foreign keys refer to the table)",
            )


def _unconditional(evidence: Evidence, kind: type[exp.Expr]) -> Source | None:
    """The one table of an UPDATE or DELETE that neither a condition nor LIMIT restricts."""
    block = evidence.blocks[0] if evidence.blocks else None
    if block is None or block.node is not evidence.tree or not isinstance(block.node, kind):
        return None
    source = block.sources[0] if len(block.sources) == 1 else None
    if source is None or block.node.args.get("limit") or any(not _always(c) for c in block.where):
        return None
    return None if source.table is not None and source.table.temporary else source


def _always(condition: exp.Expr) -> bool:
    """``1``, ``TRUE``, ``1 = 1``."""
    if isinstance(condition, exp.EQ):
        return isinstance(condition.this, exp.Literal) and condition.this == condition.expression
    if isinstance(condition, exp.Boolean):
        return bool(condition.this)
    return isinstance(condition, exp.Literal) and condition.is_int and int(condition.name) != 0


def _every_row(code: str, source: Source, done: str, advice: str) -> Finding:
    rows = source.table.rows if source.table is not None else None
    name = shown(source.node.name, 64)
    severity = Severity.MEDIUM if rows is None else Severity.HIGH if rows >= SMALL else Severity.LOW
    held = f"{name} has about {amount(rows)} rows" if rows is not None else f"the size of {name} is not known"
    return Finding(
        code,
        severity,
        f"Every row of {name} is updated" if done == "updated" else f"Every row of {name} is deleted",
        f"no condition and no LIMIT; {held}",
        advice,
        names=(name,),
    )


class LockHeavyStatement:
    """InnoDB locks every row that it reads for a change, not only those that it changes."""

    code: ClassVar[str] = "lock-heavy-statement"
    title: ClassVar[str] = "Far more rows are locked than needed"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if not evidence.server.is_mysql_family or evidence.plan is None:
            return  # PostgreSQL locks the rows that it changes
        tree = evidence.tree
        for block in evidence.blocks[:1]:
            if isinstance(tree, exp.Update | exp.Delete) and block.node is tree and block.where:
                yield from self._scanned(evidence, block, exclusive=True)
            elif block.node is tree and tree.args.get("locks") and block.where:
                update = any(lock.args.get("update") for lock in tree.args["locks"])
                yield from self._scanned(evidence, block, exclusive=update)
            elif isinstance(tree, exp.Insert) and isinstance(tree.expression, exp.Query):
                yield from self._copied(evidence, block)

    def _scanned(self, evidence: Evidence, block: Block, *, exclusive: bool) -> Iterator[Finding]:
        for source, node in _read(evidence, block):
            if node.operation not in _WHOLE or _most(node):
                continue
            name = shown(source.node.name, 64)
            kind = "locks" if exclusive else "shared locks"
            limited = evidence.tree.args.get("limit") is not None
            severity = _severity(evidence, node.total_read)
            yield Finding(
                self.code,
                Severity.MEDIUM if limited and severity is Severity.HIGH else severity,
                f"Every row of {name} {'until LIMIT is reached ' if limited else ''}is locked, not only those of the "
                "condition: no index finds them",
                f"the plan reads {'up to' if limited else 'all'} {amount(node.total_read)} rows of {name} "
                f"({shown(node.native, 40) or node.operation.value}); {_isolation(evidence)} keeps {kind} on what was "
                "read until the end of the transaction",
                "Give the condition an index, or find the primary keys first with a plain SELECT and name them in "
                "WHERE; go in parts of some thousand rows",
                names=(name,),
            )

    def _copied(self, evidence: Evidence, block: Block) -> Iterator[Finding]:
        if _read_committed(evidence):
            return
        for source, node in _read(evidence, block):
            name = shown(source.node.name, 64)
            yield Finding(
                self.code,
                Severity.MEDIUM if node.total_read >= LARGE else Severity.LOW,
                f"INSERT … SELECT locks the rows of {name} that it reads: others cannot change them meanwhile",
                f"the plan reads {amount(node.total_read)} rows of {name}; isolation level {_isolation(evidence)}",
                "Go in parts of some thousand rows by primary key, or run it under READ COMMITTED, where reading takes "
                "no locks",
                names=(name,),
            )


def _read(evidence: Evidence, block: Block) -> Iterator[tuple[Source, PlanNode]]:
    """The InnoDB tables of a block of which many rows are read, and how."""
    assert evidence.plan is not None
    for source in block.sources:
        table = source.table
        if table is None or table.temporary or table.view or (table.engine and table.engine.casefold() != "innodb"):
            continue
        node = evidence.plan.access(source.alias)
        if node is not None and node.total_read >= SMALL:
            yield source, node


def _most(node: PlanNode) -> bool:
    """Whether the condition takes at least half of what is read, as far as the server knows."""
    read = node.rows_read or 0.0
    return bool(node.condition) and node.rows is not None and read / 2 <= node.rows < read


def _severity(evidence: Evidence, rows: float) -> Severity:
    if _read_committed(evidence):
        return Severity.LOW  # rows that do not match are unlocked again at once
    return Severity.HIGH if rows >= LARGE else Severity.MEDIUM


def _isolation(evidence: Evidence) -> str:
    settings = evidence.server.settings
    found = settings.get("transaction_isolation") or settings.get("tx_isolation") or "REPEATABLE-READ"
    return shown(found.replace("-", " "), 40)


def _read_committed(evidence: Evidence) -> bool:
    return _isolation(evidence).upper() in ("READ COMMITTED", "READ UNCOMMITTED")


RULES: tuple[Rule, ...] = (UpdateWithoutWhere(), DeleteWithoutWhere(), LockHeavyStatement())
