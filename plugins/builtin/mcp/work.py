"""What each tool does with a session, in a thread."""

import json

from plugins.builtin.mcp.connection import Connection, Rows, visible
from plugins.builtin.mcp.results import Answer, Diagnosis
from plugins.errors import AskwireError, ErrorCode
from plugins.grammar import word_at
from plugins.literals import quote_literal, skip_blank
from plugins.readonly import Rejected, generate, parse_one, with_limit
from plugins.upstream import UpstreamError

_SQL, _CONFIDENCE = "SQL: ", "Confidence: "
# EXPLAIN AI knows words of its own before the statement; one of them runs it.
_EXPLAINED = frozenset({"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE"})
DOCUMENT_CHARS = 2_000_000


def ask(connection: Connection, statement: str, max_rows: int, max_chars: int) -> Answer:
    """One of the gateway's own statements, with its notes. Raises ``UpstreamError``."""
    found = connection.run(statement, max_rows=max_rows, max_chars=max_chars)
    notes = connection.notes()
    sql = next((note.removeprefix(_SQL) for note in notes if note.startswith(_SQL)), "")
    sure = next((note.removeprefix(_CONFIDENCE) for note in notes if note.startswith(_CONFIDENCE)), "")
    rest = tuple(note for note in notes if not note.startswith((_SQL, _CONFIDENCE)))
    return _answer(found, sql, rest, float(sure) if sure.replace(".", "", 1).isdecimal() else None)


def query(connection: Connection, sql: str, max_rows: int, max_chars: int) -> Answer:
    """One SELECT, in a transaction that only reads. Raises ``UpstreamError``."""
    connection.run("START TRANSACTION READ ONLY", max_rows=1, max_chars=max_chars)
    try:
        found = connection.run(sql, max_rows=max_rows, max_chars=max_chars)
        notes = connection.notes()
    finally:
        if not connection.lost:
            connection.run("ROLLBACK", max_rows=1, max_chars=max_chars)
    return _answer(found, sql, notes, None)


def explain(connection: Connection, sql: str) -> Diagnosis:
    """Raises ``UpstreamError``."""
    statement = f"EXPLAIN AI FORMAT=JSON {sql}"
    found = connection.run(statement, max_rows=1, max_chars=DOCUMENT_CHARS, cell_chars=DOCUMENT_CHARS)
    try:
        document = json.loads(str(found.rows[0][0]))
    except (IndexError, ValueError):
        raise UpstreamError(2027, "HY000", "The diagnosis is too large to be shown") from None
    return Diagnosis(diagnosis=document, notes=list(connection.notes()))


def reading(sql: str, max_rows: int) -> str:
    """``sql`` as MySQL text of the one SELECT that it is, with a LIMIT. Raises ``AskwireError``."""
    try:
        limited, _note = with_limit(parse_one(sql), max_rows + 1)
        return generate(limited)
    except Rejected as rejected:
        advice = "Send one SELECT; the tool schema describes tables, the tool explain tells plans."
        code = ErrorCode.REFUSED if rejected.fault.refused else ErrorCode.BAD_SQL
        raise AskwireError(code, f"The SQL is not run: {visible(rejected.fault.message)}", advice) from None


def explained(sql: str) -> str:
    """``sql`` if it may stand after EXPLAIN AI. Raises ``AskwireError``."""
    at = skip_blank(sql)
    while sql[at : at + 1] == "(":
        at = skip_blank(sql, at + 1)
    if word_at(sql, at).upper() not in _EXPLAINED:
        advice = "Send one SELECT, INSERT … SELECT, UPDATE or DELETE; it is not run."
        raise AskwireError(ErrorCode.CANNOT_DIAGNOSE, "This is no statement that can be diagnosed", advice)
    return sql


def ask_statement(
    mode: str, question: str, model: str = "", limit: int | None = None, bases: tuple[str, ...] = (), source: str = ""
) -> str:
    """``ASK mode 'question' …``, with everything quoted."""
    parts = ["ASK", mode.upper(), quote_literal(question)]
    parts += ["USING", quote_literal(model)] if model else []
    parts += ["LIMIT", str(int(limit))] if limit is not None else []
    parts += ["IN", ", ".join(map(quote_literal, bases))] if bases else []
    parts += ["LIKE", quote_literal(source)] if source else []
    return " ".join(parts)


def _answer(found: Rows, sql: str, notes: tuple[str, ...], sure: float | None) -> Answer:
    return Answer(
        columns=list(found.columns),
        rows=[list(row) for row in found.rows],
        row_count=len(found.rows),
        cut=found.cut,
        sql=sql,
        confidence=sure,
        notes=list(notes),
    )
