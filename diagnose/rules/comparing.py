"""What columns are compared with: values of another type, texts of another collation, patterns, long lists."""

import re
from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp

from diagnose.advice.comparisons import Comparison, comparison, number_of, sided, text_of
from diagnose.advice.rewriting import replaced
from diagnose.evidence.blocks import Block, Reference, Source
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import POSTGRES
from diagnose.rules.scale import Reading, conditions, leading_index, reading
from diagnose.types import Finding, Rewrite, Rule, Severity
from diagnose.wording import amount, column_name, provided, shown, shown_sql

_STRINGS = frozenset({"char", "varchar", "tinytext", "text", "mediumtext", "longtext"})
_CANONICAL = re.compile(r"(?:0|-?[1-9]\d{0,17})\Z", re.A)
LONG_LIST = 500
VERY_LONG_LIST = 5_000


class ImplicitConversion:
    """A text column compared with numbers is converted row by row, so its index is not used."""

    code: ClassVar[str] = "implicit-conversion"
    title: ClassVar[str] = "A text column is compared with numbers"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            for condition, only in conditions(block):
                for found in sided(condition):
                    text = _own_text(block, found.subject)
                    if text is None or (only is not None and text.source is not only):
                        continue
                    finding = self._constant(evidence, block, found, text) or self._joined(evidence, block, found, text)
                    if finding is not None:
                        yield finding
                        break

    def _constant(self, evidence: Evidence, block: Block, found: Comparison, reference: Reference) -> Finding | None:
        if found.operator == "like" or not any(map(number_of, found.values)):
            return None
        read = reading(evidence, reference.source)
        index = leading_index(block, reference.source, reference.column)
        known = evidence.server.is_mysql_family or evidence.server.kind == POSTGRES
        if read is None or not (read.scans or (read.node is None and index is not None and known)):
            return None
        name = column_name(reference.table, reference.column)
        rewrite = _as_text(evidence, found, reference)
        return Finding(
            self.code,
            read.severity if index is not None else Severity.LOW,
            f"{shown_sql(found.node, 80)} compares the text column {name} with a number, so every value is converted "
            "to a number first" + (f" and the index {shown(index.name, 64)} is not used." if index else "."),
            f"{read}; {name} is {shown(reference.column.type)}",
            "Compare it with text, or make the column a number if it only holds numbers."
            + provided(rewrite.needs if rewrite is not None else ""),
            rewrite,
            tuple(filter(None, (reference.table.name, reference.column.name, index.name if index else ""))),
        )

    def _joined(self, evidence: Evidence, block: Block, found: Comparison, text: Reference) -> Finding | None:
        other = block.resolve(found.value)
        if other is None or found.operator != "=" or other.source is text.source:
            return None
        read = reading(evidence, text.source)
        index = leading_index(block, text.source, text.column)
        if not (other.column.is_number or other.column.is_moment) or read is None or index is None or not read.scans:
            return None
        names = column_name(text.table, text.column), column_name(other.table, other.column)
        return Finding(
            self.code,
            _joined_severity(evidence, read, other),
            f"{names[0]} is text and {names[1]} is not, so values are converted to compare them and the index "
            f"{shown(index.name, 64)} is not used.",
            f"{read}; {names[0]} is {shown(text.column.type)}, {names[1]} is {shown(other.column.type)}",
            "Give both columns the same type.",
            names=(text.table.name, text.column.name, other.table.name, other.column.name, index.name),
        )


def _joined_severity(evidence: Evidence, read: Reading, other: Reference) -> Severity:
    """Low where the join works by the other column's index: only its order is forced."""
    node = evidence.plan.access(other.source.alias) if evidence.plan is not None else None
    if node is not None and Reading(other.source, other.table, 0.0, node).uses(other.column):
        return Severity.LOW
    return read.severity


def _own_text(block: Block, node: exp.Expr) -> Reference | None:
    found = block.resolve(node)
    return found if found is not None and not found.outer and found.column.base_type in _STRINGS else None


def _as_text(evidence: Evidence, found: Comparison, reference: Reference) -> Rewrite | None:
    """With the numbers as texts: for whole numbers, and only equality, whose order is that of neither."""
    numbers = [number_of(value) for value in found.values]
    if found.operator not in ("=", "in") or not all(n is not None and _CANONICAL.match(n) for n in numbers):
        return None
    changes = [(value, exp.Literal.string(str(n))) for value, n in zip(found.values, numbers, strict=True)]
    sql = replaced(evidence.tree, changes)
    name = shown(reference.column.name, 64)
    needs = f"{name} holds these numbers only as they are written here, not as '007', '7.0', ' 7' or '7 kg'"
    return Rewrite(sql, needs) if sql is not None else None


