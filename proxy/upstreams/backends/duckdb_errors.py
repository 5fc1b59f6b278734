"""DuckDB's errors as MySQL's. DuckDB has classes and messages, no codes."""

import re
from re import Match

import duckdb

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.errors import lost, mysql_error, read_only, stopped
from proxy.upstreams.backends.running import Stopped

_KIND = re.compile(r"^[A-Za-z ]+ Error: ")
# What the message says, in order -> MySQL's number and message; {0} is the first group.
_MEANINGS = (
    (
        r'Duplicate key "([^"]*)" violates (primary key|unique) constraint',
        1062,
        "Duplicate entry '{entry}' for key '{key}'",
    ),
    # Of rows that the same transaction wrote; it tells no column.
    (r'UNIQUE constraint violation: duplicate key "([^"]*)"', 1062, "Duplicate entry '{0}' for key 'PRIMARY'"),
    (r"NOT NULL constraint failed: (?:.*\.)?(\S+)$", 1048, "Column '{0}' cannot be null"),
    (r"CHECK constraint failed", 3819, ""),
    (r"foreign key constraint because key .* does not exist", 1452, ""),
    (r"foreign key constraint", 1451, ""),
    (
        r"Table with name (\S+) does not exist|Table with name \"(.*?)\" does not exist",
        1146,
        "Table '{0}' doesn't exist",
    ),
    (r"View with name \"?(.*?)\"? does not exist", 1146, "Table '{0}' doesn't exist"),
    (r'Referenced table "(.*?)" not found', 1054, "Unknown table '{0}' in 'field list'"),
    (r'Referenced column "(.*?)" (?:not found|was not found)', 1054, "Unknown column '{0}' in 'field list'"),
    (r'does not have a column (?:named|with name) "(.*?)"', 1054, "Unknown column '{0}' in 'field list'"),
    (r'Column "?(.*?)"? (?:does not exist|not found)', 1054, "Unknown column '{0}' in 'field list'"),
    (r'(?:Table|View) with name "?(.*?)"? already exists', 1050, "Table '{0}' already exists"),
    (r'Schema with name "?(.*?)"? already exists', 1007, "Can't create database '{0}'; database exists"),
    (r'Schema with name "?(.*?)"? does not exist', 1049, "Unknown database '{0}'"),
    (r'schema "?(.*?)"? does not exist', 1049, "Unknown database '{0}'"),
    (r'No catalog \+ schema named "(.*?)"', 1049, "Unknown database '{0}'"),
    (r'Column with name "?(.*?)"? already exists', 1060, "Duplicate column name '{0}'"),
    (r'Index with name "?(.*?)"? already exists', 1061, "Duplicate key name '{0}'"),
    (r"(?:Function|Macro) with name \"?(\S+?)\"? does not exist", 1305, "FUNCTION {0} does not exist"),
    (r"No function matches", 1305, ""),
    (r'Ambiguous reference to column name "(.*?)"', 1052, "Column '{0}' in field list is ambiguous"),
    (r"duplicate alias", 1066, ""),
    (r"must appear in the GROUP BY", 1055, ""),
    (r"columns but \d+ values were supplied", 1136, ""),
    (r"More than one row returned by a subquery", 1242, "Subquery returns more than 1 row"),
    (r"read-only mode", 1792, "Cannot execute statement in a READ ONLY transaction."),
    (r"transaction is aborted", 1180, "The transaction failed before: ROLLBACK is needed"),
    (r"Conflict on|write-write conflict", 1213, "Deadlock found when trying to get lock; try restarting transaction"),
    (r"Unknown TimeZone", 1298, ""),
    (r"Malformed JSON", 3141, ""),
    (r"Cannot drop entry", 1217, ""),
    (r"[Dd]ivision by zero", 1365, "Division by 0"),
)
_CLASSES: tuple[tuple[type[duckdb.Error], int], ...] = (
    (duckdb.ParserException, 1064),
    (duckdb.SyntaxException, 1064),
    (duckdb.OutOfRangeException, 1264),
    (duckdb.ConversionException, 1292),
    (duckdb.TypeMismatchException, 1366),
    (duckdb.PermissionException, 1227),
    (duckdb.OutOfMemoryException, 1041),
    (duckdb.NotImplementedException, 1235),
    (duckdb.ConnectionException, 1158),
    (duckdb.BinderException, 1064),
    (duckdb.CatalogException, 1305),
    (duckdb.TransactionException, 1180),
    (duckdb.ConstraintException, 1022),
    (duckdb.InvalidInputException, 1210),
)


def from_duckdb(error: Exception, why: Stopped | None) -> UpstreamError:
    """``why``: the statement was stopped by us."""
    if isinstance(error, duckdb.InterruptException):
        return stopped(why or Stopped.CANCELLED)
    text = str(error)
    if isinstance(error, duckdb.FatalException | duckdb.InternalException):
        return lost()
    message = _KIND.sub("", text.split("\n\n")[0]).split("\nDid you mean")[0].split("\nCandidate")[0].strip()
    for pattern, number, form in _MEANINGS:
        if found := re.search(pattern, message):
            return read_only() if number == 1792 else mysql_error(number, _filled(form, found) or message)
    number = next((number for kind, number in _CLASSES if isinstance(error, kind)), 1105)
    return mysql_error(number, message)


def _filled(form: str, found: Match[str]) -> str:
    groups = [group for group in found.groups() if group is not None]
    if "{entry}" not in form:
        return form.format(*groups)
    pairs = [pair.partition(": ") for pair in groups[0].split(", ")]
    entry = "-".join(value for _, _, value in pairs)
    key = "PRIMARY" if groups[1] == "primary key" else "_".join(name for name, _, _ in pairs)
    return form.format(entry=entry, key=key)
