"""Prepared statements that live in the gateway: ``ASK ?`` and the like."""

from dataclasses import dataclass, field

from plugins import AskwireError, ErrorCode
from proxy.routing import Route, placeholders
from proxy.wire.parameters import Parameter, ParameterType, execute_parameters

# An upstream counts its statement ids from 1 and never comes here.
FIRST_ID = 0x40000000
# MariaDB: "the statement prepared last", so that a client need not wait for its id.
LAST_PREPARED = 0xFFFFFFFF
MAX_LONG_DATA = 1 << 20
MAX_STATEMENTS = 1024
# Of one session, all statements together: their texts and what was bound as long data, in bytes.
MAX_HELD = 4 << 20
MAX_PLACEHOLDERS = 1000


@dataclass(slots=True)
class Prepared:
    """One statement: the route its text took, where its placeholders stand, and what the client bound."""

    id: int
    route: Route
    positions: list[int]
    types: list[ParameterType] = field(default_factory=list)
    long_data: dict[int, bytearray] = field(default_factory=dict)
    held: int = 0  # bytes of long_data
    refused: bool = False  # there was more than the session may hold

    def reset(self) -> None:
        """COM_STMT_RESET: forget the long data."""
        self.long_data.clear()
        self.held, self.refused = 0, False

    def text(self, body: bytes, attributes: bool, codec: str) -> str:
        """The statement with a COM_STMT_EXECUTE body's values put in. Raises ``AskwireError``, ``ProtocolError``."""
        if self.refused:
            self.reset()
            raise AskwireError(ErrorCode.BAD_PARAMETER, "The bound values are too long")
        sent = {index: bytes(data) for index, data in self.long_data.items()}
        self.reset()
        values, self.types = execute_parameters(body, len(self.positions), attributes, self.types, sent)
        text, parts, before = self.route.text, [], 0
        for position, value in zip(self.positions, values, strict=True):
            parts += [text[before:position], literal(value, codec)]
            before = position + 1
        return "".join(parts) + text[before:]


class PreparedStatements:
    """Those of one session."""

    def __init__(self) -> None:
        self._statements: dict[int, Prepared] = {}
        self._next = FIRST_ID
        self.last: Prepared | None = None  # None: the statement prepared last is the upstream's

    def __bool__(self) -> bool:
        return bool(self._statements)

    def add(self, route: Route) -> Prepared:
        """Raises ``AskwireError`` when the session holds too many."""
        if len(self._statements) >= MAX_STATEMENTS:
            raise AskwireError(ErrorCode.BAD_PARAMETER, "This session holds too many prepared AI statements")
        if self._held() + len(route.text) > MAX_HELD:
            raise AskwireError(ErrorCode.BAD_PARAMETER, "This session's prepared AI statements are too long")
        positions = placeholders(route.text)
        if len(positions) > MAX_PLACEHOLDERS:
            raise AskwireError(ErrorCode.BAD_PARAMETER, "The statement has too many placeholders")
        self.last = self._statements[self._next] = Prepared(self._next, route, positions)
        self._next += 1
        return self.last

    def append_long_data(self, prepared: Prepared, index: int, data: bytes) -> None:
        """COM_STMT_SEND_LONG_DATA, which has no reply: too much of it is said when the statement is executed."""
        if index >= len(prepared.positions):
            return
        if prepared.held + len(data) > MAX_LONG_DATA or self._held() + len(data) > MAX_HELD:
            prepared.refused = True
            return
        prepared.long_data.setdefault(index, bytearray()).extend(data)
        prepared.held += len(data)

    def _held(self) -> int:
        return sum(len(p.route.text) + p.held for p in self._statements.values())

    def get(self, statement: int) -> Prepared | None:
        return self.last if statement == LAST_PREPARED else self._statements.get(statement)

    def close(self, statement: int) -> None:
        self._statements.pop(statement, None)

    def clear(self) -> None:
        self._statements.clear()
        self.last = None


def literal(value: Parameter, codec: str) -> str:
    """A bound value as SQL text. Raises ``AskwireError``."""
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return repr(value)
    text = value.decode(codec, "replace") if isinstance(value, bytes) else value
    if len(text) > MAX_LONG_DATA:
        raise AskwireError(ErrorCode.BAD_PARAMETER, "A bound value is too long")
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
