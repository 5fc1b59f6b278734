"""Conditions that keep an index, or the pruning of partitions, from being used."""

from collections.abc import Iterator
from typing import ClassVar

from diagnose.advice.rewriting import replaced
from diagnose.evidence.blocks import Block
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Index, Table
from diagnose.rules.scale import Reading, leading_index, reading
from diagnose.rules.wrapped import EXPRESSION, Unwrapped, Wrapped, unwrapped, wrapped_columns
from diagnose.types import Finding, Rewrite, Rule, Severity
from diagnose.wording import column_name, listed, provided, shown, shown_sql


class NonSargablePredicate:
    """A function or a calculation around a column hides it from its index."""

    code: ClassVar[str] = "non-sargable-predicate"
    title: ClassVar[str] = "A condition hides a column from its index"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            for conditions in _by_column(block):
                finding = self._finding(evidence, conditions)
                if finding is not None:
                    yield finding

    def _finding(self, evidence: Evidence, conditions: list[Wrapped]) -> Finding | None:
        first = conditions[0]
        source, table, column = first.reference.source, first.reference.table, first.reference.column
        read = reading(evidence, source)
        if (
            read is None
            or read.uses(column)
            or _is_partition_key(table, column.name)
            or _has_expression(table, column.name)
        ):
            return None
        index = leading_index(first.block, source, column)
        made = unwrapped(conditions, evidence.server)
        if index is None and (made is None or not read.scans):
            return None
        return Finding(
            self.code,
            _severity(read, index, made),
            f"{_expressions(conditions)} {'hides' if len(conditions) == 1 else 'hide'} {column_name(table, column)} "
            + (f"from its index {shown(index.name, 64)}." if index is not None else "from any index it could have."),
            f"{read}; {_indexed(column.name, index)}",
            _advice(conditions, made, "" if index is not None else "; then an index on it can be used"),
            _rewrite(evidence, made),
            tuple(filter(None, (table.name, column.name, index.name if index is not None else ""))),
        )


class FunctionOnPartitionKey:
    """A function around the partition key makes every partition be read."""

    code: ClassVar[str] = "function-on-partition-key"
    title: ClassVar[str] = "A function around the partition key"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            for conditions in _by_column(block):
                finding = self._finding(evidence, block, conditions)
                if finding is not None:
                    yield finding

    def _finding(self, evidence: Evidence, block: Block, conditions: list[Wrapped]) -> Finding | None:
        reference = conditions[0].reference
        table, column = reference.table, reference.column
        read = reading(evidence, reference.source)
        if read is None or not _is_partition_key(table, column.name) or _is_pruned(block, conditions[0]):
            return None
        made = unwrapped(conditions, evidence.server)
        if made is None and conditions[0].hint is EXPRESSION:
            return None
        keys = listed(shown(name, 64) for name in table.partition_columns)
        return Finding(
            self.code,
            read.severity,
            f"Every partition of {shown(table.name, 64)} is read, because {_expressions(conditions)} "
            f"{'is' if len(conditions) == 1 else 'are'} not on the partition key {shown(column.name, 64)} itself.",
            f"{read}; it is partitioned by {keys}",
            _advice(conditions, made, "; then only the partitions that can have such rows are read"),
            _rewrite(evidence, made),
            (table.name, column.name),
        )


def _by_column(block: Block) -> Iterator[list[Wrapped]]:
    groups: dict[tuple[int, str], list[Wrapped]] = {}
    for condition in wrapped_columns(block):
        reference = condition.reference
        groups.setdefault((id(reference.source), reference.column.name), []).append(condition)
    yield from groups.values()


def _is_partition_key(table: Table, column: str) -> bool:
    return column.casefold() in {name.casefold() for name in table.partition_columns}


def _has_expression(table: Table, column: str) -> bool:
    """Whether an index on an expression of the column may do the work."""
    wanted = column.casefold()
    return any(name.startswith("(") and wanted in name.casefold() for i in table.indexes for name in i.columns)


def _is_pruned(block: Block, condition: Wrapped) -> bool:
    """Whether another condition is on a partition key itself."""
    for conjunct in block.filters:
        for side in conjunct.iter_expressions():
            found = block.resolve(side.unnest())
            if (
                found is not None
                and found.source is condition.reference.source
                and _is_partition_key(found.table, found.column.name)
            ):
                return True
    return False


def _severity(read: Reading, index: Index | None, made: Unwrapped | None) -> Severity:
    """Less where there is no index yet, and where only a new index on the expression would help."""
    if index is None:
        return Severity.LOW
    if made is None and read.severity is Severity.HIGH:
        return Severity.MEDIUM
    return read.severity


def _expressions(conditions: list[Wrapped]) -> str:
    return listed((shown_sql(condition.found.node, 80) for condition in conditions), 3)


def _indexed(column: str, index: Index | None) -> str:
    if index is None:
        return f"no index starts with {shown(column, 64)}"
    return f"{shown(index.name, 64)} is on ({listed(shown(name, 64) for name in index.columns)})"


def _advice(conditions: list[Wrapped], made: Unwrapped | None, effect: str) -> str:
    hints = dict.fromkeys(condition.hint for condition in conditions)
    if made is None:
        return " ".join(hints)
    return f"Compare the column itself{effect}.{provided(made.needs)}"


def _rewrite(evidence: Evidence, made: Unwrapped | None) -> Rewrite | None:
    sql = replaced(evidence.tree, made.changes) if made is not None else None
    return Rewrite(sql, made.needs) if made is not None and sql is not None else None


RULES: tuple[Rule, ...] = (NonSargablePredicate(), FunctionOnPartitionKey())
