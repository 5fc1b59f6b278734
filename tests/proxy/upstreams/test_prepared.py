import struct

import pytest

from plugins import UpstreamError
from proxy.upstreams import prepared as module
from proxy.upstreams.prepared import PreparedStatements, literal
from proxy.wire.commands import Com
from proxy.wire.errors import ProtocolError


@pytest.mark.parametrize(
    ("value", "blob", "text"),
    [
        (None, False, "NULL"),
        (5, False, " 5"),
        (-5, False, " -5"),
        (1.5, False, " 1.5"),
        (float("nan"), False, "NULL"),
        (float("-inf"), False, "NULL"),
        ("it's", False, "'it''s'"),
        ("a\\'b", False, "'a\\\\''b'"),
        ("größe".encode(), False, "'größe'"),
        (b"\xff", False, "x'ff'"),
        (b"plain", True, "'plain'"),
        (b"a\\b", True, "x'615c62'"),
        (b"a\x00b", True, "x'610062'"),
        (b"a\\b", False, "'a\\\\b'"),
    ],
)
def test_values_as_sql(value: object, blob: bool, text: str) -> None:
    assert literal(value, "utf-8", blob=blob) == text  # type: ignore[arg-type]


def test_bytes_in_the_clients_character_set() -> None:
    assert literal("größe".encode("cp1252"), "cp1252", blob=False) == "'größe'"


def execute(*values: bytes) -> bytes:
    """A body of COM_STMT_EXECUTE (without the id) with texts."""
    count = len(values)
    types = b"".join(b"\xfd\0" for _ in values)
    cells = b"".join(bytes([len(value)]) + value for value in values)
    return b"\0\1\0\0\0" + bytes((count + 7) // 8) + b"\1" + types + cells


def body(number: int, *values: bytes) -> bytes:
    return struct.pack("<I", number) + execute(*values)


def test_values_take_the_places_of_question_marks() -> None:
    statements = PreparedStatements()
    made = statements.add("SELECT ?, '?', `?` -- ?\n, ? /* ? */")
    assert (made.id, made.parameters) == (1, 2)
    assert made.bound(body(1, b"a", b"?"), False, "utf-8") == "SELECT 'a', '?', `?` -- ?\n, '?' /* ? */"
    assert statements.named_in(body(1), "mysqld_stmt_execute") is made


@pytest.mark.parametrize("sent", [struct.pack("<I", 2), b"", b"\2"])
def test_a_statement_that_nobody_prepared(sent: bytes) -> None:
    statements = PreparedStatements()
    statements.add("SELECT 1")
    with pytest.raises(UpstreamError, match="given to mysqld_stmt_reset") as error:
        statements.named_in(sent, "mysqld_stmt_reset")
    assert error.value.number == 1243


def test_hostile_values_stay_values() -> None:
    made = PreparedStatements().add("SELECT ? FROM t")
    assert made.bound(body(1, b"'; DROP TABLE t; -- \\"), False, "utf-8") == "SELECT '''; DROP TABLE t; -- \\\\' FROM t"


def test_a_body_that_breaks_the_protocol() -> None:
    made = PreparedStatements().add("SELECT ?")
    for broken in (b"", body(1, b"a")[:-1], body(1)[:9]):
        with pytest.raises(ProtocolError):
            made.bound(broken, False, "utf-8")


def long_data(number: int, index: int, data: bytes) -> bytes:
    return struct.pack("<IH", number, index) + data


def test_values_in_pieces() -> None:
    statements = PreparedStatements()
    made = statements.add("SELECT ?")
    for piece in (b"one ", b"two"):
        statements.silent(Com.STMT_SEND_LONG_DATA, long_data(1, 0, piece))
    statements.silent(Com.STMT_SEND_LONG_DATA, long_data(1, 7, b"no such value"))
    statements.silent(Com.STMT_SEND_LONG_DATA, long_data(9, 0, b"no such statement"))
    assert made.long_data.keys() == {0}
    sent = struct.pack("<I", 1) + b"\0\1\0\0\0" + b"\0\1\xfd\0"
    assert made.bound(sent, False, "utf-8") == "SELECT 'one two'"
    assert made.long_data == {}


def test_too_much_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LONG_DATA", 10)
    statements = PreparedStatements()
    first, second = statements.add("SELECT ?"), statements.add("SELECT ?")
    statements.silent(Com.STMT_SEND_LONG_DATA, long_data(1, 0, b"x" * 6))
    statements.silent(Com.STMT_SEND_LONG_DATA, long_data(2, 0, b"x" * 6))
    with pytest.raises(UpstreamError) as error:
        second.bound(body(2, b"a"), False, "utf-8")
    assert error.value.number == 1153
    assert second.bound(body(2, b"a"), False, "utf-8") == "SELECT 'a'"
    first.reset()
    assert first.long_data == {}


def knows(statements: PreparedStatements, number: int) -> bool:
    try:
        return statements.named_in(body(number), "mysqld_stmt_execute").id == number
    except UpstreamError:
        return False


def test_statements_that_are_closed() -> None:
    statements = PreparedStatements()
    statements.add("SELECT 1")
    statements.silent(Com.STMT_CLOSE, struct.pack("<I", 1))
    assert not knows(statements, 1)
    statements.silent(Com.STMT_CLOSE, b"")
    assert statements.add("SELECT 2").id == 2
    assert knows(statements, 2)
    statements.clear()
    assert not knows(statements, 2)


@pytest.mark.parametrize(("name", "value"), [("MAX_STATEMENTS", 1), ("MAX_TEXT", 12)])
def test_too_many(monkeypatch: pytest.MonkeyPatch, name: str, value: int) -> None:
    monkeypatch.setattr(module, name, value)
    statements = PreparedStatements()
    statements.add("SELECT 1")
    with pytest.raises(UpstreamError, match="max_prepared_stmt_count") as error:
        statements.add("SELECT 2")
    assert error.value.number == 1461
    monkeypatch.undo()
    with pytest.raises(UpstreamError, match="too many placeholders") as error:
        statements.add("SELECT " + "?," * 70_000)
    assert error.value.number == 1390
