"""Which values a system variable takes, and as what it keeps them."""

import re
import zoneinfo
from decimal import Decimal
from functools import cache

from proxy.upstreams.metadata import errors
from proxy.upstreams.metadata.charsets import character_set_named, collation_named
from proxy.upstreams.metadata.system_variables import Kind, SystemVariable, Value, checked_as

# Bit numbers: https://dev.mysql.com/doc/refman/8.4/en/sql-mode.html (sql/system_variables.h has the bits)
SQL_MODES = {
    "REAL_AS_FLOAT": 0,
    "PIPES_AS_CONCAT": 1,
    "ANSI_QUOTES": 2,
    "IGNORE_SPACE": 3,
    "ONLY_FULL_GROUP_BY": 5,
    "NO_UNSIGNED_SUBTRACTION": 6,
    "NO_DIR_IN_CREATE": 7,
    "ANSI": 18,
    "NO_AUTO_VALUE_ON_ZERO": 19,
    "NO_BACKSLASH_ESCAPES": 20,
    "STRICT_TRANS_TABLES": 21,
    "STRICT_ALL_TABLES": 22,
    "NO_ZERO_IN_DATE": 23,
    "NO_ZERO_DATE": 24,
    "ALLOW_INVALID_DATES": 25,
    "ERROR_FOR_DIVISION_BY_ZERO": 26,
    "TRADITIONAL": 27,
    "HIGH_NOT_PRECEDENCE": 29,
    "NO_ENGINE_SUBSTITUTION": 30,
    "PAD_CHAR_TO_FULL_LENGTH": 31,
    "TIME_TRUNCATE_FRACTIONAL": 32,
}
COMBINATIONS = {
    "ANSI": ("REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE", "ONLY_FULL_GROUP_BY"),
    "TRADITIONAL": (
        "STRICT_TRANS_TABLES",
        "STRICT_ALL_TABLES",
        "NO_ZERO_IN_DATE",
        "NO_ZERO_DATE",
        "ERROR_FOR_DIVISION_BY_ZERO",
        "NO_ENGINE_SUBSTITUTION",
    ),
}
_OFFSET = re.compile(r"([+-])([0-9]{1,2}):([0-5][0-9])")
_NULLABLE = frozenset({"character_set_results", "innodb_tmpdir", "lc_time_names"})
_NOT_FOR_CLIENTS = frozenset({"ucs2", "utf16", "utf16le", "utf32"})
_LARGEST = (1 << 64) - 1


def checked(variable: SystemVariable, value: object) -> Value:
    """The value as the variable keeps it. Raises 1231, 1232 or what is right for its kind (1115, 1273, 1298)."""
    name = variable.name
    if value is None:
        if name in _NULLABLE:
            return None
        raise errors.wrong_value(name, None)
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, bool):
        value = int(value)
    if variable.choices:
        return _choice(variable, value)
    match variable.kind:
        case Kind.BOOLEAN:
            return _boolean(name, value)
        case Kind.INTEGER:
            return _integer(name, value)
        case Kind.REAL:
            if isinstance(value, int | float | Decimal):
                return float(value)
            raise errors.wrong_type(name)
        case Kind.STRING:
            return _string(name, value)


def _boolean(name: str, value: object) -> int:
    if isinstance(value, float | Decimal):
        raise errors.wrong_type(name)
    folded = str(value).strip().lower()
    if folded in ("1", "on", "true"):
        return 1
    if folded in ("0", "off", "false"):
        return 0
    raise errors.wrong_value(name, value)


def _integer(name: str, value: object) -> int:
    if not isinstance(value, int):
        raise errors.wrong_type(name)
    return max(-1 if name == "optimizer_trace_offset" else 0, min(value, _LARGEST))


def _choice(variable: SystemVariable, value: object) -> str:
    if isinstance(value, int):
        if 0 <= value < len(variable.choices):
            return variable.choices[value]
        raise errors.wrong_value(variable.name, value)
    if isinstance(value, float | Decimal):
        raise errors.wrong_type(variable.name)
    folded = str(value).lower()
    found = next((choice for choice in variable.choices if choice.lower() == folded), None)
    if found is None:
        raise errors.wrong_value(variable.name, value)
    return found


def _string(name: str, value: object) -> str:
    check = checked_as(name)
    if check == "sql_mode":
        return sql_mode(value)
    if isinstance(value, int | float | Decimal):
        raise errors.wrong_type(name)
    text = str(value)
    if check == "charset":
        return _character_set(name, text)
    if check == "collation":
        collation = collation_named(text)
        if collation is None:
            raise errors.unknown_collation(text)
        return collation.name
    if check == "time_zone":
        return time_zone(text)
    return text


def _character_set(name: str, text: str) -> str:
    found = character_set_named(text)
    if found is None:
        raise errors.unknown_character_set(text)
    if name == "character_set_client" and found.name in _NOT_FOR_CLIENTS:
        raise errors.wrong_value(name, text)
    return found.name


def time_zone(text: str) -> str:
    """``SYSTEM``, ``+02:00`` (from -13:59 to +14:00) or a name of the IANA database as it is spelled there."""
    if text.upper() == "SYSTEM":
        return "SYSTEM"
    if matched := _OFFSET.fullmatch(text):
        minutes = int(matched[2]) * 60 + int(matched[3])
        if minutes <= (14 * 60 if matched[1] == "+" else 13 * 60 + 59):
            return f"{matched[1]}{int(matched[2]):02}:{matched[3]}"
    elif (found := _zones().get(text.lower())) is not None:
        return found
    raise errors.unknown_time_zone(text)


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in zoneinfo.available_timezones()}


# With these a text has other strings and names than the ones read here. To say yes and read on as before would let
# what a client quoted for the mode end its quotes.
_OTHER_WORDS = frozenset({"ANSI_QUOTES", "NO_BACKSLASH_ESCAPES"})


def sql_mode(value: object) -> str:
    """The modes in MySQL's order, combinations spelled out, from names or from bits."""
    if isinstance(value, float | Decimal):
        raise errors.wrong_type("sql_mode")
    if isinstance(value, int):
        named = {mode for mode, bit in SQL_MODES.items() if value >> bit & 1}
        if value < 0 or value & ~sum(1 << bit for bit in SQL_MODES.values()):
            raise errors.wrong_value("sql_mode", value)
    else:
        named = {part.strip().upper() for part in str(value).split(",") if part.strip()}
    for mode in sorted(named):
        if mode not in SQL_MODES:
            raise errors.wrong_value("sql_mode", mode)
        named |= set(COMBINATIONS.get(mode, ()))
    if unread := sorted(named & _OTHER_WORDS):
        raise errors.not_supported(f"sql_mode {unread[0]}")
    return ",".join(mode for mode in SQL_MODES if mode in named)
