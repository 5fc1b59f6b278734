"""Where plugins take part in a question. Askwire's own share comes by the same hooks (``nl2sql.plugin``)."""

from sqlglot import exp

from nl2sql.guard import Guarded, explain
from nl2sql.passages import context
from plugins import Context, Plugins, Question, Services, Session, WrittenSql


async def said_about(services: Services, session: Session, question: Question, limit_s: float) -> list[Context]:
    """Lines for the prompt. Raises AskwireError and UpstreamError."""
    plugins = services.get(Plugins)
    if plugins is None:
        return await context(services, session, question)
    return await plugins.prompt_context(session, question, limit_s)


async def objection(services: Services, session: Session, written: WrittenSql) -> str | None:
    """Why the SQL must not run; None when nobody minds. Raises AskwireError and UpstreamError."""
    plugins = services.get(Plugins)
    return await runs(session, written) if plugins is None else await plugins.guard(session, written)


async def runs(session: Session, written: WrittenSql) -> str | None:
    """The database's own objection to a query; a change is rehearsed instead."""
    if not isinstance(written.tree, exp.Query):
        return None
    return await explain(session, Guarded(written.tree, written.sql, written.tables))
