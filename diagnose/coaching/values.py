"""Values that a column, a key or a group does not take."""

import re

from sqlglot import exp

from diagnose.coaching.names import quoted, read, target
from diagnose.evidence.facts import MYSQL, Column, Table
from diagnose.evidence.reading import read_schema, read_server
from plugins import SeenStatement, Session

_FOREIGN_KEY = re.compile(
    r"\(`(?P<schema>[^`]+)`\.`(?P<table>[^`]+)`, CONSTRAINT `[^`]+`"
    r"(?: FOREIGN KEY \(`(?P<column>[^)]+)`\) REFERENCES (?:`[^`]+`\.)?`(?P<parent>[^`]+)` \(`(?P<key>[^)]+)`\))?"
)
_GROUPED = re.compile(r"""(?:nonaggregated column|^|column)\s*['"`]([^'"`]+)['"`]""")


async def not_grouped(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1055."""
    found = _GROUPED.search(message)
    if found is None:
        return []
    name = found[1].rpartition(".")[2]
    server = await read_server(session)
    any_value = f", ANY_VALUE({name})" if server.kind == MYSQL else ""
    return [f"Add {name} to GROUP BY, or say which of a group's values is meant: MIN({name}), MAX({name}){any_value}."]


async def no_default(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1364."""
    named = quoted(message)
    table = await _target(session, failed)
    if not named or table is None:
        return []
    column = table.column(named[0])
    if column is None:
        return []
    return [f"{column.name} ({column.type}) may not be NULL and has no default: give it a value in the column list."]


async def wrong_value(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1264, 1292, 1366, 1406."""
    table = await _target(session, failed)
    if table is None:
        return []
    mentioned = [table.column(part) for name in quoted(message) for part in name.split(".")]
    column = next((c for c in mentioned if c is not None), None)
    return [f"{column.name} is of the type {_described(column)}."] if column is not None else []


def _described(column: Column) -> str:
    takes = {
        "date": ": write 'YYYY-MM-DD'",
        "datetime": ": write 'YYYY-MM-DD hh:mm:ss'",
        "timestamp": ": write 'YYYY-MM-DD hh:mm:ss'",
        "enum": ", so it takes one of these",
    }.get(column.base_type, "")
    return f"{column.type}{takes}"


async def wrong_count(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1136."""
    known = await read(session, failed.text)
    if not isinstance(known.tree, exp.Insert) or not isinstance(known.tree.this, (exp.Table, exp.Schema)):
        return []
    if isinstance(known.tree.this, exp.Schema):
        return [f"The column list has {len(known.tree.this.expressions)} columns: each row needs as many values."]
    table = await _target(session, failed)
    if table is None:
        return []
    columns = ", ".join(column.name for column in table.columns)
    return [f"{table.name} has {len(table.columns)} columns ({columns}): name those that you give."]


async def no_parent(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1452."""
    found = _FOREIGN_KEY.search(message)
    if found is None:
        return []
    own = (await read_schema(session, [("", found["table"])])).tables
    keys = [key for table in own for key in table.foreign_keys if _is(key.columns, found["column"])]
    if not keys:
        return []
    key = keys[0]
    own_columns, columns = ", ".join(key.columns), ", ".join(key.to_columns)
    return [f"{own_columns} must be the {columns} of a row of {key.to_table}: insert that row first."]


def _is(columns: tuple[str, ...], named: str | None) -> bool:
    return named is None or tuple(named.split("`, `")) == columns


async def still_referred_to(session: Session, failed: SeenStatement, message: str) -> list[str]:
    """1451."""
    found = _FOREIGN_KEY.search(message)
    if found is None or found["column"] is None:
        return []
    visible = (await read_schema(session, [(found["schema"], found["table"])])).tables
    if not visible:
        return []
    return [
        f"Rows of {found['table']} refer to it by {found['column'].replace('`', '')}: change or delete those first."
    ]


async def _target(session: Session, failed: SeenStatement) -> Table | None:
    """The table that a statement writes to."""
    known = await read(session, failed.text)
    written = known.tree.this if isinstance(known.tree, exp.Update) else target(known.tree)
    return known.schema.table(written.name, written.db) if isinstance(written, exp.Table) else None
