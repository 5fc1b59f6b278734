"""A MySQL connection to the gateway's own listener, blocking: every method belongs into a thread."""

import json
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from conf.settings import Settings
from plugins import ErrorCode, UpstreamError

BATCH_ROWS = 500
BATCH_CHARS = 262_144
CELL_CHARS = 65_536
CONNECT_TIMEOUT_S = 15.0
NO_METHOD = 1251  # ER_NOT_SUPPORTED_AUTH_MODE
LOST = 2013
_EXACT = 2**53  # a larger whole number is not exact in JavaScript
_INTEGERS = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.YEAR)
_REALS = (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)
# Everything else stays the text that the database sent: exact, and dates that Python does not know included.
_CONVERT = {**converters.encoders, **dict.fromkeys(_INTEGERS, int), **dict.fromkeys(_REALS, float)}
_KINDS = {
    **dict.fromkeys(_INTEGERS, "integer"),
    **dict.fromkeys(_REALS, "real"),
    FIELD_TYPE.DECIMAL: "decimal",
    FIELD_TYPE.NEWDECIMAL: "decimal",
    FIELD_TYPE.DATE: "date",
    FIELD_TYPE.NEWDATE: "date",
    FIELD_TYPE.TIME: "time",
    FIELD_TYPE.DATETIME: "datetime",
    FIELD_TYPE.TIMESTAMP: "datetime",
    FIELD_TYPE.JSON: "json",
}


@dataclass(frozen=True, slots=True)
class Credentials:
    """Never logged; kept in memory as long as the log-in that they belong to."""

    user: str
    password: str = field(repr=False)
    database: str


@dataclass(frozen=True, slots=True)
class Listener:
    """Where the gateway listens, and the one certificate that it has there (None: it offers no TLS)."""

    host: str
    port: int
    tls: ssl.SSLContext | None

    def connect(self, credentials: Credentials) -> "pymysql.Connection[Any]":
        """Raises ``UpstreamError``."""
        with told(), _methods():
            return pymysql.connect(
                host=self.host,
                port=self.port,
                user=credentials.user,
                password=credentials.password.encode(),  # else PyMySQL takes it for Latin-1
                database=credentials.database or None,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                conv=_CONVERT,
                ssl=self.tls,
                ssl_disabled=self.tls is None,
            )

    def kill(self, credentials: Credentials, number: int, *, connection: bool) -> None:
        """KILL with these rights, over a connection of its own. Raises ``UpstreamError``."""
        with closing(self.connect(credentials)) as own, told(), own.cursor() as cursor:
            cursor.execute(f"KILL {'CONNECTION' if connection else 'QUERY'} {int(number)}")


def listener_of(settings: Settings, address: tuple[str, int]) -> Listener:
    """The way to the gateway that listens at ``address``."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(address[0], address[0])  # noqa: S104 (nothing is bound to it)
    if settings.tls.client == "off":
        return Listener(host, address[1], None)
    certificate = Path(settings.tls.certificate or settings.data_path / "certificate.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False  # this very certificate is asked for, whatever names it holds
    context.load_verify_locations(certificate)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return Listener(host, address[1], context)


class Statement:
    """One statement under way. ``start``, then ``batch`` until it gives None, then ``notes``."""

    def __init__(self, connection: "pymysql.Connection[Any]", sql: str) -> None:
        self._connection = connection
        self._sql = sql
        self._cursor: SSCursor | None = None
        self.rows = 0

    def start(self) -> str | None:
        """The columns, as JSON; None when the statement has no rows. Raises ``UpstreamError``."""
        with told():
            self._cursor = self._connection.cursor(SSCursor)
            self._cursor.execute(self._sql)
            if self._cursor.description is None:
                return None
            columns = [{"name": str(c[0]), "kind": _KINDS.get(c[1], "text")} for c in self._cursor.description]
            return json.dumps(columns)

    def batch(self) -> str | None:
        """Some rows, as JSON; None after the last. Raises ``UpstreamError``."""
        assert self._cursor is not None
        rows: list[list[Any]] = []
        size = 0
        with told():
            while len(rows) < BATCH_ROWS and size < BATCH_CHARS and (row := self._cursor.fetchone()) is not None:
                rows.append([_cell(value) for value in row])
                size += sum(len(cell) if isinstance(cell, str) else 8 for cell in rows[-1])
        self.rows += len(rows)
        return json.dumps(rows, ensure_ascii=False) if rows else None

    def all_rows(self, most: int = 10_000) -> list[tuple[Any, ...]]:
        """Every row, for statements that have few. Raises ``UpstreamError``."""
        assert self._cursor is not None
        with told():
            rows = list(self._cursor.fetchmany(most))
            self._cursor.close()
        return rows

    def notes(self) -> list[dict[str, Any]]:
        """What SHOW WARNINGS says after it; nothing where columns are masked, and it is refused. ``UpstreamError``."""
        self.close()
        try:
            with told(), self._connection.cursor() as cursor:
                cursor.execute("SHOW WARNINGS")
                return [{"level": row[0], "code": row[1], "message": row[2]} for row in cursor.fetchall()]
        except UpstreamError as error:
            if error.number != ErrorCode.MASKED.number:
                raise
            return []

    def close(self) -> None:
        """Read what is left. Raises ``UpstreamError``."""
        if self._cursor is not None:
            with told():
                self._cursor.close()


@contextmanager
def _methods() -> Iterator[None]:
    """PyMySQL lacks ed25519 without another package; MariaDB asks for it for names that it does not know, too."""
    try:
        yield
    except RuntimeError as error:
        if "package is required" not in str(error):
            raise
        message = "Access denied, or the account's authentication method is none that can log in here"
        raise UpstreamError(NO_METHOD, "08004", message) from None


@contextmanager
def told() -> Iterator[None]:
    """PyMySQL's errors as ``UpstreamError``."""
    try:
        yield
    except pymysql.MySQLError as error:
        number, message = (*error.args, "", "")[:2]
        if not isinstance(number, int) or not number:
            number, message = LOST, "The connection to the gateway is lost"
        # PyMySQL reads the 16 bits with a sign.
        raise UpstreamError(number & 0xFFFF, "HY000", str(message)) from None
    except (OSError, ValueError, RuntimeError, AttributeError) as error:  # a connection that was closed meanwhile
        raise UpstreamError(LOST, "HY000", f"The connection to the gateway broke ({type(error).__name__})") from None


def _cell(value: Any) -> Any:
    if isinstance(value, bytes):
        value = "0x" + value[: CELL_CHARS // 2].hex()
    if isinstance(value, str):
        return value if len(value) <= CELL_CHARS else value[:CELL_CHARS] + "…"
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    return value
