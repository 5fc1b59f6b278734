"""What the server says of itself and of the tables of a statement, kept for a few seconds."""

import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

from diagnose.evidence import mysql_facts, postgres_facts
from diagnose.evidence.facts import MARIADB, MYSQL, POSTGRES, Schema, Server, Table
from diagnose.evidence.facts_rows import rows_of
from diagnose.evidence.mysql_counters import add_counters
from diagnose.evidence.mysql_facts import Name
from diagnose.evidence.temporary import read_temporary
from plugins import Session, UpstreamError
from plugins.literals import quote_literal, quote_name

MAX_TABLES = 64
LOST = 1158  # the upstream is gone
KEPT_S = 5.0
_KEPT = "diagnose.facts"
_MAX_KEPT = 32
T = TypeVar("T")

_SETTINGS = """sql_mode optimizer_switch innodb_buffer_pool_size sort_buffer_size join_buffer_size join_cache_level
tmp_table_size max_heap_table_size performance_schema userstat use_stat_tables innodb_stats_auto_recalc
innodb_stats_persistent collation_connection character_set_connection lower_case_table_names version_comment
eq_range_index_dive_limit long_query_time optimizer_use_condition_selectivity""".split()
_OF_THE_SESSION = ("sql_mode", "collation_connection", "character_set_connection")
_POSTGRES_SETTINGS = """work_mem shared_buffers effective_cache_size random_page_cost seq_page_cost autovacuum
default_statistics_target jit max_parallel_workers_per_gather track_counts server_version enable_seqscan""".split()
_POSTGRES_SERVER = f"""/*raw*/ SELECT pg_catalog.json_build_object('settings', (SELECT
pg_catalog.json_object_agg(name, setting)
FROM pg_catalog.pg_settings WHERE name = ANY ('{{{",".join(_POSTGRES_SETTINGS)}}}'::text[])),
'hypopg', EXISTS (SELECT FROM pg_catalog.pg_extension WHERE extname = 'hypopg'))::text"""


async def read_server(session: Session) -> Server:
    """Kind, version and the settings that matter. Raises ``UpstreamError``."""
    return await _kept(session, ("server",), lambda: _server(session))


async def read_schema(session: Session, tables: Sequence[Name]) -> Schema:
    """The tables of ``tables`` that the account may see, at most 64; an empty schema name is the selected database.

    Raises ``UpstreamError``.
    """
    database = session.database or ""
    names = tuple(dict.fromkeys((schema or database, name) for schema, name in tables if schema or database))
    names = names[:MAX_TABLES]
    server = await read_server(session)
    return await _kept(session, ("schema", names), lambda: _schema(session, server, names))


async def _schema(session: Session, server: Server, names: tuple[Name, ...]) -> Schema:
    database = session.database or ""
    if server.kind == POSTGRES:
        found = await postgres_facts.read_tables(session, names, database)
        return Schema(database, tuple([await _in_mysql_types(session, table) for table in found]))
    tables = await mysql_facts.read_tables(session, names, expressions=_has_expressions(server))
    if server.is_mysql_family:
        tables = await add_counters(session, tables, server.settings, mariadb=server.kind == MARIADB)
        own = await read_temporary(session, names, mariadb=server.kind == MARIADB)
        shadowed = {(table.schema, table.name) for table in own}
        tables = (*own, *(table for table in tables if (table.schema, table.name) not in shadowed))
    return Schema(database, tables)


def _has_expressions(server: Server) -> bool:
    """Since 8.0.13; MariaDB indexes no expressions."""
    return server.kind == MYSQL and not server.version.startswith("5.")


async def _in_mysql_types(session: Session, table: Table) -> Table:
    """As the gateway spells them in SHOW COLUMNS, which takes a fraction of the time of its information_schema."""
    try:
        rows = rows_of(
            await session.query(f"SHOW COLUMNS FROM {quote_name(table.name)} FROM {quote_name(table.schema)}")
        )
    except UpstreamError as error:
        if error.number == LOST:
            raise
        return table
    spelled = {row[0]: row[1] for row in rows}
    columns = tuple(replace(column, type=spelled.get(column.name, column.type)) for column in table.columns)
    return replace(table, columns=columns)


def kind_of(session: Session) -> str:
    """What stands behind the session, by what the gateway says of it."""
    scheme = urlsplit(session.upstream).scheme.split("+")[0] or "duckdb"
    if scheme in ("postgresql", "postgres"):
        return POSTGRES
    if scheme not in ("mysql", "mariadb"):
        return scheme
    return MARIADB if "mariadb" in session.server_version.lower() else MYSQL


async def _server(session: Session) -> Server:
    kind = kind_of(session)
    if kind != POSTGRES:
        names = ", ".join(quote_literal(name) for name in _SETTINGS)
        rows = rows_of(await session.query(f"SHOW VARIABLES WHERE Variable_name IN ({names})", time_limit_s=5.0))
        # MariaDB's greeting puts an old version before its own, for old clients.
        return Server(kind, session.server_version.removeprefix("5.5.5-"), {row[0].lower(): row[1] for row in rows})
    own = rows_of(await session.query("SELECT " + ", ".join(f"@@{name}" for name in _OF_THE_SESSION)))
    settings = dict(zip(_OF_THE_SESSION, own[0], strict=True))
    result = rows_of(await session.query(_POSTGRES_SERVER))
    found: dict[str, Any] = json.loads(result[0][0])
    settings.update({str(name): str(value) for name, value in (found.get("settings") or {}).items()})
    return Server(kind, settings.get("server_version", ""), settings, hypopg=bool(found.get("hypopg")))


async def _kept(session: Session, what: tuple[Any, ...], read: Callable[[], Awaitable[T]]) -> T:
    """From this session's own memory: another session's account may see other tables."""
    kept: dict[Any, tuple[float, Any]] = session.state.setdefault(_KEPT, {})
    key = (*what, session.account, session.database, session.schema_epoch)
    now = time.monotonic()
    for old in [k for k, (at, _) in kept.items() if now - at > KEPT_S]:
        del kept[old]
    if key not in kept:
        if len(kept) >= _MAX_KEPT:
            kept.clear()
        kept[key] = now, await read()
    found: T = kept[key][1]
    return found
