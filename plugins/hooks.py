"""The hook specifications: every place where a plugin can take part."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import pluggy
from pydantic import BaseModel

from conf.settings import Settings
from plugins.answered import AnsweredStatement
from plugins.engines import Embedder, EmbedderKind, Engine
from plugins.loading import FileLoader, UrlLoader
from plugins.session import Session
from plugins.transform import PromptShield, ResultTransform
from plugins.types import Answer, Lifespan, Note, Services, Statement, StatusItem
from plugins.upstream import SeenStatement

if TYPE_CHECKING:
    import fastapi
    import typer
    from prometheus_client.registry import Collector

    from plugins.asking import Context, Question, WrittenSql
    from plugins.vectors import VectorStore

hookspec = pluggy.HookspecMarker("askwire")
hookimpl = pluggy.HookimplMarker("askwire")


class Hooks:
    """Hooks are called on the gateway's event loop, plugin by plugin; an implementation takes the arguments it needs.

    One that raises is logged and left out, five times in a row or holding the loop for too long switches the plugin
    off; ``AskwireError`` and ``UpstreamError`` are refusals, not faults.
    """

    # --- life cycle

    @hookspec
    def askwire_settings(self) -> type[BaseModel]:  # type: ignore[empty-body]
        """Return the model of ``[plugins.settings.NAME]``; what stands there is ``services.get(Model)`` from then on.

        Called first. The gateway does not start with settings that do not fit; unknown keys do not fit.
        """

    @hookspec
    def askwire_lifespan(self, settings: Settings, services: Services) -> Lifespan | None:
        """Return an async context manager that lives as long as the gateway; entered in order of registration."""

    # --- statements

    @hookspec
    def askwire_statements(self, settings: Settings, services: Services) -> Sequence[Statement]:  # type: ignore[empty-body]
        """Return the statements that this plugin answers. Called after all lifespans were entered."""

    @hookspec
    async def askwire_prompt_context(  # type: ignore[empty-body]
        self, session: Session, question: "Question", services: Services
    ) -> "Sequence[Context]":
        """A model is about to be asked to write SQL: return lines for its prompt, or nothing.

        Called once a question, not where a verified query answers it, and cancelled after ten seconds. Lines are cut
        to 400 characters; a prompt takes eight. Raise ``AskwireError`` to refuse the question.
        """

    @hookspec
    async def askwire_guard(self, session: Session, written: "WrittenSql", services: Services) -> str | None:
        """Look at SQL that a model wrote, before it runs: return why it must not, or None.

        Cancelled after thirty seconds, which counts as a fault. The model gets the reason, and writes anew while
        ``ask.repair_rounds`` last; then the person gets it. Raise ``AskwireError`` REFUSED to have the person get it at
        once. A guard that fails, or was switched off for its faults, lets nothing pass. Verified queries and SQL that
        people write themselves are not guarded.
        """

    @hookspec
    async def askwire_notes(  # type: ignore[empty-body]
        self, session: Session, statement: Statement, text: str, answer: Answer, services: Services
    ) -> Sequence[Note]:
        """A gateway statement has its answer: return what SHOW WARNINGS should say besides the answer's own notes.

        The rows of a ``Run`` come only afterwards. After two seconds it is cancelled; the answer goes out without.
        """

    @hookspec
    async def askwire_answered(self, event: AnsweredStatement, services: Services) -> None:
        """A statement of the gateway's own, an ASK for instance, was asked, or is about to be answered or to fail.

        Called at every stage (``event.stage``); the client waits for it to return. Raise ``AskwireError``: the client
        gets that error instead of the answer, and at the stages ``ASKED`` and ``RUNS`` nothing is done. So it does
        where the plugin fails, takes more than thirty seconds, or was switched off for its faults. It is not cancelled
        with the statement. Relayed statements do not come here.
        """

    # --- what passes on the wire

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

        Only where the client would not notice: after a statement that read, or a COMMIT or ROLLBACK, without a warning,
        and in no transaction. A session where it would notice is looked at again later; where the client speaks first
        it is not offered: ask again.
        """

    @hookspec
    async def askwire_failed_statement(  # type: ignore[empty-body]
        self, session: Session, failed: SeenStatement, services: Services
    ) -> Sequence[Note]:
        """The client asks SHOW WARNINGS after a relayed statement failed: return what may help, or nothing.

        The notes follow the server's own rows. ``failed.error`` has the number; all errors come here. After two
        seconds it is cancelled, and the server's rows stay alone.
        """

    # --- what askwire is made of

    @hookspec
    def askwire_loaders(  # type: ignore[empty-body]
        self, settings: Settings, services: Services
    ) -> Sequence[FileLoader | UrlLoader]:
        """Return loaders for LOAD KNOWLEDGE: of kinds of files, and of kinds of addresses. The first that fits."""

    @hookspec
    def askwire_embedder(
        self, name: str, kind: EmbedderKind, settings: Settings, services: Services
    ) -> Embedder | None:
        """Return the embedder or reranker called ``name`` in ``[knowledge]``, or None for another plugin's.

        A plugin's own are called ``PLUGIN:NAME``. Nothing is started yet.
        """

    @hookspec
    def askwire_vector_stores(self, settings: Settings, services: Services) -> "Mapping[str, VectorStore]":  # type: ignore[empty-body]
        """Return stores by name, for ``askwire knowledge move BASE NAME``. None of them is reached yet."""

    @hookspec
    def askwire_engine(self, engine: str, name: str, settings: Settings, services: Services) -> Engine | None:
        """Return the engine of the model ``[models.NAME]``, or None for another plugin's kind of engine.

        ``engine`` is the model's ``engine``; a plugin's own kinds are called ``PLUGIN:KIND``. Nothing is started yet.
        """

    # --- operating

    @hookspec
    def askwire_metrics(self, services: Services) -> "Sequence[Collector]":  # type: ignore[empty-body]
        """Return Prometheus collectors for ``/metrics``, of names that begin with ``askwire_``. After all lifespans."""

    @hookspec
    def askwire_result_transform(self, user: str, host: str, services: Services) -> ResultTransform | None:
        """A client logged in, or became another user: return what changes the results that it sees, or None.

        ``host`` is the client's address as the gateway sees it, without a port. The first plugin that returns one has
        the session. With None from all of them the relay does not look at the session's statements at all. One that
        raises ends the session: what was to be hidden is not shown for a fault.
        """

    @hookspec
    def askwire_prompt_shield(self, settings: Settings, services: Services) -> PromptShield | None:
        """Return what keeps values out of prompts to models that are not on this machine, or None.

        Called once, after all lifespans were entered; the first one counts. One that raises ends the gateway's start.
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
