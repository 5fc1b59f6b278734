"""SHOW CREATE TABLE and VIEW: statements that MySQL's tools, SQLAlchemy's reflection among them, can read."""

from collections.abc import Iterator

from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.fill import CHARSET, COLLATION, ENGINE
from proxy.upstreams.metadata.reflection import Column, ForeignKey, Table
from proxy.upstreams.metadata.spelling import as_mysql, quoted, string

_WITHOUT_DEFAULT = frozenset({"text", "mediumtext", "longtext", "longblob", "json"})


def create_table(table: Table, facts: Facts) -> str:
    """https://dev.mysql.com/doc/refman/8.4/en/show-create-table.html"""
    lines = [column_line(column, facts.dialect) for column in table.columns]
    lines += _keys(table)
    lines += [_foreign_key(key, table, facts) for key in table.foreign_keys]
    for check in table.checks:
        clause = as_mysql(check.clause, facts.dialect)
        clause = clause if clause.startswith("(") and clause.endswith(")") else f"({clause})"
        lines.append(f"CONSTRAINT {quoted(check.name)} CHECK ({clause})")
    comment = f" COMMENT={string(table.comment)}" if table.comment else ""
    body = ",\n  ".join(lines)
    return (
        f"CREATE TABLE {quoted(table.name)} (\n  {body}\n) ENGINE={ENGINE} DEFAULT CHARSET={CHARSET} "
        f"COLLATE={COLLATION}{comment}"
    )


def column_line(column: Column, dialect: str) -> str:
    parts = [quoted(column.name), column.type.text]
    if column.generated is not None:
        parts.append(f"GENERATED ALWAYS AS ({as_mysql(column.generated, dialect)}) STORED")
    if not column.nullable:
        parts.append("NOT NULL")
    elif column.type.name == "timestamp":
        parts.append("NULL")
    if column.auto_increment:
        parts.append("AUTO_INCREMENT")
    elif column.generated is None:
        parts += _default(column, dialect)
    if column.comment:
        parts.append(f"COMMENT {string(column.comment)}")
    return " ".join(parts)


def _default(column: Column, dialect: str) -> list[str]:
    if column.default is None:
        plain = column.nullable and column.type.name not in _WITHOUT_DEFAULT
        return ["DEFAULT NULL"] if plain else []
    if column.default.startswith("CURRENT_TIMESTAMP") and column.default_is_expression:
        return [f"DEFAULT {column.default}"]
    if column.default_is_expression:
        return [f"DEFAULT ({as_mysql(column.default, dialect)})"]
    if column.type.name in _WITHOUT_DEFAULT:
        return [f"DEFAULT (_utf8mb4{string(column.default)})"]
    return [f"DEFAULT {string(column.default)}"]


def _keys(table: Table) -> Iterator[str]:
    if table.primary_key:
        yield f"PRIMARY KEY ({_names(table.primary_key)})"
    for index in sorted(table.indexes, key=lambda index: not index.unique):
        names = tuple(column for column in index.columns if column is not None)
        # What the upstream computes has no name that MySQL could read.
        if len(names) == len(index.columns):
            yield f"{'UNIQUE ' if index.unique else ''}KEY {quoted(index.name)} ({_names(names)})"


def _names(names: tuple[str, ...]) -> str:
    return ",".join(quoted(name) for name in names)


def _foreign_key(key: ForeignKey, table: Table, facts: Facts) -> str:
    target = quoted(key.to_table)
    if key.to_schema != table.schema:
        target = f"{quoted(facts.shown(key.to_schema))}.{target}"
    text = f"CONSTRAINT {quoted(key.name)} FOREIGN KEY ({_names(key.columns)}) REFERENCES {target}"
    text += f" ({_names(key.to_columns)})"
    for event, action in (("DELETE", key.on_delete), ("UPDATE", key.on_update)):
        if action.upper() != "NO ACTION":
            text += f" ON {event} {action.upper()}"
    return text


def create_view(table: Table, facts: Facts) -> str:
    definer = f"{quoted(facts.view.user)}@{quoted(facts.view.account_host)}"
    head = f"CREATE ALGORITHM=UNDEFINED DEFINER={definer} SQL SECURITY DEFINER VIEW {quoted(table.name)} AS "
    return head + as_mysql(table.definition, facts.dialect)
