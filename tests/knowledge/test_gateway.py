"""Teaching through a real client and real gateways, none of which has a model."""

from contextlib import closing

import mysql.connector
import pymysql
import pytest

CREATE = "CREATE VERIFIED QUERY by_city FOR 'customers in \"Lyon\"' AS SELECT name FROM customers WHERE city = 'Lyon'"


@pytest.fixture
def connect():
    opened = []

    def connected(gateway, user="app", **options):
        connection = pymysql.connect(
            host=gateway.host, port=gateway.port, user=user, password="secret", database="shop", **options
        )
        opened.append(connection)
        return connection

    yield connected
    for connection in opened:
        if connection.open:
            connection.close()


def run(connection, sql, *arguments):
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql, arguments or None)
        return cursor.fetchall()


def code_of(connection, sql):
    with pytest.raises(pymysql.err.MySQLError) as error:
        run(connection, sql)
    return error.value.args[0] % 65536


@pytest.mark.timeout(300)
def test_taught_in_one_gateway_known_in_the_other(gateway_factory, connect, tmp_path):
    settings = {"data_dir": str(tmp_path / "data"), "knowledge": {"editors": ["app@%"]}, "drain_timeout_s": 0}
    with gateway_factory(**settings) as one, gateway_factory(**settings) as other:
        editor, reader = connect(one), connect(other, "reader")
        assert run(reader, "SHOW AI QUERIES") == ()
        run(editor, CREATE)
        run(editor, "CREATE TERM 'GMV' AS 'sum of all orders'")
        assert [row[0] for row in run(reader, "SHOW AI QUERIES")] == ["by_city"]
        assert [row[0] for row in run(reader, "SHOW AI TERMS")] == ["GMV"]
        city = run(reader, "SELECT city FROM customers ORDER BY id LIMIT 1")[0][0]
        expected = run(reader, "SELECT name FROM customers WHERE city = %s", city)
        assert run(reader, f"ASK 'customers in \"{city}\"'") == expected
        assert "Verified query: by_city" in [row[2] for row in run(reader, "SHOW WARNINGS")]
        assert code_of(reader, "DROP VERIFIED QUERY by_city") == 57033
        assert code_of(reader, "ASK 'customers of another kind'") == 57002  # there is no model
        run(editor, "DROP VERIFIED QUERY by_city")
        assert code_of(reader, f"ASK 'customers in \"{city}\"'") == 57002
        assert [row[4] for row in run(reader, "SHOW AI HISTORY")][-1] == f'customers in "{city}"'
        assert run(editor, "SHOW AI HISTORY") == ()
        editor.close()
        reader.close()


def test_ddl_seen_on_the_wire_breaks_and_heals(gateway, connect):
    session = connect(gateway)
    session.select_db("scratch")
    run(session, "CREATE TABLE taught_parts (id INT PRIMARY KEY, price INT)")
    try:
        run(session, "INSERT INTO taught_parts VALUES (1, 5), (2, 50)")
        run(session, "CREATE VERIFIED QUERY parts FOR 'parts over 10' AS SELECT id FROM taught_parts WHERE price > 10")
        assert run(session, "ASK 'parts over 20'") == ((2,),)
        run(session, "ALTER TABLE taught_parts DROP COLUMN price")
        assert [row[3] for row in run(session, "SHOW AI QUERIES")] == ["broken: there is no column taught_parts.price"]
        assert code_of(session, "ASK 'parts over 20'") == 57002
        run(session, "ALTER TABLE taught_parts ADD COLUMN price INT DEFAULT 30")
        assert run(session, "ASK 'parts over 20'") == ((1,), (2,))
    finally:
        run(session, "DROP TABLE taught_parts")
        run(session, "DROP VERIFIED QUERY parts")


def test_feedback(gateway, connect):
    session = connect(gateway)
    assert code_of(session, "FEEDBACK LAST GOOD") == 57036
    assert code_of(session, "ASK 'names of the regions'") == 57002
    run(session, "FEEDBACK LAST AS SELECT name FROM regions ORDER BY name")
    try:
        expected = run(session, "SELECT name FROM regions ORDER BY name")
        assert run(session, "ASK 'Names of regions?'") == expected
        assert [row[-1] for row in run(session, "SHOW AI HISTORY LIMIT 2")][1].startswith("corrected: SELECT name")
        run(session, "FEEDBACK LAST GOOD")
    finally:
        run(session, "FEEDBACK LAST BAD 'test is over'")
    assert run(session, "SHOW AI QUERIES") == ()


def test_prepared(gateway):
    session = mysql.connector.connect(
        host=gateway.host, port=gateway.port, user="app", password="secret", database="shop", use_pure=True
    )
    with closing(session), closing(session.cursor(prepared=True)) as cursor:
        cursor.execute("CREATE TERM ? AS ?", ("it's", "a \\ b'; DROP TABLE x; --"))
        cursor.execute("CREATE VERIFIED QUERY named FOR ? AS SELECT name FROM regions WHERE id = 1", ("region 1",))
        cursor.execute("SHOW AI TERMS")
        assert [row[:2] for row in cursor.fetchall()] == [("it's", "a \\ b'; DROP TABLE x; --")]
        cursor.execute("ASK ?", ("region 1",))
        first = cursor.fetchall()
        cursor.execute("ASK ?", ("region 2",))
        assert len({*first, *cursor.fetchall()}) == 2
        cursor.execute("DROP TERM ?", ("it's",))
        cursor.execute("DROP VERIFIED QUERY named")


def test_what_the_database_would_take_is_relayed(gateway, connect):
    session = connect(gateway)
    session.select_db("scratch")
    try:
        run(session, "CREATE TABLE term (verified INT, feedback INT)")
        run(session, "CREATE OR REPLACE VIEW verified AS SELECT feedback AS term FROM term")
        assert run(session, "SELECT term FROM verified") == ()
    finally:
        run(session, "DROP VIEW IF EXISTS verified")
        run(session, "DROP TABLE term")
    assert code_of(session, "FEEDBACK 'x'") == 1064
    assert code_of(session, "CREATE TERM") == 57001
