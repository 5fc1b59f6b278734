"""The session's temporary tables, which information_schema does not tell (MySQL, MariaDB before 11.2), and which stand
before tables of the same name."""

import re
from collections.abc import Sequence
from dataclasses import replace

from diagnose.evidence.facts import Table
from diagnose.evidence.facts_rows import Row, rows_of
from diagnose.evidence.mysql_facts import MAX_ROWS, QUERY_SECONDS, Name, build_table
from plugins import Session, UpstreamError
from plugins.literals import quote_name

_ENGINE = re.compile(r"\) ENGINE=(\w+)")


async def read_temporary(session: Session, names: Sequence[Name], *, mariadb: bool) -> tuple[Table, ...]:
    """Those among ``names``; one query where the session never made any. Raises ``UpstreamError``."""
    counter = "Com_create_temporary_table" if mariadb else "Com_create_table"
    made = await _rows(session, f"SHOW SESSION STATUS LIKE '{counter}'")
    if not made or made[0][1] == "0":
        return ()
    found = [await _read(session, name) for name in names]
    return tuple(table for table in found if table is not None)


async def _read(session: Session, name: Name) -> Table | None:
    spelled = f"{quote_name(name[0])}.{quote_name(name[1])}"
    try:
        created = await _rows(session, f"SHOW CREATE TABLE {spelled}")
    except UpstreamError as error:
        if error.number == 1158:
            raise
        return None
    text = created[0][1]
    if not text.startswith("CREATE TEMPORARY TABLE"):
        return None
    columns: list[Row] = [
        (*name, field, kind, nullable, collation, collation.partition("_")[0], str(position))
        for position, (field, kind, collation, nullable, *_) in enumerate(
            await _rows(session, f"SHOW FULL COLUMNS FROM {spelled}")
        )
    ]
    statistics = [_statistic(name, row) for row in await _rows(session, f"SHOW INDEX FROM {spelled}")]
    engine = _ENGINE.search(text)
    rows = next((row[7] for row in statistics if row[3] == "0" and row[7]), "")
    about = (*name, "TEMPORARY", engine[1] if engine else "", rows, "", "")
    return replace(build_table(about, columns, statistics, [], []), temporary=True)


def _statistic(name: Name, row: Row) -> Row:
    """A row of SHOW INDEX as information_schema.STATISTICS has it."""
    _, non_unique, index, sequence, column, collation, cardinality, sub_part, _, _, kind, *_ = row
    return (*name, index, non_unique, sequence, column, collation, cardinality, sub_part, kind)


async def _rows(session: Session, sql: str) -> list[Row]:
    return rows_of(await session.query(sql, time_limit_s=QUERY_SECONDS, max_rows=MAX_ROWS))
