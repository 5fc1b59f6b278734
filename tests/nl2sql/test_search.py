"""Candidates until one is sure: how often the model is asked, and what comes of its answers."""

import time

import pytest
from sqlglot import exp

from conf.plugins import PluginSettings
from conf.settings import Settings
from nl2sql.candidates import Candidate, Writer, read_candidate
from nl2sql.context import Context, grounded
from nl2sql.guard import check
from nl2sql.options import Options
from nl2sql.results import run
from nl2sql.search import Search
from nl2sql.statements import AskStatement, Mode
from nl2sql.task import Task
from nl2sql.trace import Step, Trace
from nl2sql.vote import Verdict
from plugins import AskwireError, ErrorCode, Services, WrittenSql, hookimpl, load_plugins
from plugins.engines import Completion
from tests.nl2sql.direct import DirectSession
from tests.nl2sql.hotel import hotel_catalog
from tests.nl2sql.scripted import Script, scripted_models

RIGHT = "SELECT status, COUNT(*) AS n FROM orders GROUP BY status"
SAME = "SELECT COUNT(o.id) AS many, o.status FROM orders AS o GROUP BY o.status"
OTHER = "SELECT status, SUM(total) AS n FROM orders GROUP BY status"
WRONG = "SELECT colour FROM orders"


async def searched(
    session: DirectSession, script: Script, mode: Mode | None = None, *plugins: object
) -> tuple[Verdict, Trace]:
    question = "orders by status"
    catalog = await hotel_catalog(session)
    services = load_plugins(*plugins, settings=PluginSettings(off=("diagnose",))).services if plugins else Services()
    services.add(scripted_models(Settings(), script))
    statement = AskStatement(question, mode)
    task = Task(statement, catalog, Context(catalog), grounded(question, catalog), "schema", question, 1000)
    options = Options(1000, "rows", None, 60.0, 10.0, 1, 4)
    trace = Trace()
    search = Search(session, task, Writer(services, None, time.monotonic() + 60), options, trace)
    return await search.verdict(), trace


async def test_a_sure_first_answer_is_all(connect) -> None:
    script = Script(RIGHT)
    verdict, _ = await searched(connect(), script)
    assert verdict.survivor.guarded.sql.startswith(RIGHT)
    assert (len(script.requests), script.sampled) == (1, [])


async def test_a_doubtful_one_is_voted_about_by_results(connect) -> None:
    script = Script(OTHER, [RIGHT, SAME, WRONG], logprob=-0.3)
    verdict, trace = await searched(connect(), script)
    assert verdict.survivor.guarded.sql.startswith(RIGHT)
    assert (verdict.agreeing, verdict.of) == (2, 3)
    ((request, count),) = script.sampled
    assert (count, request.system) == (3, script.requests[0].system)
    assert request.temperature > 0
    assert [s.name for s in trace.steps].count("run") == 3


async def test_when_all_fail_the_error_is_shown_to_the_model(connect) -> None:
    script = Script(WRONG, [WRONG, "SELECT nothing", "SELECT 1"], RIGHT)
    verdict, _ = await searched(connect(), script)
    assert verdict.survivor.repairs == 1
    assert "no table of the database is read" in script.requests[1].user
    with pytest.raises(AskwireError) as error:
        await searched(connect(), Script(WRONG, WRONG))
    assert error.value.code is ErrorCode.NO_VALID_SQL


async def test_what_fails_while_it_runs_is_no_answer(connect) -> None:
    fails = "SELECT status FROM orders o WHERE o.id = (SELECT c.id FROM customers c WHERE c.id > o.id - 3)"
    verdict, trace = await searched(connect(), Script(fails, [fails, fails, RIGHT], logprob=-0.3))
    assert verdict.survivor.guarded.sql.startswith(RIGHT)
    assert any("more than 1 row" in step.detail() for step in trace.steps if step.name == "run")


async def test_a_refused_first_answer_ends_it(connect) -> None:
    session, script = connect(), Script("DELETE FROM orders")
    with pytest.raises(AskwireError) as error:
        await searched(session, script)
    assert error.value.code is ErrorCode.REFUSED
    assert script.sampled == []


async def test_a_refused_sample_is_only_passed_over(connect) -> None:
    script = Script(WRONG, ["DROP TABLE orders", RIGHT, "SELECT SLEEP(9) FROM orders"])
    verdict, _ = await searched(connect(), script)
    assert (verdict.agreeing, verdict.of) == (1, 1)


