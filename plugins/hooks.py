"""The hook specifications: every place where a plugin can take part."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import pluggy

from conf.settings import Settings
from plugins.answered import AnsweredStatement
from plugins.session import Session
from plugins.types import Lifespan, Note, Services, Statement, StatusItem
from plugins.upstream import SeenStatement

if TYPE_CHECKING:
    import fastapi
    import typer

hookspec = pluggy.HookspecMarker("askwire")
hookimpl = pluggy.HookimplMarker("askwire")


class Hooks:
    """Hooks are called on the gateway's event loop; one that raises is logged and left out."""

    @hookspec
    def askwire_lifespan(self, settings: Settings, services: Services) -> Lifespan | None:
        """Return an async context manager that lives as long as the gateway; entered in order of registration."""

    @hookspec
    def askwire_statements(self, settings: Settings, services: Services) -> Sequence[Statement]:  # type: ignore[empty-body]
        """Return the statements that this plugin answers. Called after all lifespans were entered."""

    @hookspec
    async def askwire_database_selected(self, session: Session, services: Services) -> None:
        """A session selected a database for the first time and its client is idle.

        The session is lent meanwhile, and the coroutine is cancelled as soon as the client sends a command,
        so work that takes longer than a query belongs into a task of the plugin's own.
        """

    @hookspec
    def askwire_statements_seen(
        self, statements: Sequence[SeenStatement], services: Services
    ) -> Collection[int] | None:
        """What sessions relayed, and what ASK ran for them: a batch about once a second, or a few when there are many.

        Under load not all are told (``SeenStatement.weight``); slow ones nearly always are. Its own time counts as the
        gateway's: keep it short. Returns the ids of sessions that it would like to borrow (``askwire_session_idle``).
        """

    @hookspec
    async def askwire_session_idle(self, session: Session, services: Services) -> None:
        """A session that a plugin asked for, while its client is idle; lent as for ``askwire_database_selected``.

        Only where the client would not notice: after a statement that read, without a warning, and in no transaction.
        A session that says something else first is not offered; ask again.
        """

    @hookspec
    async def askwire_answered(self, event: AnsweredStatement, services: Services) -> None:
        """A statement of the gateway's own, an ASK for instance, was asked, or is about to be answered or to fail.

        Called at every stage (``event.stage``), from one statement after the other; the client waits for it to return.
        It may raise ``AskwireError``: the client gets that error instead of the answer, and at the stages ``ASKED`` and
        ``RUNS`` nothing is done. It is not cancelled with the statement. Relayed statements do not come here.
        """

    @hookspec
    async def askwire_failed_statement(  # type: ignore[empty-body]
        self, session: Session, failed: SeenStatement, services: Services
    ) -> Sequence[Note]:
        """The client asks SHOW WARNINGS after a relayed statement failed: return what may help, or nothing.

        The notes follow the server's own rows. ``failed.error`` has the number; all errors come here. After two
        seconds it is cancelled, and the server's rows stay alone.
        """

    @hookspec
    def askwire_status(self, services: Services) -> Sequence[StatusItem]:  # type: ignore[empty-body]
        """Return rows for SHOW AI STATUS."""

    @hookspec
    def askwire_commands(self) -> "typer.Typer":  # type: ignore[empty-body]
        """Return a group of sub-commands for the ``askwire`` command line, named by the Typer's ``info.name``."""

    @hookspec
    def askwire_http(self, settings: Settings, services: Services) -> "Sequence[fastapi.APIRouter]":  # type: ignore[empty-body]
        """Return routes below ``/v1`` of the admin endpoint. Called after all lifespans were entered.

        Before a route runs, the token was checked and its role: a GET (or HEAD) takes ``reader``, everything else
        ``admin``; ``request.state.role`` says which it is. An ``AskwireError`` becomes an answer with a fitting status.
        A route that takes large bodies says so with ``openapi_extra={"x-upload": True}``.
        """
