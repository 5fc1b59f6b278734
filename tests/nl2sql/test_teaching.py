"""Terms, verified queries and feedback on a real database, with a scripted model."""

import pytest

from plugins import AskwireError, Done, ErrorCode, Outcome, Table
from tests.nl2sql.gateway import BY_STATUS, gateway
from tests.nl2sql.scripted import Script

PAID = "CREATE VERIFIED QUERY paid FOR 'how many orders are paid' AS SELECT COUNT(id) FROM orders WHERE status = 'paid'"


async def refused(work, code):
    with pytest.raises(AskwireError) as error:
        await work
    assert error.value.code is code, error.value
    return error.value.message


async def rows(handle, text, session=None):
    table = await (handle(text, session) if session else handle(text))
    assert isinstance(table, Table)
    return list(table.rows)


async def test_terms(connect, tmp_path):
    session, other = connect(), connect("clerk")
    async with gateway(tmp_path, session, None) as handle:
        answer = await handle("CREATE TERM 'GMV' AS 'sum of all orders'")
        assert isinstance(answer, Done)
        assert [n.message for n in answer.notes] == ["It counts for app@% alone"]
        assert [r[:4] for r in await rows(handle, "SHOW AI TERMS")] == [("GMV", "sum of all orders", "app@%", "app@%")]
        assert await rows(handle, "SHOW AI TERMS", other) == []
        await refused(handle("CREATE TERM gmv AS 'x'"), ErrorCode.NAME_TAKEN)
        await handle("CREATE OR REPLACE TERM gmv AS 'x'")
        await refused(handle("DROP TERM GMV", other), ErrorCode.NOT_KNOWN)
        await refused(handle("SHOW AI TERMS", connect("root", None)), ErrorCode.NO_DATABASE)
        await handle("DROP TERM GMV")
        assert await rows(handle, "SHOW AI TERMS") == []


async def test_what_an_editor_teaches_counts_for_all_who_see_its_tables(connect, tmp_path):
    editor, clerk = connect(), connect("clerk")
    async with gateway(tmp_path, editor, None, editors=["app@%"]) as handle:
        assert [n.message for n in (await handle("CREATE TERM T AS 'x'")).notes] == ["It counts for everybody"]
        assert [r[3] for r in await rows(handle, "SHOW AI TERMS", clerk)] == ["everybody"]
        await refused(handle("DROP TERM T", clerk), ErrorCode.NOT_YOURS)
        await handle(PAID)
        await handle("CREATE VERIFIED QUERY c FOR 'customers' AS SELECT name FROM customers")
        await handle("CREATE VERIFIED QUERY e FOR 'emails' AS SELECT email FROM customers")
        assert [r[0] for r in await rows(handle, "SHOW AI QUERIES")] == ["c", "e", "paid"]
        # The clerk may read two columns of customers.
        assert [r[0] for r in await rows(handle, "SHOW AI QUERIES", clerk)] == ["c"]
        assert await rows(handle, "SHOW AI QUERIES", connect("nobody", "information_schema")) == []


async def test_the_sql_of_a_verified_query_passes_the_guard(connect, tmp_path):
    session = connect("root")
    create = "CREATE VERIFIED QUERY n FOR 'q' AS "
    async with gateway(tmp_path, session, None) as handle:
        for sql, code in (
            ("DELETE FROM orders", ErrorCode.REFUSED),
            ("SELECT 1; DROP TABLE orders", ErrorCode.REFUSED),
            ("SELECT id FROM orders FOR UPDATE", ErrorCode.REFUSED),
            ("SELECT SLEEP(9) FROM orders", ErrorCode.REFUSED),
            ("SELECT log_it(id) FROM orders", ErrorCode.BAD_SQL),
            ("SELECT id FROM orders INTO OUTFILE '/x'", ErrorCode.BAD_SQL),
            ("SELECT /*! id */ FROM orders", ErrorCode.REFUSED),
            ("SELECT User FROM mysql.user", ErrorCode.REFUSED),
            ("SELECT colour FROM orders", ErrorCode.BAD_SQL),
            ("SELECT 1", ErrorCode.BAD_SQL),
            ("SELECT SUM(COUNT(*)) FROM orders", ErrorCode.BAD_SQL),
            ("nonsense", ErrorCode.REFUSED),
        ):
            await refused(handle(create + sql), code)
            await refused_feedback(handle, sql, code)
        assert await rows(handle, "SHOW AI QUERIES") == []
        assert session.run("SELECT COUNT(*) FROM log").rows == (("0",),)
        await refused(handle(create.replace("'q'", f"'{'q' * 1001}'") + BY_STATUS), ErrorCode.QUESTION_TOO_LONG)
        answer = await handle(create + "select Status, count(*) as n from orders group by 1")
        assert answer.notes[0].message == "SQL: SELECT Status, COUNT(*) AS n FROM orders GROUP BY 1"


