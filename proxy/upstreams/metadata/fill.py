"""The rows of INFORMATION_SCHEMA's tables about schemas, tables, columns and keys."""

from collections.abc import Callable, Iterable, Iterator

from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.reflection import Column, Table
from proxy.upstreams.metadata.rows import Row
from proxy.upstreams.metadata.spelling import as_mysql
from proxy.upstreams.metadata.system_tables import INFORMATION_SCHEMA, PERFORMANCE_SCHEMA, system_tables

CATALOG = "def"
CHARSET, COLLATION = "utf8mb4", "utf8mb4_0900_ai_ci"
SYSTEM_CHARSET, SYSTEM_COLLATION = "utf8mb3", "utf8mb3_general_ci"
ENGINE = "InnoDB"


def schemata(facts: Facts) -> Iterator[Row]:
    for name in facts.databases:
        system = name in (INFORMATION_SCHEMA, PERFORMANCE_SCHEMA)
        charset, collation = (SYSTEM_CHARSET, SYSTEM_COLLATION) if system else (CHARSET, COLLATION)
        yield (CATALOG, name, charset, collation, None, "NO")


def table_rows(facts: Facts, table: Table) -> Row:
    """A row of TABLES, also of SHOW TABLE STATUS. The next number and the times are not known: NULL."""
    head = (CATALOG, facts.shown(table.schema), table.name)
    if table.is_view:
        return (*head, "VIEW", *(None,) * 16, "VIEW")
    rows, size = table.rows or 0, table.bytes or 0
    average = size // rows if rows else 0
    body = (ENGINE, 10, "Dynamic", rows, average, size, 0, 0, 0)
    return (*head, "BASE TABLE", *body, None, None, None, None, COLLATION, None, "", table.comment)


