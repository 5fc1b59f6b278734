"""SHOW and DESCRIBE: which statement it is, its rows, then its LIKE or WHERE.

https://dev.mysql.com/doc/refman/8.4/en/show.html
"""

import re
from collections.abc import Callable
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from plugins import UpstreamError
from proxy.upstreams.like import like_pattern
from proxy.upstreams.metadata import errors, show_server, show_tables
from proxy.upstreams.metadata.engine import Engine
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.rows import MetadataRows
from proxy.upstreams.metadata.spelling import quoted
from proxy.upstreams.metadata.substitute import substitute
from proxy.upstreams.metadata.translate import expression_to_duckdb
from proxy.upstreams.metadata.words import Words
from proxy.wire.columns import ColumnDefinition

Columns = tuple[ColumnDefinition, ...]
Handler = Callable[[Words, Facts], MetadataRows]

# Longest first where one begins as another does. The second part: LIKE and WHERE may follow.
STATEMENTS: tuple[tuple[tuple[str, ...], Handler, bool], ...] = (
    (("DATABASES",), show_tables.databases, True),
    (("SCHEMAS",), show_tables.databases, True),
    (("TABLE", "STATUS"), show_tables.table_status, True),
    (("TABLES",), show_tables.tables, True),
    (("OPEN", "TABLES"), show_tables.open_tables, True),
    (("COLUMNS",), show_tables.columns, True),
    (("FIELDS",), show_tables.columns, True),
    (("INDEX",), show_tables.indexes, True),
    (("INDEXES",), show_tables.indexes, True),
    (("KEYS",), show_tables.indexes, True),
    (("TRIGGERS",), show_tables.triggers, True),
    (("EVENTS",), show_tables.events, True),
    (("CREATE",), show_tables.create, False),
    (("PROCEDURE", "STATUS"), show_tables.routines, True),
    (("FUNCTION", "STATUS"), show_tables.routines, True),
    (("VARIABLES",), show_server.session_variables, True),
    (("STATUS",), show_server.status, True),
    (("CHARACTER", "SET"), show_server.charsets, True),
    (("CHARSET",), show_server.charsets, True),
    (("COLLATION",), show_server.collations, True),
    (("ENGINES",), show_server.engines, False),
    (("STORAGE", "ENGINES"), show_server.engines, False),
    (("ENGINE",), show_server.engine_status, False),
    (("PLUGINS",), show_server.plugins, False),
    (("PRIVILEGES",), show_server.privileges, False),
    (("PROCESSLIST",), show_server.processlist, False),
    (("GRANTS",), show_server.grants, False),
    (("WARNINGS",), show_server.warnings, False),
    (("ERRORS",), show_server.errors_only, False),
    (("COUNT",), show_server.counts, False),
    (("PROFILES",), show_server.profiles, False),
    (("PROFILE",), show_server.profile, False),
    *(((*words.split(),), show_server.replication, False) for words in show_server.REPLICATION),
)


def answer_show(sql: str, facts: Facts, engine: Callable[[], Engine]) -> MetadataRows:
    """Answer a statement that begins with SHOW. Raises ``UpstreamError``; 1064 for one that MySQL does not have."""
    words = Words(sql)
    words.expect("SHOW")
    options = _options(words)
    for keywords, handler, filtered in STATEMENTS:
        if words.accept(*keywords):
            handler = _with_options(keywords, handler, options, words)
            found = handler(words, facts)
            return _filtered(words, found, facts, engine, keywords) if filtered else _whole(words, found)
    raise errors.syntax(words.rest)


def answer_describe(sql: str, facts: Facts) -> MetadataRows | None:
    """Answer DESCRIBE, DESC or EXPLAIN of a table; ``None`` when a statement is to be explained."""
    words = Words(sql)
    if not words.accept_one("DESCRIBE", "DESC", "EXPLAIN") or words.done or not show_tables.names_a_table(words):
        return None
    schema, name = words.qualified_name()
    pattern = words.take().text if not words.done else None
    words.finish()
    found = show_tables.described(facts.table(schema, name), full=False)
    if pattern is None:
        return found
    keep = like(pattern)
    return MetadataRows(found.columns, [row for row in found.rows if keep(row[0])])


def _options(words: Words) -> frozenset[str]:
    """EXTENDED, FULL, GLOBAL, SESSION, LOCAL in front of the name of the statement."""
    found = []
    while option := words.accept_one("EXTENDED", "FULL", "GLOBAL", "SESSION", "LOCAL"):
        found.append(option)
    return frozenset(found)


