"""One MySQL session with the gateway. Blocking: every method belongs into a thread."""

import math
import re
import socket
import ssl
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import pymysql
from pymysql import converters
from pymysql.constants import FIELD_TYPE
from pymysql.cursors import SSCursor

from plugins.errors import ErrorCode
from plugins.upstream import UpstreamError

CONNECT_TIMEOUT_S = 15.0
CELL_CHARS = 4_000
LOST = 2013
_CUT = " … (cut)"
_EXACT = 2**53  # a larger whole number is not exact in JavaScript
_INTEGERS = (FIELD_TYPE.TINY, FIELD_TYPE.SHORT, FIELD_TYPE.INT24, FIELD_TYPE.LONG, FIELD_TYPE.LONGLONG, FIELD_TYPE.YEAR)
_REALS = (FIELD_TYPE.FLOAT, FIELD_TYPE.DOUBLE)
# Everything else stays the text that the database sent.
_CONVERT = {**converters.encoders, **dict.fromkeys(_INTEGERS, int), **dict.fromkeys(_REALS, float)}
_UNSEEN = ("Cc", "Cf", "Co", "Cs", "Zl", "Zp")
# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties.txt, where the category does not tell
_IGNORABLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]")

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Login:
    """Where the gateway is and who logs in. ``tls`` None: whatever it offers."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    tls: ssl.SSLContext | None


@dataclass(frozen=True, slots=True)
class Rows:
    """``cut``: why not everything is there; empty when it is."""

    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    cut: str = ""


class Connection:
    """A session. Every method raises ``UpstreamError``; after one that lost the connection, ``lost`` is true."""

    def __init__(self, login: Login, database: str) -> None:
        self.database = database
        self.lost = False
        with self._told():
            self._connection: Any = pymysql.connect(
                host=login.host,
                port=login.port,
                user=login.user,
                password=login.password.encode(),  # else PyMySQL takes it for Latin-1
                database=database or None,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=CONNECT_TIMEOUT_S,
                conv=_CONVERT,
                ssl=login.tls,
            )

    @property
    def number(self) -> int:
        """The session's id, for KILL."""
        return int(self._connection.thread_id())

    def run(
        self, sql: str, values: tuple[str, ...] = (), *, max_rows: int, max_chars: int, cell_chars: int = CELL_CHARS
    ) -> Rows:
        """One statement; ``%s`` in it stands for each of ``values``. ``max_chars`` are of all cells together."""
        with self._told(), self._connection.cursor(SSCursor) as cursor:
            cursor.execute(sql, values or None)
            return _read(cursor, max_rows, max_chars, cell_chars)

    def notes(self) -> tuple[str, ...]:
        """What SHOW WARNINGS says after the statement before; nothing where columns are masked, and it is refused."""
        try:
            with self._told(), self._connection.cursor() as cursor:
                cursor.execute("SHOW WARNINGS")
                return tuple(visible(str(row[2])) for row in cursor.fetchall())
        except UpstreamError as error:
            if error.number != ErrorCode.MASKED.number:
                raise
            return ()

    def kill(self, number: int) -> None:
        """Stop what runs on another session of the same account."""
        with self._told(), self._connection.cursor() as cursor:
            cursor.execute(f"KILL QUERY {int(number)}")

    def usable(self) -> bool:
        """Whether the session is still there."""
        try:
            with self._told():
                self._connection.ping(reconnect=False)
        except UpstreamError:
            return False
        return True

    def close(self) -> None:
        """At once, whatever it does: a thread that waits for it gets an error."""
        with suppress(OSError, AttributeError):
            self._connection._sock.shutdown(socket.SHUT_RDWR)
        self._connection._force_close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        """PyMySQL's errors as ``UpstreamError``."""
        try:
            yield
        except pymysql.MySQLError as error:
            number, message = (*error.args, "", "")[:2]
            if not isinstance(number, int) or not number:
                number, message = LOST, "The connection to the gateway is lost"
            self.lost = self.lost or number in (2006, LOST)
            state = getattr(error, "sqlstate", None) or "HY000"
            # PyMySQL reads the 16 bits with a sign.
            raise UpstreamError(number & 0xFFFF, state, visible(str(message))) from None
        except (OSError, ValueError, RuntimeError, AttributeError) as error:
            self.lost = True
            message = f"The connection to the gateway broke ({type(error).__name__})"
            raise UpstreamError(LOST, "HY000", message) from None


def _read(cursor: Any, max_rows: int, max_chars: int, cell_chars: int) -> Rows:
    if cursor.description is None:
        return Rows()
    rows: list[tuple[Cell, ...]] = []
    size, shortened, cut = 0, False, ""
    while (row := cursor.fetchone()) is not None:
        cells = tuple(_cell(value, cell_chars) for value in row)
        size += sum(len(str(cell)) for cell in cells)
        if len(rows) == max_rows:
            cut = f"only the first {max_rows} rows are here; ask for fewer, or aggregate in SQL"
            break
        if size > max_chars:
            cut = f"only the first {len(rows)} rows are here, because they are long; select fewer columns or rows"
            break
        shortened = shortened or any(isinstance(cell, str) and cell.endswith(_CUT) for cell in cells)
        rows.append(cells)
    if shortened and not cut:
        cut = f"long values are cut after {cell_chars} characters"
    return Rows(tuple(visible(str(column[0])) for column in cursor.description), tuple(rows), cut)


def _cell(value: Any, most: int) -> Cell:
    if isinstance(value, bytes):
        value = "0x" + value[:most].hex()
    if isinstance(value, str):
        return visible(value) if len(value) <= most else visible(value[:most]) + _CUT
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return str(value) if abs(value) > _EXACT else value
    return None if value is None else visible(str(value)[:most])


def visible(text: str) -> str:
    """``text`` with the characters that nobody sees but a model reads spelled out.

    Tags, changes of direction, variation selectors, fillers: any bytes can be hidden in them.
    https://www.unicode.org/charts/PDF/UE0000.pdf, https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{{{ord(c):x}}}" if _hidden(c) else c for c in text)


def _hidden(character: str) -> bool:
    if character in "\t\n\r":
        return False
    # Joiners (U+200C, U+200D) belong to how some languages are written, U+FE0E and U+FE0F to emoji.
    if character in "\u200c\u200d\ufe0e\ufe0f":
        return False
    return _IGNORABLE.match(character) is not None or unicodedata.category(character) in _UNSEEN