async def test_all_decline(connect) -> None:
    with pytest.raises(AskwireError) as error:
        await searched(connect(), Script("CANNOT: no colours", ["CANNOT: a", "CANNOT: b", "CANNOT: c"]))
    assert error.value.code is ErrorCode.NOT_ANSWERABLE
    assert "no colours" in error.value.message


@pytest.mark.parametrize(("samples", "runs"), [([RIGHT, RIGHT, RIGHT], 0), ([OTHER, RIGHT, OTHER], 2)])
async def test_what_differs_runs_once(connect, samples: list[str], runs: int) -> None:
    session = connect()
    verdict, _ = await searched(session, Script(RIGHT, samples, logprob=-0.3))
    assert verdict.of == 4
    assert sum(q.startswith("SELECT status,") for q in session.queries) == runs


async def test_what_was_written_before_is_checked_once(connect) -> None:
    session = connect()
    verdict, _ = await searched(session, Script(RIGHT, [RIGHT, OTHER, RIGHT], logprob=-0.3))
    assert verdict.of == 4
    assert sum(q.startswith("EXPLAIN") for q in session.queries) == 2


async def test_where_only_the_sql_is_wanted_nothing_runs(connect) -> None:
    session = connect()
    verdict, trace = await searched(session, Script(RIGHT, [OTHER, SAME, SAME], logprob=-0.3), mode=Mode.SQL)
    assert (verdict.agreeing, verdict.of) == (2, 4)
    assert not any(step.name == "run" for step in trace.steps)
    assert not any(
        q.startswith("SELECT") and "GROUP BY" in q and "information_schema" not in q for q in session.queries
    )


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (RIGHT, SAME, True),
        (RIGHT, RIGHT + " ORDER BY n DESC", True),
        (RIGHT, OTHER, False),
        ("SELECT 1.0 AS a FROM orders LIMIT 1", "SELECT 1 AS b FROM orders LIMIT 1", True),
        ("SELECT id, customer_id FROM orders", "SELECT id FROM orders", False),
    ],
)
async def test_equal_results_have_equal_keys(connect, one: str, other: str, equal: bool) -> None:
    session = connect()
    catalog = await hotel_catalog(session)
    keys = [(await run(session, check(sql, catalog, 1000))).key for sql in (one, other)]
    assert (keys[0] == keys[1]) == equal


@pytest.mark.parametrize(
    ("where", "empty"),
    [("id < 0", True), ("id = 1", False)],
)
async def test_nothing_is_empty(connect, where: str, empty: bool) -> None:
    session = connect()
    catalog = await hotel_catalog(session)
    for output in ("id", "COUNT(*)", "SUM(total)"):
        sql = f"SELECT {output} FROM orders WHERE {where}"
        assert (await run(session, check(sql, catalog, 10))).empty == empty


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("```sql\nSELECT 1;\n```\nThat is it.", "SELECT 1"),
        ("SELECT 1 ; ", "SELECT 1"),
        ("```mysql\nSELECT 1", "SELECT 1"),
        ("CANNOT: x", ""),
    ],
)
def test_reading_what_the_model_wrote(text: str, sql: str) -> None:
    candidate: Candidate = read_candidate(Completion(text, "m", logprob=-0.5))
    assert candidate.sql == sql
    step = Step("model 1")
    candidate.tell(step)
    assert "log probability -0.500" in step.detail()


class Guard:
    @hookimpl
    async def askwire_guard(self, session: DirectSession, written: WrittenSql) -> str | None:
        assert written.tables == ("orders",)
        assert written.question == "orders by status"
        if written.tree.find(exp.Sum):
            raise AskwireError(ErrorCode.REFUSED, "sums are not for models")
        return "the column status is confidential" if written.tree.find(exp.Group) else None


async def test_a_guard_of_a_plugin_objects_and_the_model_writes_anew(connect) -> None:
    script = Script(RIGHT, [RIGHT, SAME, RIGHT], "SELECT COUNT(*) AS n FROM orders")
    verdict, _ = await searched(connect(), script, None, Guard())
    assert verdict.survivor.repairs == 1
    assert verdict.survivor.guarded.sql.startswith("SELECT COUNT(*) AS n FROM orders")
    assert "the column status is confidential" in script.requests[1].user
    with pytest.raises(AskwireError, match="the column status is confidential") as error:
        await searched(connect(), Script(RIGHT, RIGHT), None, Guard())
    assert error.value.code is ErrorCode.NO_VALID_SQL
    with pytest.raises(AskwireError, match="sums are not for models"):
        await searched(connect(), Script(OTHER), None, Guard())