_WITH = {
    "FULL": {"TABLES", "COLUMNS", "FIELDS", "PROCESSLIST"},
    "EXTENDED": {"COLUMNS", "FIELDS", "INDEX", "INDEXES", "KEYS", "TABLES"},
    **{option: {"VARIABLES", "STATUS"} for option in ("GLOBAL", "SESSION", "LOCAL")},
}
_FULL: dict[str, Handler] = {
    "TABLES": show_tables.full_tables,
    "COLUMNS": show_tables.full_columns,
    "FIELDS": show_tables.full_columns,
    "PROCESSLIST": show_server.full_processlist,
}


def _with_options(keywords: tuple[str, ...], handler: Handler, options: frozenset[str], words: Words) -> Handler:
    if any(keywords[-1] not in _WITH[option] for option in options):
        raise errors.syntax(words.sql)
    if "FULL" in options:
        return _FULL[keywords[-1]]
    if "GLOBAL" in options and keywords == ("VARIABLES",):
        return show_server.global_variables
    return handler


def _whole(words: Words, found: MetadataRows) -> MetadataRows:
    words.finish()
    return found


def _filtered(
    words: Words, found: MetadataRows, facts: Facts, engine: Callable[[], Engine], keywords: tuple[str, ...]
) -> MetadataRows:
    if words.done:
        return found
    if words.accept("LIKE"):
        pattern = words.string()
        words.finish()
        exact = keywords[-1] in ("TABLES", "STATUS") and keywords != ("STATUS",) and facts.reflection.case_sensitive
        keep = like(pattern, exact=exact)
        position = 1 if keywords[-1:] == ("STATUS",) and keywords[0] in ("PROCEDURE", "FUNCTION") else 0
        kept = [row for row in found.rows if keep(str(row[position]))]
        return MetadataRows(_with_pattern(found, keywords, pattern), kept)
    words.expect("WHERE")
    if words.done:
        raise errors.syntax("")
    names = [column.name for column in found.columns]
    condition = _condition(_with_names_quoted(words, names), facts)
    return MetadataRows(found.columns, _matching(engine(), names, found, condition))


def _matching(engine: Engine, names: list[str], found: MetadataRows, condition: str) -> list[tuple[object, ...]]:
    try:
        return engine.matching(names, found.rows, condition)
    except UpstreamError as error:
        if error.number == 1054:
            raise errors.unknown_column(error.message.split("'")[1], "where clause") from error
        raise


def _with_names_quoted(words: Words, names: list[str]) -> str:
    """The rest of the statement; a column may have the name of a keyword: Key, Rows, Charset."""
    known = {name.lower() for name in names} - {"null", "default"}
    left = words.words[words.position :]
    pieces = []
    for position, word in enumerate(left):
        text = words.sql[word.start : word.end]
        calls = position + 1 < len(left) and left[position + 1].text == "("
        pieces.append(quoted(text) if not word.quoted and not calls and text.lower() in known else text)
    return " ".join(pieces)


def _condition(text: str, facts: Facts) -> str:
    sql = f"SELECT 1 FROM shown WHERE {text}"
    try:
        tree = sqlglot.parse(sql, read="mysql")
    except SqlglotError as problem:
        raise errors.syntax(text) from problem
    select = tree[0]
    if len(tree) != 1 or not isinstance(select, exp.Select) or set(_used(select)) != {"expressions", "from_", "where"}:
        raise errors.syntax(text)
    if len(list(select.find_all(exp.Table, exp.Subquery))) > 1:
        raise errors.not_supported("a subquery in SHOW ... WHERE")
    replaced = substitute(sql, select, facts.view).tree
    return expression_to_duckdb(replaced.args["where"].this)


def _used(select: exp.Select) -> list[str]:
    return [key for key, value in select.args.items() if value]


def _with_pattern(found: MetadataRows, keywords: tuple[str, ...], pattern: str) -> Columns:
    """MySQL puts the pattern into the name of the column: ``Tables_in_shop (o%)``."""
    if keywords not in (("TABLES",), ("DATABASES",), ("SCHEMAS",)):
        return found.columns
    return replace(found.columns[0], name=f"{found.columns[0].name} ({pattern})"), *found.columns[1:]


def like(pattern: str, *, exact: bool = False) -> Callable[[str], bool]:
    """LIKE with a backslash as the escape character."""
    compiled = re.compile(like_pattern(pattern), re.DOTALL | (re.NOFLAG if exact else re.IGNORECASE))
    return lambda value: compiled.fullmatch(value) is not None
