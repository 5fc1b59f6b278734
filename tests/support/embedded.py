"""A gateway inside the test process, on an event loop in a thread of its own, with statements made for tests."""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import uvloop

from conf.settings import Settings
from plugins import (
    Answer,
    AskwireError,
    Column,
    ColumnKind,
    Done,
    ErrorCode,
    Note,
    Outcome,
    Run,
    Services,
    Session,
    Statement,
    StatusItem,
    Table,
    hookimpl,
)
from proxy.gateway import Gateway
from proxy.hub import Event

T = TypeVar("T")
NOTES = (Note("the first note"), Note("the second, wärning", level="Warning", code=57099))
TIME_LIMIT_S = 0.3


@dataclass
class StatementsForTests:
    """A plugin whose statements do one thing each. ``TEST <word> <argument>``."""

    outcomes: list[Outcome] = field(default_factory=list)
    sleeping: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    selected: list[str | None] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @hookimpl
    def askwire_statements(self, settings: Settings, services: Services) -> list[Statement]:
        del settings, services
        handlers = {
            "TABLE": self._table,
            "WIDE": self._wide,
            "ROWS": self._rows,
            "BREAKS": self._breaks,
            "RUN": self._run,
            "LIMITED": self._limited,
            "QUERY": self._query,
            "TWICE": self._twice,
            "ERROR": self._error,
            "CRASH": self._crash,
            "SLEEP": self._sleep,
            "SLOWQUERY": self._slow_query,
            "GIVEUP": self._give_up,
            "ECHO": self._echo,
            "DONE": self._done,
            "SESSION": self._session,
            "STATE": self._state,
        }
        made = [Statement(f"test {word.lower()}", self._heard(h), ("TEST", word)) for word, h in handlers.items()]
        return [
            *made,
            Statement("marked", self._heard(self._echo), marker="test"),
            Statement("in from", self._heard(self._echo), function="TESTF"),
        ]

    @hookimpl
    async def askwire_database_selected(self, session: Session) -> None:
        self.selected.append(session.database)

    @hookimpl
    def askwire_status(self) -> list[StatusItem]:
        return [StatusItem("test.texts", str(len(self.texts)))]

    def _heard(self, handler: Callable[[Session, str], Coroutine[Any, Any, Answer]]) -> Any:
        async def handle(session: Session, text: str) -> Answer:
            self.texts.append(text)
            return await handler(session, text)

        return handle

    @staticmethod
    def _argument(text: str) -> str:
        return text.split(None, 2)[2]

    async def _table(self, _session: Session, _text: str) -> Answer:
        columns = (Column("name"), Column("n", ColumnKind.INTEGER), Column("x", ColumnKind.REAL))
        return Table(columns, [("ä", 1, 0.5), (None, None, None), ("", -(2**63), -1e300)], notes=NOTES)

    async def _wide(self, _session: Session, text: str) -> Answer:
        """One row with a value of so many characters."""
        return Table((Column("v"),), [("x" * int(self._argument(text)),)])

    async def _rows(self, _session: Session, text: str) -> Answer:
        return Table((Column("n", ColumnKind.INTEGER),), ((n,) for n in range(int(self._argument(text)))))

    async def _breaks(self, _session: Session, text: str) -> Answer:
        """Rows that raise after so many."""

        def rows() -> Iterator[tuple[str]]:
            for _ in range(int(self._argument(text))):
                yield ("x" * 100,)
            raise RuntimeError("rows that end badly")

        return Table((Column("v"),), rows())

    async def _run(self, _session: Session, text: str) -> Answer:
        return Run(self._argument(text), notes=NOTES, finished=self.outcomes.append)

    async def _limited(self, _session: Session, text: str) -> Answer:
        return Run(self._argument(text), time_limit_s=TIME_LIMIT_S, finished=self.outcomes.append)

    async def _query(self, session: Session, text: str) -> Answer:
        result = await session.query(self._argument(text), max_rows=3)
        rows = [[repr(value) for value in row] for row in result.rows]
        return Table(tuple(Column(c.name) for c in result.columns), rows, notes=(Note(str(result.truncated)),))

    async def _twice(self, session: Session, text: str) -> Answer:
        """The same query twice, then run."""
        await session.query(self._argument(text))
        await session.query(self._argument(text))
        return Run(self._argument(text))

    async def _error(self, _session: Session, _text: str) -> Answer:
        raise AskwireError(ErrorCode.NOT_ANSWERABLE, "Nö")

    async def _crash(self, _session: Session, _text: str) -> Answer:
        raise RuntimeError("hidden words")

    async def _sleep(self, _session: Session, _text: str) -> Answer:
        self.sleeping.set()
        try:
            return await asyncio.get_running_loop().create_future()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise

    async def _slow_query(self, session: Session, _text: str) -> Answer:
        self.sleeping.set()
        await session.query("SELECT SLEEP(20)")
        return Done()

    async def _give_up(self, session: Session, _text: str) -> Answer:
        """It fails while its query still runs."""
        task = asyncio.create_task(session.query("SELECT SLEEP(1)"))
        await asyncio.sleep(0.2)
        task.cancel()
        self.sleeping.set()
        raise AskwireError(ErrorCode.NOT_ANSWERABLE, "given up")

    async def _echo(self, _session: Session, text: str) -> Answer:
        return Table((Column(text),), [(text,)], notes=(Note(text),))

    async def _done(self, _session: Session, text: str) -> Answer:
        return Done(affected_rows=int(self._argument(text)), notes=NOTES)

    async def _session(self, session: Session, _text: str) -> Answer:
        names = ("id", "account", "database", "upstream", "server_version", "dialect", "in_transaction", "schema_epoch")
        return Table((Column("name"), Column("value")), [(name, str(getattr(session, name))) for name in names])

    async def _state(self, session: Session, text: str) -> Answer:
        """What the statement before left, then leave this one's text."""
        before = session.state.get("text")
        session.state["text"] = text
        return Table((Column("v"),), [(before,)])


class EmbeddedGateway:
    """``Gateway`` run by a thread; ``call`` runs a coroutine there."""

    def __init__(self, settings: Settings, *plugins: object) -> None:
        self.events: list[Event] = []
        self.gateway = Gateway(settings, *plugins, on_event=self.events.append)
        self.loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="embedded-gateway")

    @property
    def port(self) -> int:
        return self.gateway.address[1]

    def call(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def start(self) -> None:
        self._thread.start()
        try:
            self.call(self.gateway.__aenter__())
        except BaseException:
            self._end()
            raise

    def stop(self) -> None:
        self.call(self.gateway.__aexit__(None, None, None))
        self._end()

    def _end(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@contextmanager
def embedded(upstream: str, folder: Path, *plugins: object, **settings: Any) -> Iterator[EmbeddedGateway]:
    """A running gateway before ``upstream`` with ``plugins``; no model."""
    defaults = {"listen": "127.0.0.1:0", "data_dir": str(folder), "model": {"name": "none"}}
    made = EmbeddedGateway(Settings(upstream=upstream, **{**defaults, **settings}), *plugins)
    made.start()
    try:
        yield made
    finally:
        made.stop()
