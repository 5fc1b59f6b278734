"""The gateway's own answers as packets, in the text or the binary protocol."""

from collections.abc import Iterable, Sequence
from enum import Enum

from mysql_mimic.types import str_len, uint_2, uint_4, uint_len

from proxy.wire.capabilities import Dialect
from proxy.wire.charsets import BINARY, Charset
from proxy.wire.columns import ColumnDefinition, ColumnFlag, ColumnType
from proxy.wire.packets import err_packet_payload, packet
from proxy.wire.rows import Framer, encoder

Value = str | bytes | int | float | None
_FLUSH = 1 << 16


class Kind(Enum):
    """How a column is announced: column type, display length, decimals."""

    TEXT = ColumnType.VAR_STRING, 65535, 0
    INTEGER = ColumnType.LONGLONG, 21, 0
    REAL = ColumnType.DOUBLE, 23, 31


_VALUES = {Kind.TEXT: str | bytes | int | float, Kind.INTEGER: int, Kind.REAL: int | float}


def ok(
    sequence: int, status: int, *, affected_rows: int = 0, last_insert_id: int = 0, warnings: int = 0, info: str = ""
) -> bytes:
    """The documentation calls ``info`` the rest of the packet; servers send it with its length, and PHP insists on it.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_basic_ok_packet.html
    """
    counts = uint_len(affected_rows) + uint_len(last_insert_id)
    said = str_len(info.encode()) if info else b""
    payload = b"\0" + counts + uint_2(status) + uint_2(min(warnings, 0xFFFF)) + said
    return packet(sequence, payload)


def error(sequence: int, number: int, sqlstate: str | None, message: str, charset: Charset | None = None) -> bytes:
    """``sqlstate`` is left out before the log-in has begun, as clients expect it there."""
    return packet(sequence, err_packet_payload(number, sqlstate, message, charset.codec if charset else "utf-8"))


def end_of_rows(sequence: int, dialect: Dialect, status: int, warnings: int = 0) -> bytes:
    warnings = min(warnings, 0xFFFF)
    if dialect.deprecate_eof:
        return packet(sequence, b"\xfe\0\0" + uint_2(status) + uint_2(warnings))
    return packet(sequence, b"\xfe" + uint_2(warnings) + uint_2(status))


def result_set(
    columns: Sequence[tuple[str, Kind]],
    rows: Iterable[Sequence[Value]],
    *,
    dialect: Dialect,
    charset: Charset,
    binary: bool,
    status: int,
    warnings: int,
) -> Iterable[bytes]:
    """A whole reply, in pieces of about 64 KiB; sequence ids from 1.

    Raises ``ValueError`` and ``TypeError`` where a row does not fit the columns: clients lose track of such a reply.
    """
    definitions = [_definition(name, kind) for name, kind in columns]
    framer, piece = Framer(), bytearray()
    piece += framer.frame(list(result_set_head(definitions, dialect, charset, status)))
    encode = encoder(definitions, binary=binary)
    for row in rows:
        cells = [_cell(value, kind, charset) for value, (_, kind) in zip(row, columns, strict=True)]
        piece += framer.frame(encode([cells]))
        if len(piece) >= _FLUSH:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece) + end_of_rows(framer.sequence, dialect, status, warnings)


def result_set_head(
    columns: Sequence[ColumnDefinition], dialect: Dialect, charset: Charset, status: int
) -> Iterable[bytes]:
    """The payloads before the rows."""
    yield uint_len(len(columns))
    for column in columns:
        yield column_definition(column, dialect, charset)
    if not dialect.deprecate_eof:
        yield b"\xfe\0\0" + uint_2(status)


def column_definition(column: ColumnDefinition, dialect: Dialect, charset: Charset) -> bytes:
    """https://mariadb.com/kb/en/result-set-packets/#column-definition-packet"""
    names = (column.schema, column.table, column.original_table or column.table, column.name, column.original_name)
    return b"".join(
        (
            str_len(b"def"),
            *(str_len(name.encode(charset.codec, "replace")) for name in names),
            str_len(_extended(column)) if dialect.extended_metadata else b"",
            b"\x0c",
            uint_2(BINARY if column.binary else charset.collation),
            uint_4(column.length),
            bytes([column.type]),
            uint_2(column.flags),
            bytes([column.decimals]),
            b"\0\0",
        )
    )


def _extended(column: ColumnDefinition) -> bytes:
    """https://mariadb.com/kb/en/result-set-packets/#extended-metadata: type 0, format 1."""
    parts = enumerate((column.extended_type, column.extended_format))
    return b"".join(bytes([kind]) + str_len(name.encode()) for kind, name in parts if name)


def _definition(name: str, kind: Kind) -> ColumnDefinition:
    kind_type, length, decimals = kind.value
    text = kind is Kind.TEXT
    return ColumnDefinition(name, kind_type, length, decimals, flags=0 if text else ColumnFlag.BINARY, binary=not text)


def _cell(value: Value, kind: Kind, charset: Charset) -> bytes | None:
    if value is not None and not isinstance(value, _VALUES[kind]):
        raise TypeError(f"a {type(value).__name__} is no {kind.name} value")
    if value is None or isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode(charset.codec, "replace")
    return b"%d" % value if isinstance(value, int) else repr(value).encode()


def prepare_ok(statement_id: int, parameters: int, dialect: Dialect, status: int) -> bytes:
    """COM_STMT_PREPARE_OK of a gateway statement; its columns are told when it is executed.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html
    """
    head = b"\0" + uint_4(statement_id) + uint_2(0) + uint_2(parameters) + b"\0" + uint_2(0)
    out = [packet(1, head)]
    unknown = column_definition(_definition("?", Kind.TEXT), dialect, Charset("utf-8", BINARY))
    out += [packet(2 + index, unknown) for index in range(parameters)]
    if parameters and not dialect.deprecate_eof:
        out.append(packet(2 + parameters, b"\xfe\0\0" + uint_2(status)))
    return b"".join(out)