async def refused_feedback(handle, sql, code):
    await refused(handle(f"FEEDBACK LAST AS {sql}"), ErrorCode.NOTHING_ASKED)


async def test_a_table_without_rights_is_not_taught_about(connect, tmp_path):
    async with gateway(tmp_path, connect(), None) as handle:
        create = "CREATE VERIFIED QUERY n FOR 'q' AS SELECT amount FROM salaries"
        assert "salaries" in await refused(handle(create), ErrorCode.BAD_SQL)


async def test_ddl_breaks_a_query_and_heals_it(connect, tmp_path):
    root = connect("root")
    root.run("CREATE TABLE parts (id INT PRIMARY KEY, name VARCHAR(20), price INT)")
    try:
        async with gateway(tmp_path, root, None) as handle:
            await handle("CREATE VERIFIED QUERY n FOR 'part prices' AS SELECT name, price FROM parts")

            async def status():
                return [r[3] for r in await rows(handle, "SHOW AI QUERIES")]

            assert await status() == ["ok"]
            root.run("ALTER TABLE parts DROP COLUMN price")
            assert await status() == ["broken: there is no column parts.price"]
            root.run("ALTER TABLE parts ADD COLUMN price INT")
            assert await status() == ["ok"]
            root.run("RENAME TABLE parts TO pieces")
            assert await status() == ["broken: there is no table parts"]
            root.run("RENAME TABLE pieces TO parts")
            assert await status() == ["ok"]
    finally:
        root.run("DROP TABLE IF EXISTS parts, pieces")


async def test_feedback_good_makes_an_example_and_bad_takes_it_away(connect, tmp_path):
    session = connect()
    async with gateway(tmp_path, session, Script(BY_STATUS, BY_STATUS)) as handle:
        await refused(handle("FEEDBACK LAST GOOD"), ErrorCode.NOTHING_ASKED)
        (await handle("ASK 'orders by status'")).finished(Outcome(3, 0.1))
        answer = await handle("FEEDBACK LAST GOOD")
        assert answer.notes[0].message == f"Verified query orders_by_status: {BY_STATUS}"
        await handle("FEEDBACK LAST GOOD")
        made = await rows(handle, "SHOW AI QUERIES")
        assert [(r[0], r[1], r[2], r[4]) for r in made] == [
            ("orders_by_status", "orders by status", BY_STATUS, "feedback")
        ]
        assert [r[-1] for r in await rows(handle, "SHOW AI HISTORY")] == ["good"]
        answer = await handle("FEEDBACK LAST BAD 'wrong'")
        assert [n.message for n in answer.notes] == ["The example orders_by_status is gone"]
        assert await rows(handle, "SHOW AI QUERIES") == []
        assert [r[-1] for r in await rows(handle, "SHOW AI HISTORY")] == ["bad: wrong"]


