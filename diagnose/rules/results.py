"""What a statement sends to its client."""

from collections.abc import Iterator
from typing import ClassVar

from sqlglot import exp

from diagnose.evidence.blocks import Block, Source
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import Table
from diagnose.rules.sizes import LARGE, SMALL, has_aggregate, result_rows
from diagnose.types import Finding, Rule, Severity
from diagnose.wording import amount, listed, shown

_WIDE = frozenset({"text", "mediumtext", "longtext", "blob", "mediumblob", "longblob", "json"})
_MANY_COLUMNS = 10
_SENT = 10_000  # rows
_COUNTED = 1_000_000
# They keep the number of their rows.
_COUNTING_ENGINES = frozenset({"myisam", "aria", "memory"})


def top(evidence: Evidence) -> Block | None:
    """The SELECT whose rows go to the client."""
    return next((block for block in evidence.blocks if block.node is evidence.tree and _is_select(block)), None)


def _is_select(block: Block) -> bool:
    return isinstance(block.node, exp.Select)


class SelectStar:
    """All columns of wide tables, for many rows."""

    code: ClassVar[str] = "select-star"
    title: ClassVar[str] = "All columns are asked for"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        block = top(evidence)
        rows = result_rows(evidence)
        if block is None or rows is None or rows < SMALL:
            return
        for source in _starred(block):
            table = source.table
            assert table is not None
            wide = [shown(column.name, 64) for column in table.columns if column.base_type in _WIDE]
            if not wide and len(table.columns) < _MANY_COLUMNS:
                continue
            yield Finding(
                self.code,
                Severity.LOW if wide else Severity.INFO,
                f"* asks for all {len(table.columns)} columns of {shown(table.name, 64)}"
                + (f", also for {listed(wide)}, which can be very long" if wide else ""),
                f"about {amount(rows)} rows are sent{_width(table)}",
                "Name the columns that are needed: less is read and sent, and an index may then hold all of them",
                names=(shown(table.name, 64), *wide),
            )


def _starred(block: Block) -> list[Source]:
    """The tables whose every column is selected."""
    selected = block.node.args.get("expressions") or ()
    if any(isinstance(item, exp.Star) for item in selected):
        return [source for source in block.sources if source.table is not None]
    named = {item.table.casefold() for item in selected if isinstance(item, exp.Column) and item.is_star}
    return [source for source in block.sources if source.table is not None and source.alias.casefold() in named]


def _width(table: Table) -> str:
    if not table.data_bytes or not table.rows or table.rows < SMALL:
        return ""
    return f", one takes about {amount(table.data_bytes / table.rows)} bytes in {shown(table.name, 64)}"


class CountStarLarge:
    """COUNT(*) over all of a large table reads all of it, or all of an index."""

    code: ClassVar[str] = "count-star-large"
    title: ClassVar[str] = "A large table is counted"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        for block in evidence.blocks:
            table = _counted(block)
            if table is None or table.rows is None or table.rows < _COUNTED:
                continue
            if evidence.server.is_mysql_family and table.engine.casefold() in _COUNTING_ENGINES:
                continue
            name = shown(table.name, 64)
            yield Finding(
                self.code,
                Severity.MEDIUM if table.rows >= 10 * _COUNTED else Severity.LOW,
                f"Every row of {name} is counted, each time",
                f"COUNT without a condition; {name} has about {amount(table.rows)} rows, and the server keeps no count",
                f"Where about right will do, take the catalog's estimate ({_estimate(evidence)}); "
                "where it must be exact and is asked often, keep the count in a table of its own",
                names=(name,),
            )


def _estimate(evidence: Evidence) -> str:
    return "information_schema.TABLES.TABLE_ROWS" if evidence.server.is_mysql_family else "pg_class.reltuples"


def _counted(block: Block) -> Table | None:
    """The table that a block counts the rows of without looking at them."""
    node = block.node
    if len(block.sources) != 1 or any(
        node.args.get(part) for part in ("where", "group", "having", "distinct", "joins")
    ):
        return None
    counts = [item.unalias() for item in node.args.get("expressions") or ()]
    table = block.sources[0].table
    if table is None or table.view or not counts:
        return None
    return table if all(isinstance(count, exp.Count) and _every_row(block, count) for count in counts) else None


def _every_row(block: Block, count: exp.Count) -> bool:
    """COUNT(*), COUNT(1), COUNT of a column that is never NULL."""
    found = block.resolve(count.this)
    return isinstance(count.this, exp.Star | exp.Literal) or (found is not None and not found.column.nullable)


class MissingLimit:
    """Very many rows go to the client."""

    code: ClassVar[str] = "missing-limit"
    title: ClassVar[str] = "A large result without LIMIT"

    def check(self, evidence: Evidence) -> Iterator[Finding]:
        tree = evidence.tree
        if not isinstance(tree, exp.Query) or tree.args.get("limit") or _guessed(evidence):
            return
        rows = result_rows(evidence)
        if rows is None or rows < _SENT:
            return
        seen = evidence.rows_sent is not None
        yield Finding(
            self.code,
            Severity.LOW if rows >= LARGE else Severity.INFO,
            f"The result has {'' if seen else 'about '}{amount(rows)} rows, and nothing limits it",
            f"{'rows as seen' if seen else 'the plan estimates the rows'}; the statement has no LIMIT",
            "If a person reads it, add ORDER BY and LIMIT; if a program needs all of it, fetch it in parts "
            "(an unbuffered cursor, or pages by key)",
        )


def _guessed(evidence: Evidence) -> bool:
    """MySQL's and MariaDB's plans do not say how many groups there are, nor what a union leaves."""
    if evidence.rows_sent is not None or not evidence.server.is_mysql_family:
        return False
    block = top(evidence)
    return block is None or has_aggregate(block) or bool(block.node.args.get("distinct"))


RULES: tuple[Rule, ...] = (SelectStar(), CountStarLarge(), MissingLimit())
