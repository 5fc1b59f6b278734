"""A remedy as SQL: MySQL's, which the gateway translates where another server stands behind it."""

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import POSTGRES
from diagnose.types import Command, CreateIndex, DropIndex, Finding, Remedy, Rewrite
from plugins.literals import quote_name

LONGEST_NAME = 64  # characters; PostgreSQL: 63 bytes, and the gateway puts the table's name and a dot before an index's


def spell(findings: Iterable[Finding], evidence: Evidence) -> tuple[Finding, ...]:
    """The findings with ``statement`` set where they have a remedy. The same index has the same name in all of them."""
    return tuple(
        replace(finding, statement=statement(finding.remedy, evidence)) if finding.remedy is not None else finding
        for finding in findings
    )


def statement(remedy: Remedy, evidence: Evidence) -> str:
    """The remedy's SQL without a semicolon."""
    match remedy:
        case CreateIndex():
            return create_index(remedy, index_name(remedy, evidence), evidence.schema.database)
        case DropIndex():
            table = _table(remedy.schema, remedy.table, evidence.schema.database)
            return f"DROP INDEX {quote_name(remedy.name)} ON {table}"
        case Rewrite() | Command():
            return remedy.sql


def create_index(remedy: CreateIndex, name: str, database: str) -> str:
    """CREATE INDEX with that name."""
    unique = "UNIQUE " if remedy.unique else ""
    return (
        f"CREATE {unique}INDEX {quote_name(name)} ON {_table(remedy.schema, remedy.table, database)} ({_keys(remedy)})"
    )


def index_name(remedy: CreateIndex, evidence: Evidence) -> str:
    """``ix_customer_id_created_at``: short enough, and no other index of the table has it."""
    table = evidence.schema.table(remedy.table, remedy.schema)
    names = [index.name.casefold() for index in table.indexes] if table is not None else []
    taken = {*names, *(name.removeprefix(f"{remedy.table.casefold()}.") for name in names)}
    longest = LONGEST_NAME
    if evidence.server.kind == POSTGRES:
        longest = max(LONGEST_NAME - 2 - len(remedy.table.encode()), 12)
    base = _short("_".join(("ix", *remedy.columns)), longest)
    name, number = base, 1
    while name.casefold() in taken:
        number += 1
        name = f"{_short(base, longest - len(str(number)) - 1)}_{number}"
    return name


def _short(name: str, longest: int) -> str:
    """At most that many bytes; what is cut off stands in a few characters of a hash."""
    if len(name.encode()) <= longest:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:6]
    return f"{name.encode()[: longest - 7].decode(errors='ignore')}_{mark}"


def _table(schema: str, table: str, database: str) -> str:
    return quote_name(table) if not schema or schema == database else f"{quote_name(schema)}.{quote_name(table)}"


def _keys(remedy: CreateIndex) -> str:
    parts = []
    for at, column in enumerate(remedy.columns):
        length = remedy.prefixes[at] if remedy.prefixes else None
        direction = " DESC" if remedy.descending and remedy.descending[at] else ""
        parts.append(quote_name(column) + (f"({length})" if length else "") + direction)
    return ", ".join(parts)
