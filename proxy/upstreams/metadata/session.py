"""What the metadata knows of the session that asks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from proxy.upstreams.metadata.variables import Variables


@dataclass(frozen=True, slots=True)
class Process:
    """A row of SHOW PROCESSLIST. ``seconds``: since its state changed."""

    id: int
    user: str
    host: str
    database: str | None = None
    command: str = "Sleep"
    seconds: int = 0
    state: str = ""
    statement: str | None = None


@dataclass(frozen=True, slots=True)
class Warning:
    """A row of SHOW WARNINGS; ``level``: Note, Warning or Error."""

    level: str
    code: int
    message: str


@dataclass(slots=True)
class SessionView:
    """One client's session, kept up to date by its owner.

    ``host`` is the client's address; ``account_host`` the host part of the account, as CURRENT_USER() says it;
    ``processes`` gives the sessions that this one may see, ``status`` the server's counters.
    """

    user: str
    host: str = "localhost"
    account_host: str = "%"
    database: str | None = None
    connection_id: int = 0
    last_insert_id: int = 0
    row_count: int = -1
    found_rows: int = 0
    variables: Variables = field(default_factory=Variables)
    warnings: Sequence[Warning] = ()
    processes: Callable[[], Sequence[Process]] = tuple
    status: Callable[[], Mapping[str, str | int]] = dict

    @property
    def account(self) -> str:
        """CURRENT_USER()."""
        return f"{self.user}@{self.account_host}"

    @property
    def quoted_account(self) -> str:
        """As error messages and grants say it."""
        return f"'{self.user}'@'{self.account_host}'"
