"""SQLite's errors as MySQL's. https://www.sqlite.org/rescode.html"""

import re
import sqlite3

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.errors import mysql_error, stopped
from proxy.upstreams.backends.running import Stopped

_BY_CODE = {
    "SQLITE_CONSTRAINT_PRIMARYKEY": 1062,
    "SQLITE_CONSTRAINT_UNIQUE": 1062,
    "SQLITE_CONSTRAINT_ROWID": 1062,
    "SQLITE_CONSTRAINT_NOTNULL": 1048,
    "SQLITE_CONSTRAINT_FOREIGNKEY": 1452,
    "SQLITE_CONSTRAINT_CHECK": 3819,
    "SQLITE_CONSTRAINT_TRIGGER": 1644,
    "SQLITE_CONSTRAINT_DATATYPE": 1366,
    "SQLITE_CONSTRAINT": 1022,
    "SQLITE_BUSY": 1205,
    "SQLITE_LOCKED": 1205,
    "SQLITE_READONLY": 1792,
    "SQLITE_AUTH": 1227,
    "SQLITE_MISMATCH": 1366,
    "SQLITE_TOOBIG": 1153,
    "SQLITE_FULL": 1021,
    "SQLITE_NOMEM": 1041,
    "SQLITE_CORRUPT": 1034,
    "SQLITE_NOTADB": 1034,
    "SQLITE_IOERR": 1105,
    "SQLITE_CANTOPEN": 1105,
}
_MEANINGS = (
    (r"no such table: (?:main\.)?(.*)", 1146, "Table '{0}' doesn't exist"),
    (r"no such view: (.*)", 1146, "Table '{0}' doesn't exist"),
    (r"no such column: (.*)", 1054, "Unknown column '{0}' in 'field list'"),
    (r"has no column named (.*)", 1054, "Unknown column '{0}' in 'field list'"),
    (r"ambiguous column name: (.*)", 1052, "Column '{0}' in field list is ambiguous"),
    (r"no such function: (.*)", 1305, "FUNCTION {0} does not exist"),
    (
        r"wrong number of arguments to function (.*?)\(\)",
        1582,
        "Incorrect parameter count in the call to native function '{0}'",
    ),
    (r"(?:table|view) \"?(.*?)\"? already exists", 1050, "Table '{0}' already exists"),
    (r"index (.*) already exists", 1061, "Duplicate key name '{0}'"),
    (r"duplicate column name: (.*)", 1060, "Duplicate column name '{0}'"),
    (r"columns? but (\d+) values were supplied|\d+ values for \d+ columns", 1136, ""),
    (r"no such savepoint: (.*)", 1305, "SAVEPOINT {0} does not exist"),
    (r"no such index: (.*)", 1091, "Can't DROP '{0}'; check that column/key exists"),
    (r"unknown database (.*)", 1049, "Unknown database '{0}'"),
    (r"one statement at a time", 1064, ""),
    (r"[Mm]isuse of aggregate", 1111, "Invalid use of group function"),
    (r"not authorized|prohibited", 1227, ""),
    (r"UTF-8", 1366, ""),
    (r"integer overflow", 1690, ""),
)


def from_sqlite(error: Exception, why: Stopped | None = None, *, deletes: bool = False) -> UpstreamError:
    """``why``: the statement was stopped by us; ``deletes``: it would have taken a parent row away."""
    name, message = getattr(error, "sqlite_errorname", "") or "", str(error)
    if name.startswith("SQLITE_INTERRUPT") or (why is not None and "interrupt" in message):
        return stopped(why or Stopped.CANCELLED)
    number = next((_BY_CODE[part] for part in _shorter(name) if part in _BY_CODE), 0)
    if number:
        return _of_code(number, message, deletes)
    for pattern, meant, form in _MEANINGS:
        if found := re.search(pattern, message):
            return mysql_error(meant, form.format(*found.groups()) if form else message)
    return mysql_error(1105 if isinstance(error, sqlite3.InternalError) else 1064, message)


def _shorter(name: str) -> list[str]:
    """``SQLITE_BUSY_SNAPSHOT``, ``SQLITE_BUSY``."""
    parts = name.split("_")
    return ["_".join(parts[:size]) for size in range(len(parts), 1, -1)]


def _of_code(number: int, message: str, deletes: bool) -> UpstreamError:
    detail = message.partition(": ")[2]
    if number == 1062:
        return mysql_error(1062, f"Duplicate entry for key '{detail}'")
    if number == 1048:
        return mysql_error(1048, f"Column '{detail.rpartition('.')[2]}' cannot be null")
    if number == 1452:
        which = "delete or update a parent" if deletes else "add or update a child"
        return mysql_error(1451 if deletes else 1452, f"Cannot {which} row: a foreign key constraint fails")
    if number == 1205:
        return mysql_error(1205, "Lock wait timeout exceeded; try restarting transaction")
    if number == 1792:
        return mysql_error(1792, "Cannot execute statement in a READ ONLY transaction.")
    if number == 3819:
        return mysql_error(3819, f"Check constraint '{detail}' is violated.")
    return mysql_error(number, message)
