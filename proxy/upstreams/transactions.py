"""MySQL's transactions over a database that has its own: autocommit, implicit commits, characteristics, savepoints."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from plugins import UpstreamError
from proxy.upstreams.types import Connection
from proxy.wire.ends import AUTOCOMMIT, IN_READ_ONLY_TRANSACTION, IN_TRANSACTION

_FLAGS = re.I | re.A
_START = re.compile(
    r"(?:BEGIN(?:\s+WORK)?|START\s+TRANSACTION"
    r"(?P<how>(?:\s*+,?+\s*+(?:WITH\s++CONSISTENT\s++SNAPSHOT|READ\s++ONLY|READ\s++WRITE))*+))\Z",
    _FLAGS,
)
_END = re.compile(
    r"(?P<verb>COMMIT|ROLLBACK)(?:\s+WORK)?(?P<chain>\s+AND(?P<no>\s+NO)?\s+CHAIN)?(?P<release>\s+(?:NO\s+)?RELEASE)?\Z",
    _FLAGS,
)
_NAME = r"(?P<name>`[^`]+`|\w+)\Z"
_SAVEPOINT = re.compile(rf"SAVEPOINT\s+{_NAME}", _FLAGS)
_ROLLBACK_TO = re.compile(rf"ROLLBACK(?:\s+WORK)?\s+TO(?:\s+SAVEPOINT)?\s+{_NAME}", _FLAGS)
_RELEASE = re.compile(rf"RELEASE\s+SAVEPOINT\s+{_NAME}", _FLAGS)


class Transactions:
    """Of one session. Methods raise ``UpstreamError``."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.autocommit = True
        self._read_only = False  # SET SESSION TRANSACTION READ ONLY
        self._next_read_only: bool | None = None  # SET TRANSACTION, for one transaction
        self._open_read_only = False
        self._savepoints: list[str] = []
        self._may_begin = False  # a statement runs that has reached no table yet
        self._single = False  # the open transaction is that of one statement

    @property
    def status(self) -> int:
        """SERVER_STATUS_* flags."""
        status = AUTOCOMMIT if self.autocommit else 0
        if self._connection.in_transaction:
            status |= IN_TRANSACTION | (IN_READ_ONLY_TRANSACTION if self._open_read_only else 0)
        return status

    @property
    def read_only(self) -> bool:
        """What @@transaction_read_only says."""
        return self._read_only

    def take(self, text: str) -> bool:
        """Carry out a transaction statement. Returns whether ``text`` (trimmed, no comments) is one."""
        text = text.strip()
        if match := _START.match(text):
            how = (match["how"] or "").upper()
            self.begin(read_only=True if "ONLY" in how else False if "WRITE" in how else None)
        elif match := _END.match(text):
            self._end(match["verb"].upper() == "COMMIT", chain=bool(match["chain"] and not match["no"]))
        else:
            return self._savepoint(text)
        return True

    def _savepoint(self, text: str) -> bool:
        uses: list[tuple[re.Pattern[str], Callable[[str], None]]] = [
            (_SAVEPOINT, self._save),
            (_ROLLBACK_TO, self._rollback_to),
            (_RELEASE, self._release),
        ]
        for pattern, use in uses:
            if match := pattern.match(text):
                use(match["name"].strip("`").lower())
                return True
        return False

    def begin(self, *, read_only: bool | None = None) -> None:
        """START TRANSACTION: commits what was open."""
        self.commit()
        self._begin(read_only)

    def _begin(self, read_only: bool | None = None) -> None:
        once, self._next_read_only = self._next_read_only, None
        chosen = read_only if read_only is not None else once if once is not None else self._read_only
        self._connection.begin(read_only=chosen)
        self._open_read_only = chosen

    def commit(self) -> None:
        self._savepoints.clear()
        self._connection.commit()

    def rollback(self) -> None:
        self._savepoints.clear()
        self._connection.rollback()

    def _end(self, commit: bool, *, chain: bool) -> None:
        read_only = self._open_read_only
        if commit:
            self.commit()
        else:
            self.rollback()
        if chain:
            self._begin(read_only)

    def reset(self) -> None:
        """As after the log-in."""
        self.rollback()
        self.autocommit, self._next_read_only = True, None
        self.set_read_only(False)

    def set_autocommit(self, on: bool) -> None:
        if on and not self.autocommit:
            self.commit()
        self.autocommit = on

    def set_read_only(self, read_only: bool) -> None:
        """SET SESSION TRANSACTION READ ONLY or READ WRITE; what is open stays as it is."""
        self._connection.set_read_only(read_only)
        self._read_only = read_only

    def set_next_read_only(self, read_only: bool) -> None:
        """SET TRANSACTION READ ONLY or READ WRITE: for the next transaction. Raises 1568 inside one."""
        if self._connection.in_transaction:
            raise UpstreamError(
                1568, "25001", "Transaction characteristics can't be changed while a transaction is in progress"
            )
        self._next_read_only = read_only

    @contextmanager
    def statement(self, *, schema: bool) -> Iterator[None]:
        """Around a statement of the client's. ``schema``: one that commits implicitly before, such as DDL."""
        if schema:
            self.commit()
        self._may_begin, self._single = not schema, False
        try:
            yield
        except BaseException:
            if self._single:
                self.rollback()
            raise
        finally:
            self._may_begin = False
        if self._single:
            self.commit()

    def reach(self) -> None:
        """The statement reaches a table now: without autocommit a transaction begins, unless one is open.

        Not before, as on MySQL's servers: what asks the session only begins none.
        """
        once = self._next_read_only is not None and self.autocommit  # SET TRANSACTION counts for this one statement
        if self._may_begin and not self._connection.in_transaction and (once or not self.autocommit):
            self._begin()
            self._single = once

    def _save(self, name: str) -> None:
        if not self._connection.in_transaction:
            if self.autocommit:
                return
            self._begin()
        if name in self._savepoints:
            self._release(name)
        self._connection.savepoint(_own(name))
        self._savepoints.append(name)

    def _rollback_to(self, name: str) -> None:
        at = self._known(name)
        self._connection.rollback_to(_own(name))
        del self._savepoints[at + 1 :]

    def _release(self, name: str) -> None:
        at = self._known(name)
        self._connection.release(_own(name))
        del self._savepoints[at:]

    def _known(self, name: str) -> int:
        if name not in self._savepoints:
            raise UpstreamError(1305, "42000", f"SAVEPOINT {name} does not exist")
        return self._savepoints.index(name)


def _own(name: str) -> str:
    return f"s_{name}"
