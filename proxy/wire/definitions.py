"""Column definition packets in full, for those who change what a column shows.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_com_query_response_text_resultset_column_definition.html
"""

from dataclasses import dataclass
from functools import cache

from mysql_mimic.charset import Collation

from proxy.wire.charsets import BINARY, charset
from proxy.wire.columns import ColumnFlag
from proxy.wire.errors import ProtocolError
from proxy.wire.reply import Dialect, length_encoded_bytes

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


def parse_definition(payload: bytes, dialect: Dialect, results: str) -> Definition:
    """``results``: the codec of the session's results. Raises ``ProtocolError``."""
    parts, at = [], 0
    for _ in range(6):  # catalog, schema, table alias, table, column alias, column
        part, at = length_encoded_bytes(payload, at)
        parts.append(_decoded(part or b"", results))
    extended: bytes | None = b""
    if dialect.extended_metadata:
        extended, at = length_encoded_bytes(payload, at)
    at += 1
    if at + 10 > len(payload):
        raise ProtocolError(1835, "HY000", "Malformed communication packet from the upstream")
    kind = payload[at + 6]
    return Definition(
        payload=payload,
        at=at,
        name=parts[4],
        schema=parts[1],
        table=parts[3],
        column=parts[5],
        type=kind,
        flags=int.from_bytes(payload[at + 7 : at + 9], "little"),
        decimals=payload[at + 9],
        codec=None if kind in _NUMBERS_AND_DATES else codec_of(int.from_bytes(payload[at : at + 2], "little")),
        extended=bool(extended),
    )


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
