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


@dataclass(slots=True)
class Prepared:
    """One statement: the route its text took, where its placeholders stand, and what the client bound."""

    id: int
    route: Route
    positions: list[int]
    types: list[ParameterType] = field(default_factory=list)
    long_data: dict[int, bytes] = field(default_factory=dict)

    def append_long_data(self, index: int, data: bytes) -> None:
        """COM_STMT_SEND_LONG_DATA; too much of it is noticed when the statement is executed."""
        if index < len(self.positions) and len(self.long_data.get(index, b"")) <= MAX_LONG_DATA:
            self.long_data[index] = self.long_data.get(index, b"") + data

    def text(self, body: bytes, attributes: bool, codec: str) -> str:
        """The statement with a COM_STMT_EXECUTE body's values put in. Raises ``AskwireError``, ``ProtocolError``."""
        values, self.types = execute_parameters(body, len(self.positions), attributes, self.types, self.long_data)
        self.long_data.clear()
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
        self.last = self._statements[self._next] = Prepared(self._next, route, placeholders(route.text))
        self._next += 1
        return self.last

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
