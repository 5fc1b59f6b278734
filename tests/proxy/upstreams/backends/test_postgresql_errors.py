"""PostgreSQL's errors as MySQL's, from what a result says."""

from typing import Any, cast

import pytest
from psycopg.pq import DiagnosticField as Field

from plugins.upstream import UpstreamError
from proxy.upstreams.backends.postgresql_errors import PostgresError, from_result


class Result:
    """A failed result with these fields."""

    def __init__(self, state: str, message: str = "", detail: str = "", whole: str = "", **fields: str) -> None:
        self._fields = {Field[name.upper()]: value for name, value in fields.items()}
        self._fields |= {Field.SQLSTATE: state, Field.MESSAGE_PRIMARY: message, Field.MESSAGE_DETAIL: detail}
        self.error_message = whole.encode()

    def error_field(self, field: Field) -> bytes | None:
        value = self._fields.get(field)
        return value.encode("utf-8", "surrogateescape") if value else None


def meaning(state: str, message: str = "", detail: str = "", whole: str = "", **fields: str) -> UpstreamError:
    return from_result(cast("Any", Result(state, message, detail, whole, **fields)))


@pytest.mark.parametrize(
    ("state", "number", "sqlstate"),
    [
        ("40001", 1213, "40001"),
        ("40P01", 1213, "40001"),
        ("55P03", 1205, "HY000"),
        ("57014", 1317, "70100"),
        ("57P01", 1158, "08S01"),
        ("08006", 1158, "08S01"),
        ("28P01", 1045, "28000"),
        ("22012", 1365, "22012"),
        ("22000", 1292, "22007"),
        ("42P99", 1064, "42000"),
        ("53300", 1040, "08004"),
        ("XX000", 1105, "HY000"),
        ("P0001", 1105, "HY000"),
    ],
)
def test_the_longest_known_state_decides(state: str, number: int, sqlstate: str) -> None:
    error = meaning(state, "said")
    assert (error.number, error.sqlstate) == (number, sqlstate)
    assert isinstance(error, PostgresError)
    assert error.original == state


@pytest.mark.parametrize(
    ("error", "number", "message"),
    [
        (
            meaning("23505", "x", "Key (a, b)=(1, two) already exists.", table_name="t", constraint_name="t_pkey"),
            1062,
            "Duplicate entry '1-two' for key 't.PRIMARY'",
        ),
        (
            meaning("23505", "x", "Key (lower(a))=((=)\nx) exists.", table_name="t", constraint_name="t.by_a"),
            1062,
            "Duplicate entry '(=)\nx' for key 't.by_a'",
        ),
        (
            meaning("23505", "x", table_name="t", constraint_name="other"),  # the detail is kept from who may not read
            1062,
            "Duplicate entry '?' for key 't.other'",
        ),
        (
            meaning("23503", '"kid" "fk" "par"', schema_name="s", table_name="kid", constraint_name="fk"),
            1451,
            "Cannot delete or update a parent row: a foreign key constraint fails (`s`.`kid`, CONSTRAINT `fk`)",
        ),
        (
            meaning("23503", '"kid" "fk"', schema_name="s", table_name="kid", constraint_name="fk"),
            1452,
            "Cannot add or update a child row: a foreign key constraint fails (`s`.`kid`, CONSTRAINT `fk`)",
        ),
        (meaning("23502", "x", column_name="a"), 1048, "Column 'a' cannot be null"),
        (meaning("23514", "x", constraint_name="c"), 3819, "Check constraint 'c' is violated."),
        (meaning("42P01", 'relation "a""b" does not exist'), 1146, "Table 'a\"b' doesn't exist"),
        (meaning("42P01", "la relation n'existe pas"), 1146, "la relation n'existe pas"),
        (meaning("42P07", 'relation "t" already exists'), 1050, "Table 't' already exists"),
        (meaning("42703", 'column "a" does not exist'), 1054, "Unknown column 'a' in 'field list'"),
        (meaning("42703", "column t.a does not exist"), 1054, "Unknown column 't.a' in 'field list'"),
        (meaning("3F000", 'schema "d" does not exist'), 1049, "Unknown database 'd'"),
        (meaning("42501", "permission denied for table t"), 1142, "permission denied for table t"),
        (meaning("42501", "permission denied for schema s"), 1044, "permission denied for schema s"),
        (meaning("42501", "permission denied for function f"), 1370, "permission denied for function f"),
        (meaning("22012", "x"), 1365, "Division by 0"),
    ],
)
def test_what_a_client_is_told(error: UpstreamError, number: int, message: str) -> None:
    assert (error.number, error.message) == (number, message)


def test_names_are_not_read_as_forms() -> None:
    """What a person called a table is no template and no part of a pattern."""
    assert meaning("42P01", 'relation "{0.__class__}" x').message == "Table '{0.__class__}' doesn't exist"
    assert meaning("42703", 'column "{}{x}" x').message == "Unknown column '{}{x}' in 'field list'"


def test_a_failure_without_a_state_is_the_connection_s() -> None:
    error = meaning("", whole="server closed the connection unexpectedly\n")
    assert (error.number, error.sqlstate) == (1158, "08S01")
    assert "server closed the connection" in error.message


def test_bytes_that_are_no_text_end_no_session() -> None:
    assert meaning("42601", "near \udcff\udcfe").message == "near \ufffd\ufffd"
    assert meaning("42601", whole="ERROR:  syntax\n").message == "ERROR:  syntax"
