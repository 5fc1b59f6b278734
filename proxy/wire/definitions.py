"""Column definition packets: what rows are read by, and in full, for those who change what a column shows.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
"""

from dataclasses import dataclass
from functools import cache

from mysql_mimic.charset import Collation

from proxy.wire.capabilities import Dialect
from proxy.wire.charsets import BINARY, charset
from proxy.wire.columns import ColumnFlag
from proxy.wire.packets import length_encoded_bytes, malformed

_NUMBERS_AND_DATES = frozenset(
    {0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x10, 0xF6}
)


@dataclass(frozen=True, slots=True)
class Definition:
    """``at``: where its fixed part begins in ``payload``. Names are decoded as UTF-8 or else in ``results``."""

    payload: bytes
    at: int
    name: str
    schema: str
    table: str
    column: str
    type: int
    flags: int
    decimals: int
    codec: str | None
    extended: bool

    @property
    def unsigned(self) -> bool:
        return bool(self.flags & ColumnFlag.UNSIGNED)

    def changed(self) -> bytes:
        """Its payload where cells may be NULL, or longer than the column's own."""
        out = bytearray(self.payload)
        length = int.from_bytes(out[self.at + 2 : self.at + 6], "little")
        out[self.at + 2 : self.at + 6] = max(length, 1024).to_bytes(4, "little")
        flags = self.flags & ~ColumnFlag.NOT_NULL
        out[self.at + 7 : self.at + 9] = flags.to_bytes(2, "little")
        return bytes(out)


@dataclass(frozen=True, slots=True)
class Column:
    """What a text row is read by; names are in the session's result character set."""

    schema: bytes
    table: bytes  # the original table's name
    name: bytes
    character_set: int
    type: int


def parse_column(payload: bytes, dialect: Dialect) -> Column:
    """Raises ``ProtocolError``."""
    (_, schema, _, table, name, _), _, at = _parts(payload, dialect)
    return Column(schema, table, name, int.from_bytes(payload[at : at + 2], "little"), payload[at + 6])


def parse_definition(payload: bytes, dialect: Dialect, results: str) -> Definition:
    """``results``: the codec of the session's results. Raises ``ProtocolError``."""
    parts, extended, at = _parts(payload, dialect)
    _, schema, _, table, name, column = (_decoded(part, results) for part in parts)
    kind = payload[at + 6]
    return Definition(
        payload=payload,
        at=at,
        name=name,
        schema=schema,
        table=table,
        column=column,
        type=kind,
        flags=int.from_bytes(payload[at + 7 : at + 9], "little"),
        decimals=payload[at + 9],
        codec=None if kind in _NUMBERS_AND_DATES else codec_of(int.from_bytes(payload[at : at + 2], "little")),
        extended=bool(extended),
    )


def _parts(payload: bytes, dialect: Dialect) -> tuple[list[bytes], bytes | None, int]:
    """Catalog, schema, table alias, table, column alias, column; MariaDB's extended metadata; where the rest begins."""
    parts, at = list[bytes](), 0
    for _ in range(6):
        part, at = length_encoded_bytes(payload, at)
        parts.append(part or b"")
    extended: bytes | None = b""
    if dialect.extended_metadata:
        extended, at = length_encoded_bytes(payload, at)
    at += 1  # the length of the rest
    if at + 10 > len(payload):
        raise malformed()
    return parts, extended, at


@cache
def codec_of(collation: int) -> str | None:
    """Python's name of a collation's character set; None: bytes."""
    if collation == BINARY:
        return None
    try:
        return charset(Collation(collation).charset.name).codec
    except ValueError:
        return "utf-8"


def _decoded(name: bytes, results: str) -> str:
    try:
        return name.decode("utf-8")
    except UnicodeDecodeError:
        return name.decode(results, "replace")
