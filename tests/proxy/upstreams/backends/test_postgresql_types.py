"""Every type of PostgreSQL: the column's MySQL type, and the value in both protocols."""

import pytest

from proxy.upstreams.types import Connection, Done
from proxy.wire.columns import ColumnFlag, ColumnType
from tests.proxy.upstreams.backends.conftest import Connect
from tests.proxy.upstreams.backends.test_sessions import query, rows_of
from tests.support.rows import as_value, read_binary, read_text

T = ColumnType
ISO = "2026-01-31 12:34:56"


@pytest.fixture
def session(postgres_connect: Connect) -> Connection:
    connection = postgres_connect()
    connection.set_time_zone("+02:00")
    return connection


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        ("true", T.TINY, "1"),
        ("false", T.TINY, "0"),
        ("'-32768'::int2", T.SHORT, "-32768"),
        ("2147483647", T.LONG, "2147483647"),
        ("'-9223372036854775808'::int8", T.LONGLONG, "-9223372036854775808"),
        ("4294967295::oid", T.LONG, "4294967295"),
        ("1.5::float4", T.FLOAT, "1.5"),
        ("0.1::float8 + 0.2", T.DOUBLE, "0.30000000000000004"),
        ("1e300::float8", T.DOUBLE, "1e+300"),
        ("'-Infinity'::float8", T.DOUBLE, "-Infinity"),
        ("12.30::numeric(10,2)", T.NEWDECIMAL, "12.30"),
        ("repeat('9', 39)::numeric(39,0)", T.NEWDECIMAL, "9" * 39),
        ("(repeat('9', 70) || '.125')::numeric", T.NEWDECIMAL, "9" * 70 + ".125"),
        ("'NaN'::numeric", T.NEWDECIMAL, None),
        ("'Infinity'::numeric", T.NEWDECIMAL, None),
        ("1.25::money", T.VAR_STRING, "$1.25"),
        ("'é♥'::text", T.BLOB, "é♥"),
        ("'é♥'::varchar(10)", T.VAR_STRING, "é♥"),
        ("'ab'::char(5)", T.STRING, "ab"),
        ("'x'::\"char\"", T.STRING, "x"),
        ("'x'::name", T.VAR_STRING, "x"),
        ("DATE '2026-01-31'", T.DATE, "2026-01-31"),
        ("DATE 'infinity'", T.DATE, "9999-12-31"),
        ("DATE '-infinity'", T.DATE, "0001-01-01"),
        ("DATE '12000-01-01'", T.DATE, "9999-12-31"),
        ("DATE '0044-03-15 BC'", T.DATE, "0001-01-01"),
        (f"TIMESTAMP '{ISO}'", T.DATETIME, ISO),
        (f"TIMESTAMP '{ISO}.123'", T.DATETIME, f"{ISO}.123"),
        (f"TIMESTAMP(0) '{ISO}.7'", T.DATETIME, "2026-01-31 12:34:57"),
        ("TIMESTAMP 'infinity'", T.DATETIME, "9999-12-31 23:59:59.999999"),
        ("TIMESTAMP '0044-03-15 10:00:00 BC'", T.DATETIME, "0001-01-01 00:00:00"),
        (f"TIMESTAMPTZ '{ISO}.5+00'", T.TIMESTAMP, "2026-01-31 14:34:56.5"),
        (f"TIMESTAMPTZ '{ISO}-05:30'", T.TIMESTAMP, "2026-01-31 20:04:56"),
        ("TIMESTAMPTZ '-infinity'", T.TIMESTAMP, "0001-01-01 00:00:00"),
        ("TIMESTAMPTZ '12000-01-01 00:00:00+00'", T.TIMESTAMP, "9999-12-31 23:59:59.999999"),
        ("TIME '12:34:56.5'", T.TIME, "12:34:56.5"),
        ("TIME '24:00:00'", T.TIME, "24:00:00"),
        ("TIMETZ '12:34:56+02'", T.VAR_STRING, "12:34:56+02"),
        ("INTERVAL '1 year 2 days 03:04:05'", T.VAR_STRING, "1 year 2 days 03:04:05"),
        ("'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid", T.STRING, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        ("'{\"a\": [1, null]}'::json", T.JSON, '{"a": [1, null]}'),
        ("'{\"a\":1}'::jsonb", T.JSON, '{"a": 1}'),
        ("B'101'::bit(3)", T.BIT, "\x05"),
        ("B'101'", T.VAR_STRING, "101"),
        ("B'0000000100000010'::bit(16)", T.BIT, "\x01\x02"),
        ("B'101'::varbit(9)", T.VAR_STRING, "101"),
        ("'10.0.0.1/8'::inet", T.VAR_STRING, "10.0.0.1/8"),
        ("'08:00:2b:01:02:03'::macaddr", T.STRING, "08:00:2b:01:02:03"),
        ("'<a>1</a>'::xml", T.BLOB, "<a>1</a>"),
        ("'[1,5)'::int4range", T.VAR_STRING, "[1,5)"),
        ("ROW(1, 'a')", T.BLOB, "(1,a)"),
        ("point(1, 2)", T.BLOB, "(1,2)"),
        ("'cat & dog'::tsquery", T.BLOB, "'cat' & 'dog'"),
        ("'pg_class'::regclass", T.VAR_STRING, "pg_class"),
        ("ARRAY[1, NULL, 3]", T.JSON, "[1, null, 3]"),
        ("ARRAY[[1, 2], [3, 4]]", T.JSON, "[[1, 2], [3, 4]]"),
        ("'{}'::int[]", T.JSON, "[]"),
        ("'[2:3]={1,2}'::int[]", T.JSON, "[1, 2]"),
        (
            """ARRAY['a', 'NULL', NULL, 'q"\\', '{x}', 'a,b', '', 'é']""",
            T.JSON,
            '["a", "NULL", null, "q\\"\\\\", "{x}", "a,b", "", "é"]',
        ),
        ("ARRAY[true, false]", T.JSON, "[true, false]"),
        ("ARRAY[1.50, 2]::numeric[]", T.JSON, "[1.50, 2]"),
        ("ARRAY['NaN']::float8[]", T.JSON, '["NaN"]'),
        ("ARRAY[DATE '2026-01-31']", T.JSON, '["2026-01-31"]'),
        ("""ARRAY['{"a": 1}']::jsonb[]""", T.JSON, '[{"a": 1}]'),
        ("NULL", T.BLOB, None),
        ("NULL::int", T.LONG, None),
        ("NULL::timestamptz", T.TIMESTAMP, None),
        ("void_function()", T.BLOB, None),
    ],
)
def test_types(session: Connection, value: str, kind: ColumnType, text: str | None) -> None:
    session.execute("CREATE FUNCTION void_function() RETURNS void LANGUAGE sql AS 'SELECT'")
    expected = None if text is None else text.encode("latin-1" if kind is T.BIT else "utf-8")
    rows = rows_of(session, f"SELECT {value} AS x")
    (column,) = rows.columns
    assert (column.name, column.type) == ("x", kind)
    assert read_text(rows) == [[expected]]
    rows = rows_of(
        session,
        f"SELECT {value} AS x UNION ALL SELECT {value}"
        if "json" not in value and "xml" not in value
        else f"SELECT {value}",
    )
    assert read_binary(rows)[0] == [as_value(expected, column)]


