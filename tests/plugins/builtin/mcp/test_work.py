"""What each tool sends, and what it makes of the answer."""

from typing import Any, cast

import pytest

from plugins.builtin.mcp import work
from plugins.builtin.mcp.connection import Connection, Rows
from plugins.errors import AskwireError, ErrorCode
from plugins.upstream import UpstreamError


class Session:
    def __init__(self, *notes: str, rows: Rows | UpstreamError | None = None) -> None:
        self.lost = False
        self.sent: list[str] = []
        self._notes = notes
        self._rows = rows or Rows(("a",), ((1,), (2,)))

    def run(self, sql: str, **_limits: Any) -> Rows:
        self.sent.append(sql)
        if isinstance(self._rows, UpstreamError) and not sql.startswith(("START", "ROLLBACK")):
            self.lost = self._rows.number == 2013
            raise self._rows
        return self._rows if isinstance(self._rows, Rows) else Rows()

    def notes(self) -> tuple[str, ...]:
        return self._notes

    @property
    def connection(self) -> Connection:
        return cast(Connection, self)


def test_the_notes_of_a_question() -> None:
    session = Session("SQL: SELECT 1", "Confidence: 0.75", "assumed: all years")
    found = work.ask(session.connection, "ASK 'x'", 10, 1000)
    assert (found.sql, found.confidence, found.notes, found.row_count) == ("SELECT 1", 0.75, ["assumed: all years"], 2)


@pytest.mark.parametrize("said", ["high", "", "-1", "1.2.3", "nan"])
def test_a_confidence_that_is_none(said: str) -> None:
    assert work.ask(Session(f"Confidence: {said}").connection, "ASK 'x'", 10, 1000).confidence is None


def test_a_query_runs_in_a_transaction_that_only_reads() -> None:
    session = Session()
    assert work.query(session.connection, "SELECT 1", 10, 1000).sql == "SELECT 1"
    assert session.sent == ["START TRANSACTION READ ONLY", "SELECT 1", "ROLLBACK"]


@pytest.mark.parametrize(("number", "ends"), [(1064, ["ROLLBACK"]), (2013, [])])
def test_a_query_that_fails(number: int, ends: list[str]) -> None:
    session = Session(rows=UpstreamError(number, "HY000", "no"))
    with pytest.raises(UpstreamError):
        work.query(session.connection, "SELECT 1", 10, 1000)
    assert session.sent == ["START TRANSACTION READ ONLY", "SELECT 1", *ends]


def test_a_diagnosis() -> None:
    session = Session("a note", rows=Rows(("d",), (('{"findings":[1]}',),)))
    found = work.explain(session.connection, "SELECT 1")
    assert session.sent == ["EXPLAIN AI FORMAT=JSON SELECT 1"]
    assert (found.diagnosis, found.notes) == ({"findings": [1]}, ["a note"])


@pytest.mark.parametrize("rows", [(), (('{"findings":[1] … (cut)',),)])
def test_a_diagnosis_that_does_not_fit(rows: tuple[tuple[str, ...], ...]) -> None:
    with pytest.raises(UpstreamError, match="too large to be shown"):
        work.explain(Session(rows=Rows(("d",), rows)).connection, "SELECT 1")


@pytest.mark.parametrize(
    ("sql", "made"),
    [
        ("SELECT 1", "SELECT 1 LIMIT 11"),
        ("select * from t limit 5;", "SELECT * FROM t LIMIT 5"),
        ("SELECT 1 /* x */ -- y", "SELECT 1 LIMIT 11"),
    ],
)
def test_what_is_read(sql: str, made: str) -> None:
    assert work.reading(sql, 10).replace("/* x */ ", "").replace(" /* y */", "") == made


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("DELETE FROM t", ErrorCode.REFUSED),
        ("SELECT 1; DROP TABLE t", ErrorCode.REFUSED),
        ("SELECT 1 INTO OUTFILE '/etc/x'", ErrorCode.BAD_SQL),
        ("SELECT sleep(5)", ErrorCode.REFUSED),
        ("SELECT * FROM t FOR UPDATE", ErrorCode.REFUSED),
        ("SELECT (", ErrorCode.BAD_SQL),
    ],
)
def test_what_is_not_read(sql: str, code: ErrorCode) -> None:
    with pytest.raises(AskwireError, match="The SQL is not run") as error:
        work.reading(sql, 10)
    assert error.value.code is code
    assert error.value.advice.startswith("Send one SELECT")


@pytest.mark.parametrize("sql", ["SELECT 1", " ( (select 1))", "with a as (select 1) select 1", "Update t set a = 1"])
def test_what_may_be_explained(sql: str) -> None:
    assert work.explained(sql) == sql


@pytest.mark.parametrize(
    "sql", ["", "ANALYZE SELECT 1", "FORMAT=JSON SELECT 1", "DROP TABLE t", "/*! ANALYZE */ SELECT 1"]
)
def test_what_may_not(sql: str) -> None:
    """EXPLAIN AI knows words of its own; one of them runs the statement."""
    with pytest.raises(AskwireError) as error:
        work.explained(sql)
    assert error.value.code is ErrorCode.CANNOT_DIAGNOSE


def test_everything_is_quoted() -> None:
    assert work.ask_statement("rows", "it's") == "ASK ROWS 'it''s'"
    hostile = "x' USING 'other"
    made = work.ask_statement("docs", hostile, hostile, 5, (hostile, "b"), hostile)
    quoted = "'x'' USING ''other'"
    assert made == f"ASK DOCS {quoted} USING {quoted} LIMIT 5 IN {quoted}, 'b' LIKE {quoted}"