async def test_feedback_with_the_right_sql_after_a_failure(connect, tmp_path):
    session = connect()
    async with gateway(tmp_path, session, Script(*["SELECT colour FROM orders"] * 2)) as handle:
        await refused(handle("ASK 'orders by status'"), ErrorCode.NO_VALID_SQL)
        await refused(handle("FEEDBACK LAST GOOD"), ErrorCode.NOTHING_ASKED)
        await refused(handle("FEEDBACK LAST AS DROP TABLE orders"), ErrorCode.REFUSED)
        await handle(f"FEEDBACK LAST AS {BY_STATUS}")
        assert [(r[0], r[2]) for r in await rows(handle, "SHOW AI QUERIES")] == [("orders_by_status", BY_STATUS)]
        assert [r[-1] for r in await rows(handle, "SHOW AI HISTORY")] == [f"corrected: {BY_STATUS}"]


async def test_feedback_about_an_earlier_question_by_its_number_in_the_history(connect, tmp_path):
    session = connect()
    async with gateway(tmp_path, session, Script(BY_STATUS, "SELECT COUNT(*) FROM orders")) as handle:
        await handle("ASK SQL 'orders by status'")
        await handle("ASK SQL 'how many orders are there'")
        latest, first = [r[0] for r in await rows(handle, "SHOW AI HISTORY")]
        await handle(f"FEEDBACK {first} GOOD")
        assert [(r[1], r[2]) for r in await rows(handle, "SHOW AI QUERIES")] == [("orders by status", BY_STATUS)]
        await handle(f"FEEDBACK {latest} BAD 'not these'")
        assert [r[-1] for r in await rows(handle, "SHOW AI HISTORY")] == ["bad: not these", "good"]
        await refused(handle(f"FEEDBACK {latest + 1} GOOD"), ErrorCode.NOTHING_ASKED)
        session.account = "somebody@else"
        await refused(handle(f"FEEDBACK {first} GOOD"), ErrorCode.NOTHING_ASKED)


async def test_feedback_is_about_the_database_that_was_asked(connect, tmp_path):
    session = connect("root")
    async with gateway(tmp_path, session, Script(BY_STATUS)) as handle:
        await handle("ASK SQL 'orders by status'")
        session.database = "mysql"
        assert "'shop'" in await refused(handle("FEEDBACK LAST GOOD"), ErrorCode.NOTHING_ASKED)


async def test_without_the_store_asking_goes_on(connect, tmp_path):
    (tmp_path / "askwire.sqlite").write_bytes(b"broken" * 1000)
    session = connect()
    async with gateway(tmp_path, session, Script(BY_STATUS)) as handle:
        await handle("ASK SQL 'orders by status'")
        for text in ("SHOW AI TERMS", "SHOW AI HISTORY", "CREATE TERM a AS 'b'", "FEEDBACK LAST GOOD"):
            await refused(handle(text), ErrorCode.KNOWLEDGE_UNAVAILABLE)


async def test_sql_that_names_days_for_a_relative_question_is_told(connect, tmp_path):
    async with gateway(tmp_path, connect(), None) as handle:
        sql = "SELECT id FROM orders WHERE ordered_at >= '2026-01-01'"
        answer = await handle(f"CREATE VERIFIED QUERY n FOR 'orders of this year' AS {sql}")
        assert any("only an example" in note.message for note in answer.notes)
        await refused(handle("ASK 'orders of this year'"), ErrorCode.NO_MODEL)
        answer = await handle(f"CREATE OR REPLACE VERIFIED QUERY n FOR 'orders since 2026' AS {sql}")
        assert not any("only an example" in note.message for note in answer.notes)
        assert "2025-01-01" in (await handle("ASK 'orders since 2025'")).sql


async def test_what_a_person_wrote_is_not_rewritten(connect, tmp_path):
    sql = "SELECT r.name FROM regions AS r JOIN orders AS o ON o.id = r.id WHERE NOT r.id IN (SELECT id FROM orders)"
    async with gateway(tmp_path, connect(), None) as handle:
        answer = await handle(f"CREATE VERIFIED QUERY n FOR 'regions by number' AS {sql}")
        assert answer.notes[0].message == f"SQL: {sql}"
        assert (await handle("ASK 'regions by number'")).sql == f"{sql} LIMIT 1000"
