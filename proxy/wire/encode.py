"""The gateway's own answers as packets, in the text or the binary protocol."""

from collections.abc import Iterable, Sequence
from enum import Enum

from mysql_mimic.packets import make_binary_resultrow, make_text_resultset_row
from mysql_mimic.results import ResultColumn
from mysql_mimic.types import ColumnType, str_len, uint_2, uint_4, uint_len

from proxy.wire.charsets import Charset
from proxy.wire.packets import MAX_CHUNK, err_packet_payload, packet
from proxy.wire.reply import Dialect

Value = str | bytes | int | float | None
_FLUSH = 1 << 16


class Kind(Enum):
    """How a column is announced: column type, display length, decimals."""

    TEXT = ColumnType.VAR_STRING, 65535, 0
    INTEGER = ColumnType.LONGLONG, 21, 0
    REAL = ColumnType.DOUBLE, 23, 31


def ok(
    sequence: int, status: int, *, affected_rows: int = 0, last_insert_id: int = 0, warnings: int = 0, info: str = ""
) -> bytes:
    counts = uint_len(affected_rows) + uint_len(last_insert_id)
    payload = b"\0" + counts + uint_2(status) + uint_2(min(warnings, 0xFFFF)) + info.encode()
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
    """A whole reply, in pieces of about 64 KiB; sequence ids from 1."""
    payloads = _payloads(columns, rows, dialect=dialect, charset=charset, binary=binary, status=status)
    sequence, piece = 1, bytearray()
    for payload in payloads:
        piece += packet(sequence, payload)
        sequence += 1 + len(payload) // MAX_CHUNK
        if len(piece) >= _FLUSH:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece) + end_of_rows(sequence, dialect, status, warnings)


def _payloads(
    columns: Sequence[tuple[str, Kind]],
    rows: Iterable[Sequence[Value]],
    *,
    dialect: Dialect,
    charset: Charset,
    binary: bool,
    status: int,
) -> Iterable[bytes]:
    yield uint_len(len(columns))
    for name, kind in columns:
        yield column_definition(name, kind, dialect, charset)
    if not dialect.deprecate_eof:
        yield b"\xfe\0\0" + uint_2(status)
    encoders = [ResultColumn(name, kind.value[0]) for name, kind in columns]
    encode_row = make_binary_resultrow if binary else make_text_resultset_row
    for row in rows:
        encoded = [v.encode(charset.codec, "replace") if isinstance(v, str) else v for v in row]
        yield encode_row(encoded, encoders)


def column_definition(name: str, kind: Kind, dialect: Dialect, charset: Charset) -> bytes:
    """https://mariadb.com/kb/en/result-set-packets/#column-definition-packet"""
    kind_type, length, decimals = kind.value
    text = kind is Kind.TEXT
    encoded = name.encode(charset.codec, "replace")
    return b"".join(
        (
            str_len(b"def"),
            b"\0\0\0",  # schema, table alias, table
            str_len(encoded),
            b"\0",  # original column
            b"\0" if dialect.extended_metadata else b"",
            b"\x0c",
            uint_2(charset.collation if text else 63),
            uint_4(length),
            bytes([kind_type]),
            uint_2(0 if text else 0x80),  # BINARY_FLAG
            bytes([decimals]),
            b"\0\0",
        )
    )


def prepare_ok(statement_id: int, parameters: int, dialect: Dialect, status: int) -> bytes:
    """COM_STMT_PREPARE_OK of a gateway statement; its columns are told when it is executed.

    https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_stmt_prepare.html
    """
    head = b"\0" + uint_4(statement_id) + uint_2(0) + uint_2(parameters) + b"\0" + uint_2(0)
    out = [packet(1, head)]
    unknown = column_definition("?", Kind.TEXT, dialect, Charset("utf-8", 63))
    out += [packet(2 + index, unknown) for index in range(parameters)]
    if parameters and not dialect.deprecate_eof:
        out.append(packet(2 + parameters, b"\xfe\0\0" + uint_2(status)))
    return b"".join(out)
