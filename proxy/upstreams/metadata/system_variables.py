"""The system variables of a MySQL 8.4 server, with the values that are true of the gateway.

https://dev.mysql.com/doc/refman/8.4/en/server-system-variable-reference.html
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from importlib.resources import files

Value = str | int | float | None

VERSION = "8.4.0-askwire"


class Scope(Enum):
    BOTH = "b"
    GLOBAL = "g"
    SESSION = "s"


class Kind(Enum):
    BOOLEAN = "bool"  # 0 and 1 as a value, OFF and ON in SHOW VARIABLES
    INTEGER = "int"
    REAL = "real"
    STRING = "str"


@dataclass(frozen=True, slots=True)
class SystemVariable:
    """``choices``: the values of an enumeration. ``hidden``: of older or of MariaDB's servers: answered, not listed.

    ``read_only`` holds for the session's value of a variable that has both.
    """

    name: str
    scope: Scope
    kind: Kind
    default: Value
    read_only: bool = False
    hidden: bool = False
    choices: tuple[str, ...] = ()


# What is checked by a rule of its own (``values.py``).
CHECKED = frozenset({"charset", "collation", "time_zone", "sql_mode"})
ALIASES = {
    "tx_isolation": "transaction_isolation",
    "tx_read_only": "transaction_read_only",
    "identity": "last_insert_id",
    "storage_engine": "default_storage_engine",
}


def data_lines(name: str) -> list[str]:
    """The lines of a file of ``data/``, without comments."""
    text = files(__package__).joinpath("data", name).read_text("utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _parse(line: str) -> SystemVariable:
    name, scope, kind, *rest = line.split(" ", 3)
    text = rest[0] if rest else ""
    kinds = {k.value: k for k in Kind}
    value: Value = text
    match kind:
        case "bool":
            value = int(text == "ON")
        case "int":
            value = int(text)
        case "real":
            value = float(text)
        case "null":
            value = None
    if name == "secure_file_priv":
        value = None
    choices = tuple(kind.split(",")) if "," in kind else ()
    return SystemVariable(
        name,
        Scope(scope[0]),
        kinds.get(kind, Kind.STRING),
        value,
        read_only="R" in scope,
        hidden="H" in scope,
        choices=choices,
    )


@cache
def system_variables() -> dict[str, SystemVariable]:
    """Every variable by its name."""
    found = [_parse(line) for line in data_lines("system_variables.txt")]
    return {variable.name: variable for variable in found}


def checked_as(name: str) -> str:
    """``charset``, ``collation``, ``time_zone``, ``sql_mode``, or nothing."""
    return _checks().get(name, "")


@cache
def _checks() -> dict[str, str]:
    pairs = (line.split(" ", 3) for line in data_lines("system_variables.txt"))
    return {parts[0]: parts[2] for parts in pairs if parts[2] in CHECKED}
