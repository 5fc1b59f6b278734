"""Parameters in the binary protocol: of COM_STMT_EXECUTE, and the query attributes in front of COM_QUERY's text.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_execute.html
https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from struct import error as StructError

from mysql_mimic.types import ColumnType

from proxy.wire.packets import length_encoded, length_encoded_bytes, malformed

Parameter = bytes | int | float | str | None
MAX_PARAMETERS = 65535

_SIGNED = {
    ColumnType.TINY: Struct("<b"),
    ColumnType.SHORT: Struct("<h"),
    ColumnType.YEAR: Struct("<h"),
    ColumnType.LONG: Struct("<i"),
    ColumnType.INT24: Struct("<i"),
    ColumnType.LONGLONG: Struct("<q"),
    ColumnType.FLOAT: Struct("<f"),
    ColumnType.DOUBLE: Struct("<d"),
}
_UNSIGNED = {
    ColumnType.TINY: Struct("<B"),
    ColumnType.SHORT: Struct("<H"),
    ColumnType.YEAR: Struct("<H"),
    ColumnType.LONG: Struct("<I"),
    ColumnType.INT24: Struct("<I"),
    ColumnType.LONGLONG: Struct("<Q"),
}
_DATES = (ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIMESTAMP)


@dataclass(frozen=True, slots=True)
class ParameterType:
    type: int
    unsigned: bool


def text_position(body: bytes, attributes: bool) -> int:
    """Where the text of a COM_QUERY begins in what follows its command byte. Raises ``ProtocolError``."""
    if not attributes:
        return 0
    count, at = length_encoded(body, 0)
    _, at = length_encoded(body, at)  # the number of parameter sets, always 1
    if not count:
        return at
    return _parameters(body, at, count, named=True)[1]


def execute_parameters(
    body: bytes, count: int, attributes: bool, known: list[ParameterType], long_data: Mapping[int, bytes]
) -> tuple[list[Parameter], list[ParameterType]]:
    """The values bound in a COM_STMT_EXECUTE body (statement id first) and their types, kept for the next one.

    ``known`` are the types of the execution before: a client sends them only when they change. Strings come as
    ``bytes`` in the client's character set, dates and times as text. Raises ``ProtocolError``.
    """
    if len(body) < 9:
        raise malformed()
    at = 9
    given = count
    if attributes and (count or body[4] & 0x08):  # PARAMETER_COUNT_AVAILABLE
        given, at = length_encoded(body, at)[0] or 0, length_encoded(body, at)[1]
    if given < count:
        raise malformed()
    if not given:
        return [], []
    values, _, types = _parse(body, at, given, attributes, known, long_data)
    return values[:count], types


def _parameters(body: bytes, at: int, count: int, named: bool) -> tuple[list[Parameter], int]:
    values, at, _ = _parse(body, at, count, named, [], {})
    return values, at


def _parse(
    body: bytes, at: int, count: int, named: bool, known: list[ParameterType], long_data: Mapping[int, bytes]
) -> tuple[list[Parameter], int, list[ParameterType]]:
    bitmap_size = (count + 7) // 8
    if count > MAX_PARAMETERS or at + bitmap_size + 1 > len(body):
        raise malformed()
    nulls = body[at : at + bitmap_size]
    at += bitmap_size
    types = known
    new_types = body[at]
    at += 1
    if new_types:
        types, at = _types(body, at, count, named)
    if len(types) < count:
        raise malformed()
    values: list[Parameter] = []
    for index in range(count):
        if index in long_data:
            values.append(long_data[index])
        elif nulls[index // 8] >> index % 8 & 1:
            values.append(None)
        else:
            value, at = _value(body, at, types[index])
            values.append(value)
    return values, at, types


def _types(body: bytes, at: int, count: int, named: bool) -> tuple[list[ParameterType], int]:
    types = []
    for _ in range(count):
        if at + 2 > len(body):
            raise malformed()
        types.append(ParameterType(body[at], bool(body[at + 1] & 0x80)))
        at += 2
        if named:
            _, at = length_encoded_bytes(body, at)
    return types, at


def _value(body: bytes, at: int, kind: ParameterType) -> tuple[Parameter, int]:
    if kind.type == ColumnType.NULL:
        return None, at
    fixed = (_UNSIGNED if kind.unsigned else _SIGNED).get(kind.type) or _SIGNED.get(kind.type)
    if fixed is not None:
        try:
            return fixed.unpack_from(body, at)[0], at + fixed.size
        except StructError as error:
            raise malformed() from error
    value, after = length_encoded_bytes(body, at)
    if value is None:
        raise malformed()
    if kind.type in _DATES:
        return _date(value), after
    if kind.type == ColumnType.TIME:
        return _time(value), after
    return value, after


def _date(value: bytes) -> str:
    if len(value) not in (0, 4, 7, 11):
        raise malformed()
    full = value.ljust(11, b"\0")
    text = f"{int.from_bytes(full[:2], 'little'):04d}-{full[2]:02d}-{full[3]:02d}"
    if len(value) > 4:
        text += f" {full[4]:02d}:{full[5]:02d}:{full[6]:02d}"
    if len(value) == 11:
        text += f".{int.from_bytes(full[7:11], 'little'):06d}"
    return text


def _time(value: bytes) -> str:
    if len(value) not in (0, 8, 12):
        raise malformed()
    full = value.ljust(12, b"\0")
    hours = int.from_bytes(full[1:5], "little") * 24 + full[5]
    text = f"{'-' if full[0] else ''}{hours:02d}:{full[6]:02d}:{full[7]:02d}"
    return text + (f".{int.from_bytes(full[8:12], 'little'):06d}" if len(value) == 12 else "")


def skip_binary_cell(row: bytes, at: int, kind: int) -> int:
    """Where a cell of a binary row ends. Raises ``ProtocolError``."""
    fixed = _SIGNED.get(kind)
    after = at + fixed.size if fixed is not None else length_encoded_bytes(row, at)[1]
    if after > len(row):
        raise malformed()
    return int(after)


def binary_cell(row: bytes, at: int, kind: int, *, unsigned: bool) -> bytes:
    """A cell of a binary row as MySQL would send it as text. Raises ``ProtocolError``."""
    value, _ = _value(row, at, ParameterType(kind, unsigned))
    if value is None:
        raise malformed()
    if kind == ColumnType.DATE and isinstance(value, str):
        return value[:10].encode()
    return (
        value if isinstance(value, bytes) else str(value).encode() if isinstance(value, str) else repr(value).encode()
    )
