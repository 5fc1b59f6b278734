"""The statement over samples: every table that it names replaced, or nothing."""

from collections.abc import Callable, Iterator

from sqlglot import exp

from diagnose.evidence.blocks import find_blocks
from diagnose.evidence.facts import Schema, Table


class Unsampled(Exception):
    """Why a statement cannot be run over samples: a phrase."""


def tables_of(query: exp.Query, schema: Schema) -> list[tuple[exp.Table, Table]]:
    """Every mention of a table, in order. Raises ``Unsampled`` when one is no plain table that the schema knows."""
    known = {id(s.node): s.table for block in find_blocks(query, schema) for s in block.sources}
    found = []
    for node in query.find_all(exp.Table):
        table = known.get(id(node))
        if table is None:
            if id(node) in known and not node.db and _is_cte(node):
                continue
            raise Unsampled(f"{node.name[:60]} is no table that can be copied")
        if table.view or table.temporary or table.partition_columns or table.partition_expression:
            kind = "a view" if table.view else "temporary" if table.temporary else "partitioned"
            raise Unsampled(f"{table.name[:60]} is {kind}")
        found.append((node, table))
    return found


def over_samples(query: exp.Query, schema: Schema, sample: Callable[[Table], str]) -> exp.Query:
    """A copy of the query with each mention of a table replaced by ``sample(table)``, a name with or without database.

    Raises ``Unsampled``.
    """
    copy = query.copy()
    for node, table in tables_of(copy, schema):
        database, name = _split(sample(table))
        node.set("alias", node.args.get("alias") or exp.TableAlias(this=exp.to_identifier(node.name, quoted=True)))
        node.set("this", exp.to_identifier(name, quoted=True))
        node.set("db", exp.to_identifier(database, quoted=True) if database else None)
        node.set("catalog", None)
    for column in copy.find_all(exp.Column):  # `shop.orders.id`: the alias has no database
        column.set("db", None)
        column.set("catalog", None)
    return copy


def _split(name: str) -> tuple[str, str]:
    """Of a name as ``Scratch.create`` returns it."""
    table = exp.to_table(name, dialect="mysql")
    return table.db, table.name


def _is_cte(node: exp.Table) -> bool:
    """Whether a WITH that the mention can see has the name."""
    return any(cte.alias.casefold() == node.name.casefold() for cte in _visible(node))


def _visible(node: exp.Expr) -> Iterator[exp.CTE]:
    here = node.parent
    while here is not None:
        with_ = here.args.get("with_")
        if isinstance(with_, exp.With):
            yield from with_.expressions
        here = here.parent
