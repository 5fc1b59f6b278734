"""Gathers what is known of a statement, without ever running it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from sqlglot import exp

from diagnose.evidence import guards, mariadb, mysql, postgres, shape
from diagnose.evidence.evidence import Evidence
from diagnose.evidence.facts import MARIADB, MYSQL, POSTGRES, Server
from diagnose.evidence.facts_rows import rows_of
from diagnose.evidence.naming import named
from diagnose.evidence.parsing import parse
from diagnose.evidence.placeholders import NOTE, with_samples
from diagnose.evidence.plan import Plan
from diagnose.evidence.planned import NothingToPlan, planned_query
from diagnose.evidence.reading import LOST, read_schema, read_server
from diagnose.evidence.safety import Unsafe, explainable
from diagnose.evidence.tables import table_names
from plugins import AskwireError, Session, UpstreamError

T = TypeVar("T")

EXPLAIN_SECONDS = 5.0
ANALYZE_SECONDS = 30.0
# A longer text is parsed in a thread, so that other clients go on meanwhile.
LONG_CHARS = 4_000
_READERS = {MARIADB: mariadb.read_plan, MYSQL: mysql.read_plan, POSTGRES: postgres.read_plan}


async def gather(session: Session, sql: str, *, analyze: bool = False) -> Evidence:
    """Everything that rules may look at.

    ``analyze``: a SELECT that only reads is run, to be measured. Raises ``AskwireError`` (CANNOT_DIAGNOSE) for what is
    no single statement that reads or changes rows, and ``UpstreamError`` when the schema cannot be read.
    """
    server = await read_server(session)
    modes = await _sql_mode(session)
    tree = await _apart(sql, lambda: parse(sql, modes))
    schema = await read_schema(session, await _apart(sql, lambda: table_names(tree)))
    evidence = Evidence(sql, tree, server, schema)
    try:
        sampled = await _apart(sql, lambda: with_samples(tree, schema))
        planned = await _apart(sql, lambda: planned_query(sampled or tree))
        selects = isinstance(tree, exp.Query)
        estimated = ["ANALYZE runs SELECT only: these are estimates."] if analyze and not selects else []
        evidence = replace(evidence, notes=(*planned.notes, *estimated, *([NOTE] if sampled else [])))
        text, calls = await _apart(sql, lambda: explainable(planned.query, planned.besides))
        behind = await guards.check(session, server, schema, tree, calls)
        plan = await _plan(session, server, text, analyze=analyze and sampled is None and selects)
        called = await _apart(sql, lambda: named(plan, evidence.blocks, schema, behind))
        return replace(evidence, plan=called, planned=text)
    except (NothingToPlan, Unsafe) as error:
        return replace(evidence, unplanned=shape.text(f"EXPLAIN was not sent: {error}."))
    except AskwireError as error:
        return replace(evidence, unplanned=shape.text(error.message))
    except UpstreamError as error:
        if error.number == LOST:
            raise
        return replace(evidence, unplanned=shape.text(f"The server did not explain it: {error.message}"), refused=True)
    except ValueError as error:
        return replace(evidence, unplanned=shape.text(f"The server's plan could not be read: {error}."))


async def _sql_mode(session: Session) -> str:
    """As it is now: a statement that is read in another mode is another statement."""
    return rows_of(await session.query("SELECT @@sql_mode"))[0][0]


async def _apart(sql: str, work: Callable[[], T]) -> T:
    return await asyncio.to_thread(work) if len(sql) > LONG_CHARS else work()


async def _plan(session: Session, server: Server, text: str, *, analyze: bool) -> Plan:
    """Raises ``UpstreamError``, ``Unsafe`` and ValueError."""
    read = _READERS.get(server.kind)
    if read is None:
        raise Unsafe("this database's plans are not read")
    seconds = ANALYZE_SECONDS if analyze else EXPLAIN_SECONDS
    result = await session.query(_explain(server.kind, text, analyze), time_limit_s=seconds)
    return read("\n".join(row[0] for row in rows_of(result)))


def _explain(kind: str, text: str, analyze: bool) -> str:
    if not analyze:
        return f"EXPLAIN FORMAT=JSON {text}"
    return f"ANALYZE FORMAT=JSON {text}" if kind == MARIADB else f"EXPLAIN ANALYZE FORMAT=JSON {text}"
