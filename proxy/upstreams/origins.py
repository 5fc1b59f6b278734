"""Which table's column an output of a SELECT is: clients let people edit rows whose key they can see.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from proxy.upstreams.metadata import Metadata, Reflection
from proxy.upstreams.metadata.reflection import Column, Table
from proxy.upstreams.types import Rows
from proxy.wire.columns import ColumnDefinition, ColumnFlag

_KEYS = {"PRI": ColumnFlag.PRI_KEY, "UNI": ColumnFlag.UNIQUE_KEY, "MUL": ColumnFlag.MULTIPLE_KEY}


@dataclass(frozen=True, slots=True)
class Origin:
    """``alias``: what the statement calls the table; ``schema``: as the client names it; ``outer``: of an outer join."""

    schema: str
    alias: str
    table: Table
    column: Column
    outer: bool = False

    def described(self, definition: ColumnDefinition) -> ColumnDefinition:
        """The definition with what is known of the column."""
        flags = definition.flags | _KEYS.get(self.table.column_keys.get(self.column.name, ""), 0)
        flags |= 0 if self.column.nullable or self.outer else ColumnFlag.NOT_NULL
        flags |= ColumnFlag.AUTO_INCREMENT if self.column.auto_increment else 0
        return replace(
            definition,
            flags=int(flags),
            schema=self.schema,
            table=self.alias,
            original_table=self.table.name,
            original_name=self.column.name,
        )


Origins = Sequence[Origin | None]


def find_origins(tree: exp.Expr, metadata: Metadata) -> Origins:
    """One for each output, None where it is no plain column; empty where they cannot be told."""
    if not isinstance(tree, exp.Select) or tree.args.get("with_"):
        return ()
    sources = [tree.args["from_"].this] if tree.args.get("from_") else []
    sources += [join.this for join in tree.args.get("joins") or []]
    if any(not isinstance(source, exp.Table) for source in sources):
        return ()
    tables = [found for source in sources if (found := _table(source, metadata)) is not None]
    joins = tree.args.get("joins") or []
    if len(tables) != len(sources) or any(join.args.get("using") for join in joins):
        return ()
    found = [origin for output in tree.expressions for origin in _of_output(output, tables)]
    if any(join.args.get("side") for join in joins):  # any column may be NULL then
        return [origin and replace(origin, outer=True) for origin in found]
    return found


def _table(source: exp.Table, metadata: Metadata) -> tuple[str, str, Table] | None:
    """(schema as the client names it, alias, table)."""
    named = source.db or metadata.view.database
    schema = metadata.real_schema(source.db or None)
    if named is None or schema is None:
        return None
    reflection: Reflection = metadata.reflection
    table = reflection.table(schema, source.name)
    return None if table is None else (named, source.alias or source.name, table)


def _of_output(output: exp.Expr, tables: Sequence[tuple[str, str, Table]]) -> Iterator[Origin | None]:
    inner = output.unalias()
    if isinstance(inner, exp.Star) or (isinstance(inner, exp.Column) and isinstance(inner.this, exp.Star)):
        wanted = inner.table if isinstance(inner, exp.Column) else ""
        for schema, alias, table in tables:
            if not wanted or wanted.lower() == alias.lower():
                yield from (Origin(schema, alias, table, column) for column in table.columns)
        return
    if not isinstance(inner, exp.Column):
        yield None
        return
    near = [t for t in tables if not inner.table or inner.table.lower() == t[1].lower()]
    found = [(t, column) for t in near if (column := t[2].column(inner.name)) is not None]
    yield Origin(*found[0][0], found[0][1]) if len(found) == 1 else None


class WithOrigins:
    """A ``types.Rows`` whose column definitions say where each column comes from."""

    def __init__(self, rows: Rows, origins: Origins) -> None:
        self._rows = rows
        self.columns = tuple(
            column if origin is None else origin.described(column)
            for column, origin in zip(rows.columns, origins, strict=True)
        )

    def batches(self, *, binary: bool, codec: str) -> Iterator[Sequence[bytes]]:
        return self._rows.batches(binary=binary, codec=codec)

    def close(self) -> None:
        self._rows.close()
