"""Asks a gateway as a person would: over a real client connection, one for each database."""

import re
import ssl
import time
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql.constants import FIELD_TYPE

from plugins.literals import quote_literal, quote_name

Row = tuple[Any, ...]
# Beyond every deadline of the gateway: only a gateway that hangs runs into it.
READ_TIMEOUT_S = 900
CONNECT_TIMEOUT_S = 10
_FIRST_TOKEN = re.compile(r"first token ([\d.]+) s")
# A moment of the day arrives as text, as a gold result spells it.
_CONVERSIONS = {k: v for k, v in pymysql.converters.conversions.items() if k != FIELD_TYPE.TIME}


class Unreachable(Exception):
    """No connection to the gateway, or one that cannot be prepared; the message says why."""


class Failed(Exception):
    """The gateway or the database answered with an error."""

    def __init__(self, error: pymysql.err.MySQLError) -> None:
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        # PyMySQL reads an error's number as signed: 57006 arrives as -8530.
        self.number = number & 0xFFFF
        self.message = str(error.args[1]) if len(error.args) > 1 else str(error)
        super().__init__(self.message)


@dataclass(frozen=True, slots=True)
class Login:
    """How to reach the gateway. ``init`` runs first on every connection."""

    host: str
    port: int
    user: str
    password: str = ""
    tls_ca: str | None = None
    init: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """Rows and what SHOW WARNINGS says of them."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    seconds: float
    sql: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A row of ASK TRACE."""

    name: str
    seconds: float
    detail: str


@dataclass(frozen=True, slots=True)
class Traced:
    """What ASK TRACE says. ``own_s``: the gateway's own share, everything outside the model."""

    steps: tuple[Step, ...] = ()
    first_token_s: float | None = None
    own_s: float | None = None


@dataclass(slots=True)
class Asker:
    """Connections that last for the whole run; one that broke is opened anew."""

    login: Login
    model: str | None = None
    _connections: dict[str, Any] = field(default_factory=dict)

    def ask(self, database: str, question: str) -> Reply:
        """Raises Failed, Unreachable."""
        started = time.monotonic()
        columns, rows = self.run(database, f"ASK {quote_literal(question)}{self._using()}")
        seconds = time.monotonic() - started
        said = tuple(str(row[2]) for row in self.run(database, "SHOW WARNINGS")[1])
        sql = next((text.removeprefix("SQL: ") for text in said if text.startswith("SQL: ")), "")
        return Reply(columns, rows, seconds, sql, tuple(text for text in said if not text.startswith("SQL: ")))

    def trace(self, database: str, question: str) -> Traced:
        """What every step took, when the question is asked once more. Raises Failed, Unreachable."""
        self.run(database, "SET ASK language = 'en'")  # in which the first token's time is looked for
        rows = self.run(database, f"ASK TRACE {quote_literal(question)}{self._using()}")[1]
        steps = tuple(Step(str(name), float(seconds), str(detail)) for name, seconds, detail in rows)
        models = [step for step in steps if step.name.startswith("model")]
        first = next((_FIRST_TOKEN.search(step.detail) for step in models), None)
        total = next((step.seconds for step in steps if step.name == "total"), None)
        own = None if total is None else max(0.0, total - sum(step.seconds for step in models))
        return Traced(steps, float(first[1]) if first else None, own)

    def status(self) -> dict[str, str]:
        """SHOW AI STATUS. Raises Failed, Unreachable."""
        return {str(name): str(value) for name, value in self.run("", "SHOW AI STATUS")[1]}

    def run(self, database: str, sql: str) -> tuple[tuple[str, ...], tuple[Row, ...]]:
        """Column names and rows of any statement. Raises Failed, Unreachable."""
        connection = self._connection(database)
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return tuple(d[0] for d in cursor.description or ()), tuple(cursor.fetchall())
        except pymysql.err.MySQLError as error:
            raise Failed(error) from error

    def close(self) -> None:
        for connection in self._connections.values():
            if connection.open:
                connection.close()
        self._connections.clear()

    def _using(self) -> str:
        return f" USING {quote_name(self.model)}" if self.model else ""

    def _connection(self, database: str) -> Any:
        there = self._connections.get(database)
        if there is None or not there.open:
            self._connections[database] = self._connect(database)
        return self._connections[database]

    def _connect(self, database: str) -> Any:
        login = self.login
        try:
            return pymysql.connect(
                host=login.host,
                port=login.port,
                user=login.user,
                password=login.password,
                database=database or None,
                autocommit=True,
                conv=_CONVERSIONS,
                charset="utf8mb4",
                connect_timeout=CONNECT_TIMEOUT_S,
                read_timeout=READ_TIMEOUT_S,
                ssl=ssl.create_default_context(cafile=login.tls_ca) if login.tls_ca else None,
                init_command=login.init,
            )
        except (pymysql.err.MySQLError, OSError) as error:
            raise Unreachable(f"{login.host}:{login.port}, database {database!r}: {error}") from error