def tables(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        yield table_rows(facts, table)
    for name in sorted(system_tables()):
        yield (
            *(CATALOG, INFORMATION_SCHEMA, name, "SYSTEM VIEW", None, 10, None),
            *(0, 0, 0, 0, 0, 0, None, None, None, None, None, None, "", ""),
        )


def extra(column: Column) -> str:
    if column.auto_increment:
        return "auto_increment"
    if column.generated is not None:
        return "STORED GENERATED"
    return "DEFAULT_GENERATED" if column.default_is_expression else ""


def column_row(schema: str, table: Table, position: int, column: Column) -> Row:
    kind = column.type
    charset, collation = (CHARSET, COLLATION) if kind.is_text else (None, None)
    return (
        *(CATALOG, schema, table.name, column.name, position, column.default, "YES" if column.nullable else "NO"),
        *(kind.name, kind.characters, kind.octets, kind.precision, kind.scale, kind.fraction, charset, collation),
        *(kind.text, table.column_keys.get(column.name, ""), extra(column), ",".join(column.privileges)),
        *(column.comment, column.generated or "", None),
    )


def columns(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        schema = facts.shown(table.schema)
        for position, column in enumerate(table.columns, 1):
            yield column_row(schema, table, position, column)
    for name, described in sorted(system_tables().items()):
        for position, system in enumerate(described, 1):
            kind = system.type
            charset, collation = (SYSTEM_CHARSET, SYSTEM_COLLATION) if kind.is_text else (None, None)
            yield (
                *(CATALOG, INFORMATION_SCHEMA, name, system.name, position, None if system.nullable else ""),
                *("YES" if system.nullable else "NO", kind.name, kind.characters, kind.octets, kind.precision),
                *(kind.scale, kind.fraction, charset, collation, kind.text, "", "", "select", "", "", None),
            )


def index_rows(facts: Facts, table: Table) -> Iterator[Row]:
    """Rows of STATISTICS, also of SHOW INDEX."""
    indexes = [("PRIMARY", table.primary_key, True)] if table.primary_key else []
    indexes += [(i.name, i.columns, i.unique) for i in sorted(table.indexes, key=lambda i: not i.unique)]  # type: ignore[misc]
    schema = facts.shown(table.schema)
    nullable = {column.name: "YES" if column.nullable else "" for column in table.columns}
    for name, names, unique in indexes:
        for position, column in enumerate(names, 1):
            cardinality = table.rows or 0
            yield (
                *(CATALOG, schema, table.name, 0 if unique else 1, schema, name, position, column, "A", cardinality),
                *(None, None, nullable.get(column or "", "YES"), "BTREE", "", "", "YES"),
                "(expression)" if column is None else None,
            )


def statistics(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        yield from index_rows(facts, table)


def key_column_usage(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        schema = facts.shown(table.schema)
        keys = [("PRIMARY", table.primary_key)] if table.primary_key else []
        keys += [(i.name, tuple(c for c in i.columns if c is not None)) for i in table.indexes if i.unique]
        for name, names in keys:
            for position, column in enumerate(names, 1):
                head = (CATALOG, schema, name, CATALOG, schema, table.name, column, position)
                yield (*head, None, None, None, None)
        for foreign in table.foreign_keys:
            target = facts.shown(foreign.to_schema)
            for position, (column, other) in enumerate(zip(foreign.columns, foreign.to_columns, strict=False), 1):
                head = (CATALOG, schema, foreign.name, CATALOG, schema, table.name, column, position)
                yield (*head, position, target, foreign.to_table, other)


def referential_constraints(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        schema = facts.shown(table.schema)
        for foreign in table.foreign_keys:
            target = facts.reflection.table(foreign.to_schema, foreign.to_table)
            unique = "PRIMARY"
            if target is not None and target.primary_key != foreign.to_columns:
                same = (i.name for i in target.indexes if i.unique and i.columns == foreign.to_columns)
                unique = next(same, "PRIMARY")
            yield (
                *(CATALOG, schema, foreign.name, CATALOG, facts.shown(foreign.to_schema), unique, "NONE"),
                *(foreign.on_update, foreign.on_delete, table.name, foreign.to_table),
            )


def table_constraints(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        schema = facts.shown(table.schema)
        found = [("PRIMARY", "PRIMARY KEY")] if table.primary_key else []
        found += [(index.name, "UNIQUE") for index in table.indexes if index.unique]
        found += [(foreign.name, "FOREIGN KEY") for foreign in table.foreign_keys]
        found += [(check.name, "CHECK") for check in table.checks]
        for name, kind in found:
            yield (CATALOG, schema, name, schema, table.name, kind, "YES")


def check_constraints(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        for check in table.checks:
            yield (CATALOG, facts.shown(table.schema), check.name, as_mysql(check.clause, facts.dialect))


def views(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        if table.is_view:
            head = (CATALOG, facts.shown(table.schema), table.name, as_mysql(table.definition, facts.dialect))
            yield (*head, "NONE", "NO", facts.view.account, "DEFINER", CHARSET, COLLATION)


def partitions(facts: Facts) -> Iterator[Row]:
    """One row for each table: none has partitions of its own here."""
    for row in tables(facts):
        if row[3] == "BASE TABLE":
            yield (*row[:3], *(None,) * 9, *row[7:13], None, None, None, None, "", None, None)


def table_privileges(facts: Facts) -> Iterator[Row]:
    for table in facts.tables:
        for privilege in table.privileges:
            head = (facts.view.quoted_account, CATALOG, facts.shown(table.schema), table.name)
            yield (*head, privilege.upper(), "NO")


def column_privileges(facts: Facts) -> Iterator[Row]:
    """What is granted on columns alone."""
    for table in facts.tables:
        for column in table.columns:
            for privilege in column.privileges:
                if privilege not in table.privileges:
                    head = (facts.view.quoted_account, CATALOG, facts.shown(table.schema), table.name)
                    yield (*head, column.name, privilege.upper(), "NO")


def user_privileges(facts: Facts) -> Iterable[Row]:
    return [(facts.view.quoted_account, CATALOG, "USAGE", "NO")]


Producer = Callable[[Facts], Iterable[Row]]

PRODUCERS: dict[str, Producer] = {
    "SCHEMATA": schemata,
    "TABLES": tables,
    "COLUMNS": columns,
    "STATISTICS": statistics,
    "KEY_COLUMN_USAGE": key_column_usage,
    "REFERENTIAL_CONSTRAINTS": referential_constraints,
    "TABLE_CONSTRAINTS": table_constraints,
    "CHECK_CONSTRAINTS": check_constraints,
    "VIEWS": views,
    "PARTITIONS": partitions,
    "TABLE_PRIVILEGES": table_privileges,
    "COLUMN_PRIVILEGES": column_privileges,
    "USER_PRIVILEGES": user_privileges,
}
