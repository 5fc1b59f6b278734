"""Every type of DuckDB: the column's MySQL type, and the value in both protocols."""

import pytest

from proxy.upstreams.types import Backend, Connection
from proxy.wire.columns import ColumnFlag, ColumnType
from tests.proxy.upstreams.backends.test_sessions import query, rows_of
from tests.support.rows import as_value, read_binary, read_text

T = ColumnType
ISO = "2026-01-31 12:34:56"


@pytest.fixture
def session(duckdb_backend: Backend) -> Connection:
    connection = duckdb_backend.connect("", "")
    connection.set_time_zone("+02:00")
    return connection


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("true", T.TINY, "1"),
        ("'-128'::TINYINT", T.TINY, "-128"),
        ("255::UTINYINT", T.TINY, "255"),
        ("65535::USMALLINT", T.SHORT, "65535"),
        ("4294967295::UINTEGER", T.LONG, "4294967295"),
        ("18446744073709551615::UBIGINT", T.LONGLONG, "18446744073709551615"),
        ("'-9223372036854775808'::BIGINT", T.LONGLONG, "-9223372036854775808"),
        ("170141183460469231731687303715884105727::HUGEINT", T.NEWDECIMAL, "170141183460469231731687303715884105727"),
        ("340282366920938463463374607431768211455::UHUGEINT", T.NEWDECIMAL, "340282366920938463463374607431768211455"),
        (
            "'123456789012345678901234567890123456789012345'::BIGNUM",
            T.NEWDECIMAL,
            "123456789012345678901234567890123456789012345",
        ),
        ("12.30::DECIMAL(10,2)", T.NEWDECIMAL, "12.30"),
        ("1.5::FLOAT", T.FLOAT, "1.5"),
        ("0.1::DOUBLE + 0.2::DOUBLE", T.DOUBLE, "0.30000000000000004"),
        ("1e300::DOUBLE", T.DOUBLE, "1e+300"),
        ("'-inf'::DOUBLE", T.DOUBLE, "-Infinity"),
        ("'é♥'", T.VAR_STRING, "é♥"),
        ("'ab'::BLOB", T.BLOB, "ab"),
        ("'101'::BIT", T.VAR_STRING, "101"),
        ("DATE '2026-01-31'", T.DATE, "2026-01-31"),
        ("DATE 'infinity'", T.DATE, "9999-12-31"),
        ("DATE '0044-03-15 (BC)'", T.DATE, "0001-01-01"),
        ("DATE '12000-01-01'", T.DATE, "9999-12-31"),
        (f"TIMESTAMP '{ISO}'", T.DATETIME, ISO),
        (f"TIMESTAMP '{ISO}.123'", T.DATETIME, f"{ISO}.123"),
        (f"TIMESTAMP_S '{ISO}'", T.DATETIME, ISO),
        (f"TIMESTAMP_MS '{ISO}.123'", T.DATETIME, f"{ISO}.123"),
        (f"TIMESTAMP_NS '{ISO}.123456789'", T.DATETIME, f"{ISO}.123456"),
        ("TIMESTAMP '-infinity'", T.DATETIME, "0001-01-01 00:00:00"),
        (f"TIMESTAMPTZ '{ISO}.5+00'", T.TIMESTAMP, "2026-01-31 14:34:56.5"),
        ("TIME '12:34:56.5'", T.TIME, "12:34:56.5"),
        ("TIMETZ '12:34:56+02'", T.VAR_STRING, "12:34:56+02"),
        ("INTERVAL '1 year 2 days 03:04:05'", T.VAR_STRING, "1 year 2 days 03:04:05"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::UUID", T.STRING, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("'b'::ENUM ('a', 'b')", T.STRING, "b"),
        ("'{\"a\": [1, null]}'::JSON", T.JSON, '{"a": [1, null]}'),
        ("[1, NULL, 3]", T.JSON, "[1,null,3]"),
        ("[1, 2]::INTEGER[2]", T.JSON, "[1,2]"),
        ("[['a\"b'], []]", T.JSON, '[["a\\"b"],[]]'),
        ("{'x': 1, 'y': 'é'}", T.JSON, '{"x":1,"y":"é"}'),
        ("MAP {'k': 1.5}", T.JSON, '{"k":1.5}'),
        ("union_value(num := 2)", T.JSON, '{"num":2}'),
        ("NULL", T.LONG, None),
        ("NULL::TIMESTAMP", T.DATETIME, None),
        ("NULL::INTEGER[]", T.JSON, None),
    ],
)
def test_types(session: Connection, value: str, kind: ColumnType, text: str | None) -> None:
    expected = None if text is None else text.encode()
    rows = rows_of(session, f"SELECT {value} AS x")
    (column,) = rows.columns
    assert (column.name, column.type) == ("x", kind)
    assert read_text(rows) == [[expected]]
    assert read_binary(rows_of(session, f"SELECT {value} AS x")) == [[as_value(expected, column)]]


def test_bytes(session: Connection) -> None:
    everything = bytes(range(256)) * 2
    rows = rows_of(session, f"SELECT unhex('{everything.hex()}'), ''::BLOB")
    assert [(column.type, column.binary) for column in rows.columns] == [(T.BLOB, True)] * 2
    assert read_text(rows, "utf_16_be") == [[everything, b""]]


def test_what_the_columns_say(session: Connection) -> None:
    session.execute("CREATE TABLE t (a DECIMAL(12, 3), b UBIGINT, c TIMESTAMP, d BOOLEAN)")
    columns = rows_of(session, "SELECT * FROM t").columns
    assert [(column.length, column.decimals) for column in columns] == [(14, 3), (20, 0), (26, 6), (1, 0)]
    assert columns[1].flags & ColumnFlag.UNSIGNED


def test_statements_that_are_no_queries_have_rows_too(session: Connection) -> None:
    session.execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, moment TIMESTAMP, amount DECIMAL(8,2), flags BOOLEAN, list INTEGER[])"
    )
    inserted = rows_of(
        session, f"INSERT INTO t VALUES (1, '{ISO}', 1.5, true, [1]), (2, NULL, NULL, NULL, NULL) RETURNING *"
    )
    assert [column.type for column in inserted.columns] == [T.LONG, T.DATETIME, T.NEWDECIMAL, T.TINY, T.JSON]
    assert read_text(inserted) == [[b"1", ISO.encode(), b"1.50", b"1", b"[1]"], [b"2", None, None, None, None]]
    assert query(session, "DESCRIBE t")[0][:2] == [b"id", b"INTEGER"]
    assert query(session, "SHOW TABLES") == [[b"t"]]
    assert query(session, "EXPLAIN SELECT 1")[0][0] == b"physical_plan"
    assert query(session, "PIVOT t ON flags USING count(*)") != []
    assert query(session, "VALUES (1), (2)") == [[b"1"], [b"2"]]
    assert query(session, "FROM t SELECT id WHERE id = 1") == [[b"1"]]
    assert query(session, "WITH a AS (SELECT 5 AS b) FROM a") == [[b"5"]]


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", b"2026-07-01 12:00:00"),
        ("+00:00", b"2026-07-01 12:00:00"),
        ("+05:30", b"2026-07-01 17:30:00"),
        ("-03:00", b"2026-07-01 09:00:00"),
        ("Europe/Berlin", b"2026-07-01 14:00:00"),
    ],
)
def test_time_zones(session: Connection, zone: str, text: bytes) -> None:
    session.set_time_zone(zone)
    assert query(session, "SELECT TIMESTAMPTZ '2026-07-01 12:00:00+00'") == [[text]]
