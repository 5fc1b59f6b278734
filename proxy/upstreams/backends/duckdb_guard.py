"""Which statements a session may send to DuckDB.

One process holds the database for all sessions, so what changes the process is nobody's: settings, extensions, files,
other databases. DuckDB's own switch (``enable_external_access``) closes the file system, but some functions reach past
it: ``enable_logging`` makes every later statement of every session fail, ``pandas_scan`` and ``arrow_scan`` take memory
addresses, ``query`` and ``json_execute_serialized_sql`` run text that nobody looked at.
"""

import re

import duckdb
from duckdb import StatementType, token_type

from proxy.upstreams.backends.errors import mysql_error
from proxy.upstreams.backends.gap import GAP

# Functions that no statement may name; those in _BY_CALL may be the names of columns, and are told by what follows.
_ANYWHERE = frozenset(
    {
        *("enable_logging", "disable_logging", "truncate_duckdb_logs", "write_log", "enable_profiling"),
        *("disable_profiling", "json_execute_serialized_sql", "pandas_scan", "arrow_scan", "arrow_scan_dumb"),
        *("python_map_function", "duckdb_secrets", "which_secret", "seq_scan"),
    }
)
_BY_CALL = frozenset({"query", "query_table"})
_SUSPECT = re.compile("|".join(sorted(_ANYWHERE | _BY_CALL)), re.IGNORECASE)
_ALLOWED = frozenset(
    {
        *(StatementType.SELECT, StatementType.INSERT, StatementType.UPDATE, StatementType.DELETE),
        *(StatementType.MERGE_INTO, StatementType.CREATE, StatementType.DROP, StatementType.ALTER),
        *(StatementType.TRANSACTION, StatementType.VACUUM),
    }
)
_EXPLAIN = re.compile(rf"{GAP}*+explain\b{GAP}*+(analyze\b|\([^()]*\))?", re.IGNORECASE)
_CHECKPOINT = re.compile(r"\s*(force\s+)?checkpoint\s*;?\s*$", re.IGNORECASE)
_OWN_SETTING = re.compile(r"\s*(use\s|set\s+variable\s|reset\s+variable\s)", re.IGNORECASE)


def permitted(connection: duckdb.DuckDBPyConnection, sql: str) -> StatementType:
    """What kind of statement it is. Raises ``UpstreamError`` (1227) where it may not run, ``duckdb.Error``.

    ``connection`` is one that is shut off from files already: IMPORT DATABASE opens some when it is only parsed.
    """
    if "\0" in sql:  # where DuckDB would end the text
        raise mysql_error(1064, "A statement cannot contain a NUL character")
    statements = connection.extract_statements(sql)
    if not statements:
        raise mysql_error(1065, "Query was empty")
    kinds = [statement.type for statement in statements]
    if len(kinds) > 1 and not _is_pivot(kinds, sql):
        raise mysql_error(1064, "One statement at a time")
    if kinds[-1] == StatementType.EXPLAIN:
        explain = _EXPLAIN.match(sql)
        permitted(connection, sql[explain.end() :] if explain else "")
    elif not (set(kinds) <= _ALLOWED or _CHECKPOINT.match(sql) or _OWN_SETTING.match(sql)):
        raise _refused(kinds[-1].name.replace("_", " "))
    if _SUSPECT.search(sql):
        _refuse_functions(sql)
    return kinds[-1]


def has_word(sql: str, word: str) -> bool:
    """A keyword outside strings, names and comments."""
    if word not in sql.lower():
        return False
    return any(kind == token_type.keyword and text.lower() == word for text, kind in _tokens(sql))


def _is_pivot(kinds: list[StatementType], sql: str) -> bool:
    """DuckDB makes two statements of a PIVOT."""
    return kinds == [StatementType.CREATE, StatementType.SELECT] and has_word(sql, "pivot")


def _refuse_functions(sql: str) -> None:
    tokens = _tokens(sql)
    for index, (text, kind) in enumerate(tokens):
        name = text.strip('"').lower()
        if kind == token_type.string_const:
            continue
        before = tokens[index - 1][0].lower() if index else ""
        called = (
            tokens[index + 1 : index + 2] and tokens[index + 1][0].startswith("(") and before not in ("into", "table")
        )
        if name in _ANYWHERE or (name in _BY_CALL and called):
            raise _refused(f"{name}()")


def _tokens(sql: str) -> list[tuple[str, token_type]]:
    """DuckDB's own, without comments; a token's text goes to the next one and may end in white space or a comment."""
    source = sql.encode()
    found = duckdb.tokenize(sql)
    ends = [position for position, _ in found[1:]] + [len(source)]
    return [
        (re.split(rb"\s|--|/\*", source[start:end], maxsplit=1)[0].decode("utf-8", "replace"), kind)
        for (start, kind), end in zip(found, ends, strict=True)
    ]


def _refused(what: str) -> Exception:
    return mysql_error(1227, f"Access denied; {what} is not allowed here")
