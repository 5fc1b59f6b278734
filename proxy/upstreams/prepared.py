"""Prepared statements of the gateway's own server: the values go into the text, which is translated as any other.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_command_phase_ps.html
"""

import math
from dataclasses import dataclass, field

from mysql_mimic.types import ColumnType

from plugins import UpstreamError
from proxy.routing import MAX_PLACEHOLDERS, placeholders
from proxy.wire.commands import Com
from proxy.wire.parameters import Parameter, ParameterType, execute_parameters

MAX_STATEMENTS = 16382  # MySQL's max_prepared_stmt_count
# Of one session, all statements together.
MAX_LONG_DATA = 64 << 20  # bytes
MAX_TEXT = 64 << 20  # characters
_BLOBS = range(ColumnType.TINY_BLOB, ColumnType.BLOB + 1)


@dataclass(slots=True)
class Prepared:
    """One statement and what the client bound to it."""

    id: int
    text: str
    positions: list[int]
    types: list[ParameterType] = field(default_factory=list)
    long_data: dict[int, bytearray] = field(default_factory=dict)
    refused: bool = False  # there was more long data than the session may hold

    @property
    def parameters(self) -> int:
        return len(self.positions)

    def reset(self) -> None:
        """COM_STMT_RESET."""
        self.long_data.clear()
        self.refused = False

    def bound(self, body: bytes, attributes: bool, codec: str) -> str:
        """The text with the values of a COM_STMT_EXECUTE body in it.

        Raises ``ProtocolError``, and ``UpstreamError`` (1153) when the long data was too long.
        """
        if self.refused:
            self.reset()
            raise too_long()
        sent = {index: bytes(data) for index, data in self.long_data.items()}
        self.reset()
        values, self.types = execute_parameters(body, self.parameters, attributes, self.types, sent)
        parts, before = [], 0
        for at, position in enumerate(self.positions):
            blob = self.types[at].type in _BLOBS
            parts += [self.text[before:position], literal(values[at], codec, blob=blob)]
            before = position + 1
        return "".join(parts) + self.text[before:]


class PreparedStatements:
    """Those of one session."""

    def __init__(self) -> None:
        self._statements: dict[int, Prepared] = {}
        self._next = 1

    def add(self, text: str) -> Prepared:
        """Raises ``UpstreamError`` (1390, 1461)."""
        held = sum(len(each.text) for each in self._statements.values())
        if len(self._statements) >= MAX_STATEMENTS or held + len(text) > MAX_TEXT:
            raise UpstreamError(1461, "42000", "Can't create more than max_prepared_stmt_count statements")
        positions = placeholders(text)
        if len(positions) > MAX_PLACEHOLDERS:
            raise UpstreamError(1390, "HY000", "Prepared statement contains too many placeholders")
        prepared = self._statements[self._next] = Prepared(self._next, text, positions)
        self._next += 1
        return prepared

    def named_in(self, body: bytes, command: str) -> Prepared:
        """The one whose number a command begins with. Raises ``UpstreamError`` (1243)."""
        number = int.from_bytes(body[:4], "little")
        if number not in self._statements:
            raise UpstreamError(1243, "HY000", f"Unknown prepared statement handler ({number}) given to {command}")
        return self._statements[number]

    def clear(self) -> None:
        self._statements.clear()

    def silent(self, code: int, body: bytes) -> None:
        """COM_STMT_CLOSE and COM_STMT_SEND_LONG_DATA, which have no reply."""
        number = int.from_bytes(body[:4], "little")
        if code == Com.STMT_CLOSE:
            self._statements.pop(number, None)
        elif prepared := self._statements.get(number):
            self._append(prepared, int.from_bytes(body[4:6], "little"), body[6:])

    def _append(self, prepared: Prepared, index: int, data: bytes) -> None:
        if index >= prepared.parameters:
            return
        held = sum(len(sent) for each in self._statements.values() for sent in each.long_data.values())
        if held + len(data) > MAX_LONG_DATA:
            prepared.refused = True
        else:
            prepared.long_data.setdefault(index, bytearray()).extend(data)


def too_long() -> UpstreamError:
    """What a server says of a packet that is too large."""
    return UpstreamError(1153, "08S01", "Got a packet bigger than 'max_allowed_packet' bytes")


def literal(value: Parameter, codec: str, *, blob: bool) -> str:
    """A bound value as MySQL SQL."""
    if value is None:
        return "NULL"
    if isinstance(value, float) and not math.isfinite(value):
        return "NULL"  # MySQL has no such number, and their names would be read as columns'
    if isinstance(value, int | float):
        return f" {value!r}"  # behind a minus, a negative number would begin a comment
    if isinstance(value, bytes):
        try:
            text = value.decode(codec)
        except UnicodeDecodeError:
            return f"x'{value.hex()}'"
        if blob and ("\\" in text or "\0" in text):  # a text that a database could read as an escaped one
            return f"x'{value.hex()}'"
        value = text
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
