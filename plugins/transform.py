"""What a plugin does to the results of a session that it changes: ``askwire_result_transform`` returns one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from plugins.upstream import ResultSet


class WireColumn(Protocol):
    """A column of a result set, as its definition packet describes it; names as the server sends them."""

    @property
    def name(self) -> str:
        """What the statement calls it."""

    @property
    def schema(self) -> str: ...

    @property
    def table(self) -> str:
        """The original table; empty for an expression."""

    @property
    def column(self) -> str:
        """The original column; empty for an expression."""

    @property
    def type(self) -> int:
        """The protocol's column type, e.g. 0xFD VAR_STRING."""

    @property
    def flags(self) -> int: ...

    @property
    def codec(self) -> str | None:
        """Python's name of its character set; None for bytes, numbers and dates."""

    @property
    def decimals(self) -> int: ...

    @property
    def extended(self) -> bool:
        """MariaDB says that the text is of a special type or format, such as ``json`` or ``uuid``."""


# A cell as MySQL sends it as text (``b"42"``, ``b"2026-01-31"``; None is NULL) -> the cell that the client gets,
# still of the column's type. Also called for prepared statements, whose cells are turned into text first.
CellMask = Callable[[bytes | None], bytes | None]


class ResultPlan(Protocol):
    """What becomes of one result set."""

    def masks(self, columns: Sequence[WireColumn]) -> Sequence[CellMask | None]:
        """One for each column; None leaves it. Raises ``AskwireError``: the client gets that instead of the rows."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A command's text may go up. ``plans``: one for each statement in it, in order; None leaves a result as it is.

    ``message``: takes the place of the text of the database's errors, by number, except where it returns None.
    ``settles``: the session's database, character set or SQL mode may be another afterwards.
    """

    plans: tuple[ResultPlan | None, ...]
    message: Callable[[int], str | None] | None = None
    settles: bool = False


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """What a statement's meaning depends on."""

    database: str | None
    modes: frozenset[str]  # @@sql_mode
    charset: str  # character_set_client
    codec: str  # Python's name of it
    kind: str  # as Session.database_kind
    epoch: int  # as Session.schema_epoch
    query: Callable[[str], Awaitable[ResultSet]]  # a reading query over the session, unchanged; raises UpstreamError


class ResultTransform(Protocol):
    """One session's. Once a plugin returned one, nothing reaches the client that it has not seen."""

    @property
    def identity(self) -> str:
        """Names what is changed: sessions with the same one see the same. Kept in keys of caches, never shown."""

    async def check(self, text: bytes, facts: SessionFacts) -> Checked:
        """May this text be sent, by the client or by the gateway for it, and what becomes of its results?

        Asked for every text, and for a prepared one again whenever it is executed. Raises ``AskwireError`` to refuse,
        and ``UpstreamError`` of its own queries.
        """


class PromptShield(Protocol):
    """Keeps values out of prompts to models elsewhere: placeholders stand for them there."""

    def covers(self, host: str) -> bool:
        """Whether prompts to a model's server there are its affair."""

    async def saw(self, sql: str, facts: SessionFacts, result: ResultSet) -> None:
        """The gateway read this over a session, unchanged; some of it may go into a prompt. Must not raise."""

    def hide(self, text: str) -> str:
        """Of a prompt."""

    def reveal(self, text: str) -> str:
        """Of the model's answer."""


@dataclass(frozen=True, slots=True)
class Shields:
    """A service of the gateway's, where a plugin has a shield."""

    shield: PromptShield
