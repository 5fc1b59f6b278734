"""Samples of a statement's tables in temporary tables, so that their rows still join.

Temporary tables and not a scratch schema: CREATE DATABASE needs a privilege that few accounts have, commits the
caller's transaction, is replicated and stays after a crash; a temporary table needs CREATE TEMPORARY TABLES, ends with
the session, and no other session sees it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from diagnose.evidence.blocks import Block, conjuncts, find_blocks
from diagnose.evidence.facts import Column, Schema, Table
from diagnose.verification.replacing import Unsampled, tables_of
from plugins import ResultSet, Scratch
from plugins.literals import quote_name

Ask = Callable[[str], Awaitable[ResultSet]]
SLICES = 50  # places of a table that a sample is taken from


@dataclass(frozen=True, slots=True)
class Edge:
    """Columns of two tables that a condition says are equal."""

    left: Table
    right: Table
    pairs: tuple[tuple[Column, Column], ...]

    def towards(self, table: Table) -> tuple[Table, tuple[tuple[Column, Column], ...]]:
        """(the other table, (its column, ours) …)."""
        if table is self.right:
            return self.left, self.pairs
        return self.right, tuple((right, left) for left, right in self.pairs)


@dataclass(slots=True)
class Samples:
    """Of one statement's tables: the temporary tables' names, and how many rows each has.

    ``single``: a temporary table may stand in a query once only (MySQL), so each mention has its own.
    """

    tables: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    single: bool = False
    _next: dict[tuple[str, str], int] = field(default_factory=dict)

    def start(self) -> None:
        """Before a statement is written over them."""
        self._next.clear()

    def name(self, table: Table) -> str:
        """For the next mention of the table."""
        key = (table.schema, table.name)
        names = self.tables[key]
        at = self._next.get(key, 0)
        self._next[key] = at + 1
        return names[at] if self.single else names[0]


def edges(query: exp.Query, schema: Schema) -> list[Edge]:
    """What joins the tables of a query: equalities, also with an outer query, and IN with a query of one column."""
    blocks = find_blocks(query, schema)
    by_node = {id(block.node): block for block in blocks}
    found: dict[tuple[int, int, int], dict[tuple[str, str], tuple[Column, Column]]] = {}
    ends: dict[tuple[int, int, int], tuple[Table, Table]] = {}
    for block in blocks:
        for node in [*block.where, *(c for _, on in block.joined for c in on)]:
            for one, other, inside in _equal(node, block, by_node):
                left, right = block.resolve(one), inside.resolve(other)
                if left is None or right is None or left.table is right.table:
                    continue
                key = (id(block), id(left.source), id(right.source))
                ends[key] = (left.table, right.table)
                found.setdefault(key, {})[left.column.name, right.column.name] = (left.column, right.column)
    return [Edge(*ends[key], tuple(pairs.values())) for key, pairs in found.items()]


def _equal(node: exp.Expr, block: Block, by_node: dict[int, Block]) -> list[tuple[exp.Expr, exp.Expr, Block]]:
    """(a column, the one that it equals, the block of that one)."""
    if isinstance(node, exp.EQ):
        return [(node.this.unnest(), node.expression.unnest(), block)]
    query = node.args.get("query") if isinstance(node, exp.In) else None
    inner = query.unnest() if query is not None else None
    if isinstance(inner, exp.Select) and id(inner) in by_node and len(inner.expressions) == 1:
        return [(node.this.unnest(), inner.expressions[0].unalias(), by_node[id(inner)])]
    if isinstance(node, exp.Or):
        return [pair for side in node.flatten() for part in conjuncts(side) for pair in _equal(part, block, by_node)]
    return []


async def take(
    scratch: Scratch, query: exp.Query, schema: Schema, most_rows: int, first: Sequence[str], *, single: bool
) -> Samples:
    """Copies of the query's tables, at most ``most_rows`` rows of each.

    ``first``: tables that an index is to be tried on; samples of the others hold the rows that join theirs, as far as
    an index leads to these. Raises ``Unsampled`` and ``UpstreamError``.
    """
    mentions = [table for _, table in tables_of(query, schema)]
    samples = Samples(single=single)
    joined = await asyncio.to_thread(edges, query, schema)
    for table, edge in order(mentions, joined, first, most_rows):
        times = sum(t is table for t in mentions) if single else 1
        names = [await scratch.create_like(table.name, table.schema or None) for _ in range(times)]
        samples.tables[table.schema, table.name] = names
        columns = [column.name for column in table.columns]
        rows = 0
        if edge is not None:
            rows = await scratch.insert(
                names[0], columns, matching(table, edge, _first_of(samples, table, edge), most_rows)
            )
        if rows == 0:  # nothing joins, or nothing that was sampled before leads here
            rows = await scratch.insert(names[0], columns, await anywhere(scratch.query, table, most_rows))
        for name in names[1:]:
            await scratch.insert(name, columns, f"SELECT {_columns(table)} FROM {names[0]}")
        for name in names:
            await scratch.analyze(name)
        samples.rows.update(dict.fromkeys(names, rows))
    return samples


def order(
    mentions: Sequence[Table], joined: Sequence[Edge], first: Sequence[str], most_rows: int
) -> list[tuple[Table, Edge | None]]:
    """(table, the join that its rows are chosen by). Those that come later are chosen by those before."""
    left = list({(t.schema, t.name): t for t in mentions}.values())
    left.sort(key=lambda t: (t.name not in first, -(t.rows or 0.0)))
    done: list[tuple[Table, Edge | None]] = []
    while left:
        chosen, edge = left[0], None
        for table in left:
            found = next((e for e in joined if _led(e, table, [t for t, _ in done])), None)
            if found is not None and (table.rows is None or table.rows > most_rows):
                chosen, edge = table, found
                break
        left.remove(chosen)
        done.append((chosen, edge))
    return done


def _led(edge: Edge, table: Table, done: Sequence[Table]) -> bool:
    """Whether an index of the table leads to the rows that match those of one that is sampled."""
    if table is not edge.left and table is not edge.right:
        return False
    other, pairs = edge.towards(table)
    columns = {mine.name for _, mine in pairs}
    firsts = {i.columns[0] for i in table.indexes if i.columns and i.kind == "btree"}
    return any(other is t for t in done) and bool(columns & firsts)


def matching(table: Table, edge: Edge, sample: str, most_rows: int, *, ordered: bool = False) -> str:
    """The rows that join the sample of the edge's other table, found by an index of this one.

    ``ordered``: which rows a LIMIT keeps is the same each time.
    """
    _, pairs = edge.towards(table)
    keys = ", ".join(f"{quote_name(theirs.name)} AS k{n}" for n, (theirs, _) in enumerate(pairs))
    on = " AND ".join(f"t.{quote_name(mine.name)} = s.k{n}" for n, (_, mine) in enumerate(pairs))
    columns = ", ".join(f"t.{quote_name(c.name)}" for c in table.columns)
    if ordered:
        order = ", ".join(f"t.{quote_name(c)}" for c in _key(table))
        return (
            f"SELECT {columns} FROM (SELECT DISTINCT {keys} FROM {sample}) s JOIN {_name(table)} t ON {on} "
            f"ORDER BY {order} LIMIT {most_rows}"
        )
    return (
        f"SELECT {columns} FROM (SELECT DISTINCT {keys} FROM {sample} LIMIT {most_rows}) s "
        f"STRAIGHT_JOIN {_name(table)} t ON {on} LIMIT {most_rows}"
    )


async def anywhere(ask: Ask, table: Table, most_rows: int, *, ordered: bool = False) -> str:
    """Rows of several places of the table. ``ordered``: the same each time; raises ``Unsampled`` without a key."""
    name, columns = _name(table), _columns(table)
    starts = await _starts(ask, table, name) if table.rows is None or table.rows > most_rows else []
    if len(starts) < 2:
        order = f" ORDER BY {', '.join(map(quote_name, _key(table)))}" if ordered else ""
        return f"SELECT {columns} FROM {name}{order} LIMIT {most_rows}"
    key = ", ".join(map(quote_name, _key(table)))
    first = quote_name(_key(table)[0])
    parts = [
        f"(SELECT {columns} FROM {name} WHERE {first} >= {low}{f' AND {first} < {high}' if high is not None else ''} "
        f"ORDER BY {key} LIMIT {max(most_rows // SLICES, 1)})"
        for low, high in zip(starts, [*starts[1:], None], strict=True)
    ]
    return f"SELECT {columns} FROM ({' UNION ALL '.join(parts)}) s"


def _key(table: Table) -> tuple[str, ...]:
    """Raises ``Unsampled``."""
    if table.primary is None:
        raise Unsampled(f"{table.name[:60]} has no primary key")
    return table.primary.columns


async def _starts(ask: Ask, table: Table, name: str) -> list[int]:
    """Values of a whole-number primary key at even distances: rows of one place are often alike."""
    primary = table.primary
    first = table.column(primary.columns[0]) if primary is not None else None
    if first is None or first.base_type not in ("tinyint", "smallint", "mediumint", "int", "bigint", "integer"):
        return []
    key = quote_name(first.name)
    found = await ask(f"SELECT MIN({key}), MAX({key}) FROM {name}")
    low, high = (int(str(value or 0)) for value in found.rows[0])
    return sorted({low + (high - low) * step // SLICES for step in range(SLICES)})


def _first_of(samples: Samples, table: Table, edge: Edge) -> str:
    other, _ = edge.towards(table)
    return samples.tables[other.schema, other.name][0]


def _name(table: Table) -> str:
    return f"{quote_name(table.schema)}.{quote_name(table.name)}"


def _columns(table: Table) -> str:
    return ", ".join(quote_name(column.name) for column in table.columns)
