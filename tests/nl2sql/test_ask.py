"""Every statement on a real database, with a scripted model."""

import asyncio
import io

import pytest
from structlog.testing import capture_logs

from knowledge.bases import Bases
from knowledge.ingest import Ingest
from knowledge.records import OPERATOR
from knowledge.statements import Knowledge
from nl2sql import plugin
from plugins import AskwireError, Done, ErrorCode, Outcome, Run, Table, UpstreamError
from tests.knowledge.work import HANDBOOK
from tests.nl2sql.gateway import BY_STATUS, code_of, gateway
from tests.nl2sql.scripted import Script


async def test_ask_runs_the_generated_sql(connect, tmp_path):
    session, script = connect(), Script(BY_STATUS)
    async with gateway(tmp_path, session, script) as handle:
        answer = await handle("ASK 'orders by status'")
        assert isinstance(answer, Run)
        assert answer.sql == BY_STATUS + " LIMIT 1000"
        assert answer.time_limit_s == 30.0
        notes = [n.message for n in answer.notes]
        assert notes[0] == f"SQL: {answer.sql}"
        assert "Tables: orders" in notes
        assert any(n.startswith("Confidence: 0.") for n in notes)
        assert len(session.run(answer.sql).rows) == 3
        assert "orders" in script.requests[0].system
        assert script.requests[0].user.endswith("Question: orders by status")


@pytest.mark.parametrize(
    "text", ["/*nl*/ orders by status", "/*nl*/ SELECT 'orders by status'", "SELECT AI how many orders by status"]
)
async def test_other_spellings_run_too(connect, tmp_path, text):
    async with gateway(tmp_path, connect(), Script(BY_STATUS)) as handle:
        assert isinstance(await handle(text), Run)


async def test_ask_sql_answers_with_the_statement(connect, tmp_path):
    session = connect()
    async with gateway(tmp_path, session, Script(BY_STATUS, BY_STATUS)) as handle:
        answer = await handle("ASK SQL 'orders by status' LIMIT 7")
        assert isinstance(answer, Table)
        assert [c.name for c in answer.columns] == ["sql", "confidence", "tables", "notes"]
        ((sql, confidence, tables, notes),) = answer.rows
        assert (sql, tables, notes) == (BY_STATUS + " LIMIT 7", "orders", "at most 7 rows")
        assert isinstance(confidence, float)
        assert 0.5 < confidence < 1
        assert isinstance(await handle("SELECT AI showsql orders by each status"), Table)


async def test_trace_shows_every_step(connect, tmp_path):
    async with gateway(tmp_path, connect(), Script("SELECT colour FROM orders", BY_STATUS)) as handle:
        answer = await handle("ASK TRACE 'orders by status'")
    names = [row[0] for row in answer.rows]
    assert names == [
        *(
            "catalog",
            "known",
            "values",
            "context",
            "prompt",
            "answerable",
            "model 1",
            "guard",
            "model candidates",
            "guard",
            "guard",
            "guard",
            "model repair",
            "guard",
            "vote",
            "total",
        ),
    ]
    detail = {}
    for name, _time, text in answer.rows:
        detail.setdefault(name, text)
    assert "there is no column colour" in detail["guard"]
    assert "10 prompt tokens" in detail["model 1"]
    assert "1 of 1 agree" in detail["vote"]


async def test_trace_shows_why_it_failed(connect, tmp_path):
    async with gateway(tmp_path, connect(), Script(*["SELECT colour FROM orders"] * 2)) as handle:
        answer = await handle("ASK TRACE 'orders by status'")
    rows = {row[0]: row[2] for row in answer.rows}
    assert "there is no column colour" in rows["error"]


async def test_a_failing_statement_is_repaired_once(connect, tmp_path):
    script = Script("SELECT colour FROM orders", BY_STATUS)
    async with gateway(tmp_path, connect(), script) as handle:
        assert isinstance(await handle("ASK 'orders by status'"), Run)
    assert "there is no column colour; orders has id, customer_id" in script.requests[1].user
    assert script.requests[1].system == script.requests[0].system


async def test_the_error_of_the_database_is_repaired_too(connect, tmp_path):
    script = Script("SELECT SUM(COUNT(*)) FROM orders", BY_STATUS)
    async with gateway(tmp_path, connect(), script) as handle:
        assert isinstance(await handle("ASK 'orders by status'"), Run)
    assert "Invalid use of group function" in script.requests[1].user


