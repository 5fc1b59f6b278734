"""The tables of INFORMATION_SCHEMA and their columns, from ``data/information_schema.txt``."""

from dataclasses import dataclass, replace
from functools import cache

from proxy.upstreams.metadata.reflection import Column, Table
from proxy.upstreams.metadata.system_variables import data_lines
from proxy.upstreams.mysql_types import MySqlType, enum_type, mysql_type

INFORMATION_SCHEMA = "information_schema"
PERFORMANCE_SCHEMA = "performance_schema"
SYSTEM_SCHEMAS = frozenset({INFORMATION_SCHEMA, PERFORMANCE_SCHEMA, "mysql", "sys"})
# Read by everybody; what else there is there needs a privilege.
PERFORMANCE_TABLES = frozenset({"GLOBAL_STATUS", "GLOBAL_VARIABLES", "SESSION_STATUS", "SESSION_VARIABLES"})
# Columns with the names of schemas and tables.
_NAMES = ("_SCHEMA", "TABLE_NAME", "SCHEMA_NAME", "OBJECT_TABLE", "VIEW_NAME")

_PLAIN = {"u": "ubigint", "b": "bigint", "i": "integer", "iu": "uinteger", "j": "json", "d": "double"}


@dataclass(frozen=True, slots=True)
class SystemColumn:
    name: str
    type: MySqlType
    nullable: bool

    @property
    def is_object_name(self) -> bool:
        """Holds a schema's or a table's name."""
        return self.name.endswith(_NAMES)

    @property
    def storage(self) -> str:
        """DuckDB's type for it."""
        if self.type.is_text or self.type.name == "json":
            return "VARCHAR"
        if self.type.name in ("timestamp", "datetime"):
            return "TIMESTAMP"
        # Signed throughout, so that a difference of two cannot overflow; no value here needs the sign's bit.
        return "DOUBLE" if self.type.name == "double" else "BIGINT"


def _type(code: str) -> MySqlType:
    if code in _PLAIN:
        return mysql_type(_PLAIN[code])
    if code in ("ts", "dt"):
        return mysql_type("timestamp(0) with time zone" if code == "ts" else "timestamp(0)")
    if code in ("t", "mt", "lt"):
        name, size = {"t": ("text", 0xFFFF), "mt": ("mediumtext", 0xFFFFFF), "lt": ("longtext", 0xFFFFFFFF)}[code]
        return replace(mysql_type("text"), name=name, text=name, characters=size, length=size)
    if code[1] == ":":
        labels = code[2:].split("|")
        found = enum_type(labels)
        return found if code[0] == "e" else replace(found, name="set", text=f"set{found.text[4:]}")
    name, size = ("varchar" if code[0] == "v" else "char"), int(code[1:])
    found = mysql_type(f"{name}({max(1, min(size, 16383))})")
    return replace(found, text=f"{name}({size})", characters=size)


@cache
def system_tables() -> dict[str, tuple[SystemColumn, ...]]:
    """Every table by its name in capitals."""
    found = {}
    for line in data_lines("information_schema.txt"):
        table, _, columns = line.partition(": ")
        found[table] = tuple(_column(text) for text in columns.split(", "))
    return found


def _column(text: str) -> SystemColumn:
    name, code = text.split(" ", 1)
    return SystemColumn(name, _type(code.rstrip("!")), nullable=not code.endswith("!"))


@cache
def described(schema: str) -> list[Table]:
    """The tables of INFORMATION_SCHEMA, or those of PERFORMANCE_SCHEMA that everybody may read, as any table."""
    found = []
    for name, columns in sorted(system_tables().items()):
        if schema == PERFORMANCE_SCHEMA and name not in PERFORMANCE_TABLES:
            continue
        own = tuple(Column(c.name, c.type, c.nullable, privileges=("select",)) for c in columns)
        found.append(Table(schema, name, own, privileges=("select",)))
    return found
