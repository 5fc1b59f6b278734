"""SELECT over INFORMATION_SCHEMA: run in the private database, described with MySQL's own types."""

from collections.abc import Sequence
from typing import Any

from sqlglot import exp

from proxy.upstreams.metadata.engine import Engine
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.names import output_texts
from proxy.upstreams.metadata.rows import MetadataRows
from proxy.upstreams.metadata.system_tables import system_tables
from proxy.upstreams.metadata.translate import known_table, system_tables_in, to_duckdb
from proxy.upstreams.mysql_types import MySqlType, mysql_type
from proxy.wire.columns import ColumnFlag


def run_query(engine: Engine, sql: str, tree: exp.Expr, facts: Facts) -> MetadataRows:
    """Answer the query. Raises ``UpstreamError``."""
    tables = [known_table(table, facts.view) for table in system_tables_in(tree, facts.view)]
    engine.fill(tables, facts)
    described, rows = engine.run(to_duckdb(tree, facts.view, facts.other_names()))
    outputs = _outputs(tree)
    names = _names(sql, outputs, [name for name, _ in described])
    kinds = [_type(tables, outputs, position, *column) for position, column in enumerate(described)]
    columns = tuple(kind.column(name, flags=flags) for name, (kind, flags) in zip(names, kinds, strict=True))
    return MetadataRows(columns, [tuple(map(_value, row)) for row in rows])


def _outputs(tree: exp.Expr) -> Sequence[exp.Expr]:
    """The outputs of the SELECT that names the columns."""
    while isinstance(tree, exp.SetOperation | exp.Subquery):
        tree = tree.this
    return tree.expressions if isinstance(tree, exp.Select) else ()


def _names(sql: str, outputs: Sequence[exp.Expr], described: list[str]) -> list[str]:
    """Columns as they are declared, aliases as they are given, other expressions as they are written."""
    if any(output.is_star for output in outputs) or len(outputs) != len(described):
        return described
    texts = output_texts(sql)
    names = []
    for position, output in enumerate(outputs):
        if isinstance(output, exp.Alias):
            names.append(output.alias)
        elif isinstance(output, exp.Column):
            names.append(described[position])
        elif isinstance(output, exp.Literal):
            names.append(output.name)
        else:
            names.append(texts[position] if position < len(texts) else described[position])
    return names


def _type(tables: list[str], outputs: Sequence[exp.Expr], position: int, name: str, kind: str) -> tuple[MySqlType, int]:
    """MySQL's own type of a plain column, else what stands for DuckDB's."""
    source = name
    if position < len(outputs) and not any(output.is_star for output in outputs):
        inner = outputs[position].unalias()
        source = inner.name if isinstance(inner, exp.Column) else ""
        kind = "NULL" if isinstance(inner, exp.Null) else kind
    found = {
        column.name: column
        for table in tables
        for column in system_tables()[table]
        if column.name.upper() == source.upper()
    }
    if len(found) == 1:
        column = next(iter(found.values()))
        return column.type, 0 if column.nullable else ColumnFlag.NOT_NULL
    if kind in ("BOOLEAN", "INTEGER"):
        return mysql_type("bigint"), 0
    return mysql_type("varchar(64)" if kind.strip('"') == "NULL" else kind), 0


def _value(value: Any) -> Any:
    """Truth is a number in MySQL; lists and the like are text."""
    if isinstance(value, bool):
        return int(value)
    return str(value) if isinstance(value, list | dict) else value