async def test_no_statement_that_passes(connect, tmp_path):
    async with gateway(tmp_path, connect(), Script(*["SELECT colour FROM orders"] * 3), repair_rounds=2) as handle:
        with pytest.raises(AskwireError) as error:
            await handle("ASK 'orders by status'")
    assert code_of(error) is ErrorCode.NO_VALID_SQL


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM orders",
        "SELECT id FROM orders; DROP TABLE orders",
        "SELECT id FROM orders FOR UPDATE",
        "SELECT SLEEP(100) FROM orders",
        "SELECT id INTO OUTFILE '/tmp/askwire' FROM orders FOR UPDATE; DROP TABLE orders",
        "SELECT * FROM mysql.user",
    ],
)
async def test_what_the_model_must_not_do_is_refused(connect, tmp_path, sql):
    root = connect("root")
    async with gateway(tmp_path, root, Script(sql, sql)) as handle:
        with pytest.raises(AskwireError) as error:
            await handle("ASK 'delete all orders'")
    assert code_of(error) in (ErrorCode.REFUSED, ErrorCode.NO_VALID_SQL)
    assert root.run("SELECT COUNT(*) FROM orders").rows == (("200",),)


async def test_a_stored_function_never_runs(connect, tmp_path):
    root = connect("root")
    async with gateway(tmp_path, root, Script(*["SELECT log_it(id) FROM orders"] * 2)) as handle:
        with pytest.raises(AskwireError):
            await handle("ASK 'orders'")
    assert root.run("SELECT COUNT(*) FROM log").rows == (("0",),)


@pytest.mark.parametrize("reply", ["CANNOT: no such data", "-- CANNOT: no such data"])
async def test_the_model_that_cannot(connect, tmp_path, reply):
    async with gateway(tmp_path, connect(), Script(reply)) as handle:
        with pytest.raises(AskwireError) as error:
            await handle("ASK 'orders of next year'")
    assert code_of(error) is ErrorCode.NOT_ANSWERABLE
    assert "no such data" in error.value.message


@pytest.mark.parametrize("reply", ["SELECT 42", "SELECT NULL"])
async def test_a_statement_without_a_table_is_no_answer(connect, tmp_path, reply):
    async with gateway(tmp_path, connect(), Script(reply, reply)) as handle:
        with pytest.raises(AskwireError) as error:
            await handle("ASK 'orders of next year'")
    assert code_of(error) is ErrorCode.NO_VALID_SQL
    assert "no table of the database is read" in error.value.message


async def test_a_view_that_the_account_may_read_but_not_explain(connect, tmp_path):
    session = connect()
    with pytest.raises(UpstreamError) as error:
        session.run("EXPLAIN SELECT id FROM big_orders")
    assert error.value.number == 1345
    async with gateway(tmp_path, session, Script("SELECT id FROM big_orders")) as handle:
        answer = await handle("ASK 'big orders'")
    assert len(session.run(answer.sql).rows) == 134


async def test_compose_ends_as_plain_sql(connect, tmp_path):
    text = "SELECT t.region, t.revenue FROM ASK('revenue by region') AS t WHERE t.revenue > 1000"
    inner = (
        "SELECT r.name AS region, SUM(o.total) AS total_revenue FROM orders o JOIN customers c ON c.id = o.customer_id"
        " JOIN regions r ON r.id = c.region_id GROUP BY r.name"
    )
    script, session = Script(inner), connect()
    async with gateway(tmp_path, session, script) as handle:
        answer = await handle(text)
    assert isinstance(answer, Run)
    assert "ASK" not in answer.sql
    assert answer.sql.endswith(") AS t WHERE t.revenue > 1000 LIMIT 1000")
    assert "LIMIT" not in answer.sql.split(") AS t")[0]
    assert "region, revenue" in script.requests[0].user
    assert len(session.run(answer.sql).rows) == 3


async def test_the_frame_of_compose_is_guarded_too(connect, tmp_path):
    async with gateway(tmp_path, connect("root"), Script(BY_STATUS, BY_STATUS)) as handle:
        for text in (
            "SELECT SLEEP(5), t.n FROM ASK('orders by status') AS t",
            "SELECT t.n /*!50000 , SLEEP(5) */ FROM ASK('orders by status') AS t",
        ):
            with pytest.raises(AskwireError) as error:
                await handle(text)
            assert code_of(error) is ErrorCode.REFUSED


async def test_why(connect, tmp_path):
    async with gateway(tmp_path, connect(), Script(BY_STATUS)) as handle:
        answer = await handle("ASK WHY 'orders by status'")
    told = [row[1] for row in answer.rows]
    assert told[0] == "Read orders."
    assert told[1] == "Put rows with the same status into one group."
    assert told[-1].startswith("As SQL: SELECT status")


