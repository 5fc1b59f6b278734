"""PostgreSQL's errors as MySQL's.

https://www.postgresql.org/docs/current/errcodes-appendix.html
"""

import re
from collections.abc import Callable

from psycopg.pq import DiagnosticField
from psycopg.pq.abc import PGresult

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.errors import lost, mysql_error
from proxy.upstreams.index_names import in_table

_NUMBERS = {
    "08": 1158,
    "0A000": 1235,
    "21000": 1242,
    "22001": 1406,
    "22003": 1264,
    "22007": 1292,
    "22008": 1292,
    "22009": 1298,
    "22012": 1365,
    "22023": 1210,
    "22P02": 1366,
    "22P05": 1366,
    "22021": 1366,
    "22": 1292,
    "23502": 1048,
    "23503": 1452,
    "23505": 1062,
    "23514": 3819,
    "25001": 1568,
    "25006": 1792,
    "25P01": 1305,
    "25P02": 1180,
    "28": 1045,
    "2BP01": 1217,
    "3B001": 1305,
    "3D000": 1049,
    "3F000": 1049,
    "40001": 1213,
    "40P01": 1213,
    "42501": 1142,
    "42601": 1064,
    "42602": 1064,
    "42622": 1059,
    "42701": 1060,
    "42702": 1052,
    "42703": 1054,
    "42704": 1305,
    "42710": 1061,
    "42712": 1066,
    "42723": 1304,
    "42725": 1582,
    "42803": 1055,
    "42804": 1366,
    "42846": 1366,
    "42883": 1305,
    "42P01": 1146,
    "42P02": 1064,
    "42P04": 1007,
    "42P06": 1007,
    "42P07": 1050,
    "42P10": 1064,
    "42": 1064,
    "53100": 1021,
    "53200": 1041,
    "53300": 1040,
    "54": 1153,
    "55P03": 1205,
    "57014": 1317,
    "57P": 1158,
    "58": 1105,
}
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')


class PostgresError(UpstreamError):
    """Keeps what PostgreSQL called it."""

    def __init__(self, number: int, sqlstate: str, message: str, original: str) -> None:
        super().__init__(number, sqlstate, message)
        self.original = original  # PostgreSQL's own SQLSTATE


def from_result(result: PGresult) -> UpstreamError:
    """The error of a failed result."""

    def field(name: DiagnosticField) -> str:
        return (result.error_field(name) or b"").decode("utf-8", "replace")

    state = field(DiagnosticField.SQLSTATE)
    message = field(DiagnosticField.MESSAGE_PRIMARY) or (result.error_message or b"").decode("utf-8", "replace").strip()
    if not state:
        return lost(message)
    number = next((_NUMBERS[state[:size]] for size in (5, 3, 2) if state[:size] in _NUMBERS), 1105)
    special = _SPECIAL.get(number)
    if special is not None:
        number, message = special(message, field)
    error = mysql_error(number, message)
    return PostgresError(error.number, error.sqlstate, error.message, state)


Field = Callable[[DiagnosticField], str]
Special = Callable[[str, Field], tuple[int, str]]


def _names(message: str) -> list[str]:
    return [name.replace('""', '"') for name in _QUOTED.findall(message)]


def _duplicate(message: str, field: Field) -> tuple[int, str]:
    key = field(DiagnosticField.CONSTRAINT_NAME)
    values = re.search(r"=\((.*)\)", field(DiagnosticField.MESSAGE_DETAIL), re.DOTALL)
    entry = values[1].replace(", ", "-") if values else "?"
    table = field(DiagnosticField.TABLE_NAME)
    name = f"{table}.{'PRIMARY' if key == f'{table}_pkey' else in_table(table, key)}"
    return 1062, f"Duplicate entry '{entry}' for key '{name}'"


def _foreign_key(message: str, field: Field) -> tuple[int, str]:
    """1451 where the parent row is still referenced, 1452 where there is no parent."""
    names = _names(message)
    child, constraint = field(DiagnosticField.TABLE_NAME), field(DiagnosticField.CONSTRAINT_NAME)
    schema = field(DiagnosticField.SCHEMA_NAME)
    which = f"(`{schema}`.`{child}`, CONSTRAINT `{constraint}`)"
    # Names alone tell them apart, whatever language the server speaks: the parent's error names two tables.
    if len(names) > 2:
        return 1451, f"Cannot delete or update a parent row: a foreign key constraint fails {which}"
    return 1452, f"Cannot add or update a child row: a foreign key constraint fails {which}"


def _not_null(message: str, field: Field) -> tuple[int, str]:
    return 1048, f"Column '{field(DiagnosticField.COLUMN_NAME)}' cannot be null"


def _check(message: str, field: Field) -> tuple[int, str]:
    return 3819, f"Check constraint '{field(DiagnosticField.CONSTRAINT_NAME)}' is violated."


def _first_name(number: int, form: str) -> Special:
    def describe(message: str, field: Field) -> tuple[int, str]:
        names = _names(message)
        return number, form.format(names[0]) if names else message

    return describe


def _unknown_column(message: str, field: Field) -> tuple[int, str]:
    name = _names(message) or re.findall(r"column (\S+) ", message)
    return 1054, f"Unknown column '{name[0]}' in 'field list'" if name else message


def _denied(message: str, field: Field) -> tuple[int, str]:
    """42501 says it of tables, functions and schemas alike; English servers say which."""
    kinds = (("function", 1370), ("procedure", 1370), ("schema", 1044), ("database", 1044), ("column", 1143))
    return next((number for kind, number in kinds if f" for {kind} " in message), 1142), message


def _no_schema(message: str, field: Field) -> tuple[int, str]:
    names = _names(message)
    return 1049, f"Unknown database '{names[0]}'" if names else message


_SPECIAL: dict[int, Special] = {
    1048: _not_null,
    1049: _no_schema,
    1050: _first_name(1050, "Table '{}' already exists"),
    1054: _unknown_column,
    1060: _first_name(1060, "Duplicate column name '{}'"),
    1062: _duplicate,
    1142: _denied,
    1146: _first_name(1146, "Table '{}' doesn't exist"),
    1365: lambda message, field: (1365, "Division by 0"),
    1452: _foreign_key,
    1792: lambda message, field: (1792, "Cannot execute statement in a READ ONLY transaction."),
    3819: _check,
}
