"""PostgreSQL by psycopg 3, every session logged in as its own person."""

import json
import re
import threading
from contextvars import ContextVar
from typing import Any, cast

import psycopg
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.errors import denied, lost, mysql_error, unknown_database
from proxy.upstreams.backends.postgresql_session import SETTINGS, PostgresSession
from proxy.upstreams.backends.postgresql_types import USER_TYPES, Types, UserType
from proxy.upstreams.backends.postgresql_wire import Wire
from proxy.upstreams.backends.session_engine import leave_transactions_alone

# PostgreSQL must have asked for the password: where it trusts the gateway's host, that is not said of every client.
CONNECT = {
    "connect_timeout": 10,
    "application_name": "askwire",
    "prepare_threshold": None,
    "require_auth": "scram-sha-256,md5,password",
}
_login: ContextVar[dict[str, str]] = ContextVar("login")


class PostgresBackend:
    """A ``Backend``; one SQLAlchemy engine without a pool, which each session's log-in goes through."""

    dialect = "postgres"
    has_accounts = True
    default_schema = "public"

    def __init__(self, url: sa.URL) -> None:
        self._url = url.set(drivername="postgresql+psycopg", username=None, password=None)
        self._types = Types(psycopg.adapters.types)
        self._types_known = False
        self._types_lock = threading.Lock()
        self._engine = sa.create_engine(
            self._url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            use_native_hstore=False,
            connect_args=CONNECT | dict(self._url.query),
        )
        leave_transactions_alone(self._engine)
        event.listen(self._engine, "do_connect", _with_login)

    @property
    def database_name(self) -> str:
        return self._url.database or self.default_schema

    def connect(self, user: str, password: str) -> PostgresSession:
        """Raises ``UpstreamError``: 1045 for whoever may not log in, 1049, 1040, 1158."""
        # Without a user libpq would take the operating system's, without a password one of a file or the environment.
        if not user or not password or "\0" in user + password:
            raise denied(user, password)
        token = _login.set({"user": user, "password": password})
        try:
            connection = self._engine.connect()
        except (sa.exc.OperationalError, psycopg.Error) as error:
            raise _login_error(str(getattr(error, "orig", error)), user, password) from None
        finally:
            _login.reset(token)
        try:
            wire = Wire(cast("psycopg.Connection[Any]", connection.connection.driver_connection))
            wire.command(SETTINGS)
            return PostgresSession(connection, wire, self)
        except BaseException:
            connection.close()
            raise

    def types(self, wire: Wire, *, again: bool) -> Types:
        """The database's types; read once, and again when some were made."""
        with self._types_lock:
            if again or not self._types_known or self._types.outdated:
                self._types_known = True
                self._types = self._types.renewed(_user_types(wire))
            return self._types

    def close(self) -> None:
        self._engine.dispose()


def _with_login(dialect: object, record: object, arguments: object, parameters: dict[str, object]) -> None:
    parameters.update(_login.get())


def _user_types(wire: Wire) -> list[UserType]:
    found = []
    for oid, element, labels in (row for result in wire.command(USER_TYPES) for row in wire.rows(result)):
        found.append(UserType(int(oid), tuple(json.loads(labels)), int(element)))
    return found


def _login_error(message: str, user: str, password: str) -> UpstreamError:
    """libpq gives no SQLSTATE for a log-in that failed; the message says nothing but host, user and database."""
    if re.search(r'database "[^"]*" does not exist', message):
        name = re.findall(r'database "([^"]*)" does not exist', message)[0]
        return unknown_database(name)
    if "too many" in message or "remaining connection slots" in message:
        return mysql_error(1040, "Too many connections")
    if "authentication method requirement" in message:
        reason = "PostgreSQL did not ask for the password: it trusts this gateway's address"
        return mysql_error(1045, f"{denied(user, password).message}; {reason}")
    if "the database system is" in message:  # starting up, shutting down, in recovery: it looked at no password
        return lost("it takes no log-ins now")
    if "FATAL" in message:
        return denied(user, password)
    return lost("it cannot be reached")