async def test_narrate_keeps_to_the_rows(connect, tmp_path):
    count = "SELECT COUNT(*) AS n FROM orders"
    script = Script(count, "There are 200 orders.", count, "There are 300 orders.")
    async with gateway(tmp_path, connect(), script) as handle:
        assert list((await handle("ASK NARRATE 'how many orders'")).rows) == [("There are 200 orders.",)]
        assert script.tasks == ["sql", "narrate"]
        answer = await handle("ASK NARRATE 'how many orders'")
    assert list(answer.rows) == [("n: 200",)]
    assert any("numbers that the rows do not" in n.message for n in answer.notes)


async def test_options(connect, tmp_path):
    session = connect()
    async with gateway(tmp_path, session, Script(BY_STATUS)) as handle:
        assert isinstance(await handle("SET ASK show = 'sql'"), Done)
        assert isinstance(await handle("ASK 'orders by status'"), Table)
        options = {row[0]: row[1] for row in (await handle("SHOW ASK OPTIONS")).rows}
        assert options["show"] == "sql"
        assert options["model"] == "default"
        await handle("SET ASK show = default")
        assert {row[0]: row[1] for row in (await handle("SHOW ASK OPTIONS")).rows}["show"] == "rows"
        assert await handle("SET ASK = 1") is None
        other = connect()
        await handle("SET ASK limit = 3")
        assert {row[0]: row[1] for row in (await handle("SHOW ASK OPTIONS", other)).rows}["limit"] == "1000"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("SET ASK colour = red", ErrorCode.UNKNOWN_OPTION),
        ("SET ASK model = 'nonsense'", ErrorCode.UNKNOWN_MODEL),
        ("SET ASK limit = 0", ErrorCode.BAD_OPTION_VALUE),
        ("SET ASK limit = 1001", ErrorCode.BAD_OPTION_VALUE),
        ("SET ASK show = 'all'", ErrorCode.BAD_OPTION_VALUE),
        ("SET ASK deadline = nan", ErrorCode.BAD_OPTION_VALUE),
        ("SET ASK time_limit = 31", ErrorCode.BAD_OPTION_VALUE),
        ("ASK DOCS 'returns'", ErrorCode.NOT_KNOWN),
        ("ASK 'q' IN kb", ErrorCode.NOT_KNOWN),
        ("ASK 'q' LIKE '%.md'", ErrorCode.NOT_KNOWN),
        ("SET ASK knowledge = 'kb'", ErrorCode.NOT_KNOWN),
        ("ASK q", ErrorCode.SYNTAX),
        ("ASK '" + "x" * 5000 + "'", ErrorCode.QUESTION_TOO_LONG),
    ],
)
async def test_refusals(connect, tmp_path, text, code):
    async with gateway(tmp_path, connect(), Script()) as handle:
        with pytest.raises(AskwireError) as error:
            await handle(text)
    assert code_of(error) is code


async def test_history_names_the_model_that_answered_from_documents(connect, tmp_path):
    said = "A customer is active when they ordered in the last 90 days."
    async with gateway(tmp_path, connect(), Script(said)) as handle:
        bases, its, ingest = map(handle.services.get, (Bases, Knowledge, Ingest))
        base = await bases.create(OPERATOR, "handbook", "", ["*"])
        await ingest.finish(await its.upload(base, "a.md", io.BytesIO(HANDBOOK.encode()), "operator"))
        assert next(iter((await handle("ASK DOCS 'when is a customer active?'")).rows))[0] == said
        asked = next(iter((await handle("SHOW AI HISTORY")).rows))
        assert (asked[3], asked[6], asked[9]) == ("docs", "shown", "scripted")


async def test_history_is_the_accounts_own(connect, tmp_path):
    session, other = connect(), connect("clerk")
    script = Script("SELECT id FROM orders", "SELECT name FROM customers", AskwireError(ErrorCode.DEADLINE, "late"))
    async with gateway(tmp_path, session, script) as handle:
        answer = await handle("ASK 'all orders'")
        answer.finished(Outcome(rows=200, seconds=0.1))
        await handle("ASK SQL 'customers'", other)
        with pytest.raises(AskwireError):
            await handle("ASK 'late orders'")
        rows = list((await handle("SHOW AI HISTORY")).rows)
        assert [(r[4], r[6], r[7]) for r in rows] == [
            ("late orders", str(AskwireError(ErrorCode.DEADLINE, "late")), None),
            ("all orders", "ok", 200),
        ]
        assert [r[4] for r in (await handle("SHOW AI HISTORY", other)).rows] == ["customers"]
    async with gateway(tmp_path, session, Script()) as handle:
        assert len(list((await handle("SHOW AI HISTORY LIMIT 1")).rows)) == 1