def test_bytes(session: Connection) -> None:
    everything = bytes(range(256)) * 2
    rows = rows_of(session, f"SELECT '\\x{everything.hex()}'::bytea, ''::bytea")
    assert [(column.type, column.binary) for column in rows.columns] == [(T.BLOB, True)] * 2
    assert read_text(rows, "utf_16_be") == [[everything, b""]]


def test_what_the_columns_say(session: Connection) -> None:
    session.execute(
        "CREATE TABLE t (a numeric(12, 3), b varchar(7), c timestamp(2), d boolean, e oid, f bit(5), g text)"
    )
    columns = rows_of(session, "SELECT * FROM t").columns
    assert [(column.length, column.decimals) for column in columns[:4]] == [(14, 3), (28, 0), (22, 2), (1, 0)]
    assert columns[4].flags & ColumnFlag.UNSIGNED
    assert (columns[5].type, columns[5].length) == (T.BIT, 5)
    assert [column.binary for column in columns] == [True, False, True, True, True, True, False]


def test_decimals_of_a_sum(session: Connection) -> None:
    """PostgreSQL does not say the scale of an expression: the first rows do."""
    session.execute("CREATE TABLE t (a numeric(12, 3))")
    session.execute("INSERT INTO t VALUES (1.5), (2)")
    rows = rows_of(session, "SELECT sum(a), avg(a), count(*)::numeric FROM t")
    assert [column.decimals for column in rows.columns] == [3, 16, 0]
    rows.close()


def test_enumerations_and_their_arrays(session: Connection, postgres_connect: Connect) -> None:
    assert isinstance(session.execute("CREATE TYPE mood AS ENUM ('sad', 'it''s ok')"), Done)
    for connection in (session, postgres_connect()):
        rows = rows_of(connection, "SELECT 'it''s ok'::mood, ARRAY['sad', NULL]::mood[]")
        assert [column.type for column in rows.columns] == [T.STRING, T.JSON]
        assert rows.columns[0].flags & ColumnFlag.ENUM
        assert read_text(rows) == [[b"it's ok", b'["sad", null]']]


def test_domains_are_what_they_are_made_of(session: Connection) -> None:
    session.execute("CREATE DOMAIN price AS numeric(8, 2) CHECK (VALUE >= 0)")
    rows = rows_of(session, "SELECT 1.5::price")
    assert (rows.columns[0].type, rows.columns[0].decimals) == (T.NEWDECIMAL, 2)
    assert read_text(rows) == [[b"1.50"]]


def test_a_type_that_others_made_meanwhile_is_text(session: Connection, postgres_connect: Connect) -> None:
    query(session, "SELECT 1")
    postgres_connect().execute("CREATE TYPE size AS ENUM ('s', 'm')")
    assert query(session, "SELECT 's'::size, ROW(1)") == [[b"s", b"(1)"]]
    rows = rows_of(session, "SELECT 's'::size")
    assert rows.columns[0].flags & ColumnFlag.ENUM
    rows.close()


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