class CollationMismatch:
    """A join of texts in different character sets or collations converts one side."""

    code: ClassVar[str] = "collation-mismatch"
    title: ClassVar[str] = "Joined texts have different collations"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        if not evidence.server.is_mysql_family:
            return
        for block in evidence.blocks:
            for condition, only in conditions(block):
                if isinstance(condition, exp.EQ | exp.NullSafeEQ):
                    finding = self._finding(evidence, block, condition, only)
                    if finding is not None:
                        yield finding

    def _finding(self, evidence: Evidence, block: Block, condition: exp.Expr, only: Source | None) -> Finding | None:
        sides = block.resolve(condition.this.unnest()), block.resolve(condition.expression.unnest())
        left, right = sides
        if left is None or right is None or left.source is right.source:
            return None
        if not (left.column.collation and right.column.collation) or _same_collation(left, right):
            return None
        for one, other in ((left, right), (right, left)):
            usable = not one.outer and (only is None or one.source is only)
            index = leading_index(block, one.source, one.column) if usable else None
            read = reading(evidence, one.source)
            if index is None or read is None or not read.scans:
                continue
            names = column_name(one.table, one.column), column_name(other.table, other.column)
            return Finding(
                self.code,
                _joined_severity(evidence, read, other),
                f"{names[0]} and {names[1]} have different collations, so the index {shown(index.name, 64)} "
                "is not used to join them.",
                f"{read}; {names[0]} is {_spelled(one)}, {names[1]} is {_spelled(other)}",
                f"Give both one character set and collation (ALTER TABLE {shown(one.table.name, 64)} MODIFY …).",
                names=(one.table.name, one.column.name, other.table.name, other.column.name, index.name),
            )
        return None


def _same_collation(left: Reference, right: Reference) -> bool:
    return left.column.collation.casefold() == right.column.collation.casefold()


def _spelled(reference: Reference) -> str:
    return shown(f"{reference.column.charset} {reference.column.collation}".strip(), 80)


class LeadingWildcard:
    """A pattern that begins with a wildcard has no beginning to look up."""

    code: ClassVar[str] = "leading-wildcard"
    title: ClassVar[str] = "A pattern begins with a wildcard"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            for condition, only in conditions(block):
                found = comparison(condition)
                if found is not None and found.operator == "like":
                    finding = self._finding(evidence, block, found, only)
                    if finding is not None:
                        yield finding

    def _finding(self, evidence: Evidence, block: Block, found: Comparison, only: Source | None) -> Finding | None:
        pattern = text_of(found.value)
        reference = _own_text(block, found.subject)
        if reference is None or pattern is None or pattern[:1] not in ("%", "_") or not pattern.strip("%"):
            return None
        if only is not None and reference.source is not only:
            return None
        read = reading(evidence, reference.source)
        if read is None or not read.scans or _has_text_index(reference):
            return None
        name = column_name(reference.table, reference.column)
        return Finding(
            self.code,
            max(read.severity, Severity.MEDIUM, key=lambda severity: severity.rank),
            f"The pattern {shown(pattern, 40)!r} begins with a wildcard, so every value of {name} is looked at.",
            f"{read}; a B-tree index finds values by their beginning",
            self._advice(evidence, reference, pattern),
            names=(reference.table.name, reference.column.name),
        )

    def _advice(self, evidence: Evidence, reference: Reference, pattern: str) -> str:
        if evidence.server.kind == POSTGRES:
            return "An index for parts of words serves such patterns: the extension pg_trgm with a GIN index."
        if not pattern.endswith("%") and "%" not in pattern[1:] and "_" not in pattern:
            return (
                "To find values by their end, store them reversed (a generated column), index that, and look for "
                "the reversed end. To find whole words use a FULLTEXT index with MATCH … AGAINST."
            )
        return (
            "Leave the first wildcard out where the beginning is known. To find whole words use a FULLTEXT index with "
            "MATCH … AGAINST; it finds other rows than LIKE, which also finds parts of words."
        )


def _has_text_index(reference: Reference) -> bool:
    """Whether an index for words or parts of words may serve the pattern."""
    wanted = reference.column.name.casefold()
    return any(
        index.kind in ("gin", "gist") and any(wanted in name.casefold() for name in index.columns)
        for index in reference.table.indexes
    )


class LargeInList:
    """Hundreds of values in a list are planned and compared one by one."""

    code: ClassVar[str] = "large-in-list"
    title: ClassVar[str] = "A very long list of values"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            for node in block.node.find_all(exp.In):
                if node.find_ancestor(exp.Select, exp.Update, exp.Delete) is block.node:
                    finding = self._finding(evidence, block, node)
                    if finding is not None:
                        yield finding

    def _finding(self, evidence: Evidence, block: Block, node: exp.In) -> Finding | None:
        count = len(node.expressions)
        reference = block.resolve(node.this.unnest()) if count > LONG_LIST else None
        if reference is None or (reference.table.rows is not None and reference.table.rows < 1_000):
            return None
        different = len({_spelling(value) for value in node.expressions})
        name = column_name(reference.table, reference.column)
        repeated = f", {amount(count - different)} of them repeated" if different < count else ""
        return Finding(
            self.code,
            Severity.MEDIUM if count >= VERY_LONG_LIST else Severity.LOW,
            f"{name} is compared with a list of {amount(count)} values.",
            f"the list has {amount(count)} values{repeated}; the statement has {amount(len(evidence.sql))} characters"
            + _dives(evidence, count),
            "Put the values into a temporary table with a primary key and join it, or ask for fewer at a time.",
            names=(reference.table.name, reference.column.name),
        )


def _spelling(value: exp.Expr) -> str:
    return f"{value.is_string} {value.this}" if isinstance(value, exp.Literal) else value.sql()


def _dives(evidence: Evidence, count: int) -> str:
    limit = evidence.server.settings.get("eq_range_index_dive_limit", "")
    if not limit.isdigit() or not 0 < int(limit) <= count:
        return ""
    return (
        f"; beyond {amount(int(limit))} values (eq_range_index_dive_limit) the server guesses how many rows they have"
    )


RULES: tuple[Rule, ...] = (ImplicitConversion(), CollationMismatch(), LeadingWildcard(), LargeInList())