async def test_a_cancelled_question_is_remembered_as_such(connect, tmp_path):
    session, started = connect(), asyncio.Event()
    script = Script("")

    async def hang(*_args, **_kwargs):
        started.set()
        await asyncio.Event().wait()

    script.complete = hang
    async with gateway(tmp_path, session, script) as handle:
        asking = asyncio.create_task(handle("ASK 'orders'"))
        await started.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert [row[6] for row in (await handle("SHOW AI HISTORY")).rows] == ["cancelled"]


async def test_what_is_counted_as_failed(connect, tmp_path):
    async with gateway(tmp_path, connect(), Script(*[BY_STATUS] * 4)) as handle:

        def counted():
            return [item.value for item in plugin.askwire_status(handle.services)[:2]]

        answers = [await handle(f"ASK 'orders by status'{blank}") for blank in ("", " ", "  ")]
        assert counted() == ["3", "0"]
        answers[0].finished(Outcome(rows=3, seconds=0.1))
        answers[1].finished(Outcome(rows=1, seconds=0.1, cancelled=True))  # by the person's own wish
        assert counted() == ["3", "0"]
        answers[2].finished(Outcome(rows=0, seconds=0.1, error=UpstreamError(1205, "HY000", "lock wait")))
        assert counted() == ["3", "1"]
        with pytest.raises(AskwireError):
            await handle("ASK 'what is the weather?'")
        with pytest.raises(AskwireError):
            await handle("ASK SQL")  # nothing was asked
        assert counted() == ["4", "2"]
        rows = list((await handle("SHOW AI HISTORY")).rows)
    assert [row[6] for row in rows[1:]] == ["lock wait", "cancelled", "ok"]


async def test_history_shows_as_many_as_are_asked_for(connect, tmp_path):
    async with gateway(tmp_path, connect(), Script(*[BY_STATUS] * 3)) as handle:
        for _ in range(3):
            await handle("ASK SQL 'orders by status'")
        shown = {
            limit: len(list((await handle(f"SHOW AI HISTORY{limit}")).rows))
            for limit in ("", " LIMIT 0", " LIMIT 2", f" LIMIT {'9' * 18}")
        }
        with pytest.raises(AskwireError) as error:
            await handle(f"SHOW AI HISTORY LIMIT {'9' * 19}")
    assert list(shown.values()) == [3, 0, 2, 3]
    assert code_of(error) is ErrorCode.SYNTAX


async def test_facts_are_told_as_soon_as_they_are_known(connect, tmp_path):
    session = connect()
    async with gateway(tmp_path, session, Script("SELECT colour FROM orders", BY_STATUS), repair_rounds=0) as handle:
        with pytest.raises(AskwireError):
            await handle("ASK 'orders of each status'")
        assert session.facts.question == "orders of each status"
        assert (session.facts.sql, session.facts.model) == ("SELECT colour FROM orders", "scripted")
        assert session.facts.tables == ()
        await handle("ASK SQL 'orders by status'")
    assert (session.facts.sql, session.facts.tables) == (BY_STATUS + " LIMIT 1000", ("orders",))


async def test_the_sql_around_a_question_is_not_its_answer(connect, tmp_path):
    async with gateway(tmp_path, connect(), Script(BY_STATUS)) as handle:
        (await handle("SELECT t.n FROM ASK('orders by status') AS t")).finished(Outcome(rows=3, seconds=0.1))
        (asked,) = (await handle("SHOW AI HISTORY")).rows
        assert asked[3:5] == ("from", "orders by status")
        for which in ("LAST", asked[0]):
            with pytest.raises(AskwireError) as error:
                await handle(f"FEEDBACK {which} GOOD")
            assert code_of(error) is ErrorCode.NOTHING_ASKED
        assert list((await handle("SHOW AI QUERIES")).rows) == []
        await handle(f"FEEDBACK {asked[0]} AS {BY_STATUS}")


@pytest.mark.parametrize("statements", [True, False])
async def test_the_log_holds_what_was_asked_only_where_the_settings_say_so(connect, tmp_path, monkeypatch, statements):
    monkeypatch.setenv("ASKWIRE_LOG__STATEMENTS", str(statements))
    async with gateway(tmp_path, connect(), Script(BY_STATUS)) as handle:
        with capture_logs() as logs:
            await handle("ASK SQL 'orders by status'")
    (entry,) = (entry for entry in logs if entry["event"] == "asked")
    assert (entry["mode"], entry["outcome"]) == ("sql", "shown")
    assert ("question" in entry, "sql" in entry, "orders" in str(entry)) == (statements,) * 3
