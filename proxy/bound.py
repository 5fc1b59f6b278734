"""What COM_STMT_EXECUTE of the upstream's own prepared statements refers to: texts, and the types of the values."""

from dataclasses import dataclass
from struct import Struct

from proxy.prepared import LAST_PREPARED
from proxy.wire.commands import Com

UINT32 = Struct("<I").unpack_from
# Of one session: statements, and the bytes of their texts.
MAX_PREPARED = 1024
MAX_PREPARED_BYTES = 1 << 20
# A COM_STMT_EXECUTE is kept for the types in it up to so many bytes.
MAX_TYPED = 1 << 13


@dataclass(slots=True)
class PreparedText:
    """One that the client has prepared."""

    command: bytes  # its COM_STMT_PREPARE
    parameters: int
    typed: bytes | None = None  # the last COM_STMT_EXECUTE that told the types of its values, if it is short
    types_at: int = 0  # where a COM_STMT_EXECUTE says whether it tells the types; 0: it has no values
    long_data: bool = False  # part of the next values was sent beforehand, and is not kept


class PreparedTexts:
    """Those of one session."""

    def __init__(self) -> None:
        self._known: dict[int, PreparedText] = {}
        self._bytes = 0
        self._last = 0

    def prepared(self, command: bytes, reply: bytes, attributes: bool) -> PreparedText | None:
        """The reply to a COM_STMT_PREPARE begins so."""
        if reply[4:5] != b"\0" or len(reply) < 13:
            return None
        statement = self._last = int.from_bytes(reply[5:9], "little")
        self.unanswered(Com.STMT_CLOSE, statement)
        made = PreparedText(command, int.from_bytes(reply[11:13], "little"))
        if made.parameters:
            made.types_at = 14 + attributes + (made.parameters + 7) // 8
        if len(self._known) < MAX_PREPARED and self._bytes + len(command) <= MAX_PREPARED_BYTES:
            self._known[statement] = made
            self._bytes += len(command)
        return made

    def executed(self, command: bytes) -> PreparedText | None:
        """What a COM_STMT_EXECUTE refers to; the types of its values are kept if it tells them."""
        statement = UINT32(command, 5)[0] if len(command) >= 9 else 0
        known = self._known.get(self._last if statement == LAST_PREPARED else statement)
        if known is not None and known.types_at and command[known.types_at : known.types_at + 1] == b"\1":
            known.typed = command if len(command) <= MAX_TYPED else None
        return known

    def unanswered(self, code: int, statement: int) -> None:
        """A command that has no reply."""
        if code == Com.STMT_CLOSE:
            closed = self._known.pop(statement, None)
            self._bytes -= len(closed.command) if closed else 0
        elif code == Com.STMT_SEND_LONG_DATA and (known := self._known.get(statement)):
            known.long_data = True

    def lose_last(self) -> None:
        """What is prepared from now on is not seen."""
        self._last = 0

    def clear(self) -> None:
        """The upstream has forgotten them."""
        self._known.clear()
        self._bytes = self._last = 0
