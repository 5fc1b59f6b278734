import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from conf.settings import Settings
from nl2sql import plugin
from nl2sql import warming as module
from nl2sql.answer import Answerer
from nl2sql.warming import Warming
from plugins import AskwireError, ErrorCode, Services, UpstreamError
from tests.nl2sql.gateway import BY_STATUS, gateway
from tests.nl2sql.scripted import Script, scripted_models
from tests.support.answers import Answers

COLUMN = ("id", "int", "", "PRI", "select")


def session(table: str = "orders", **others: str | None) -> Answers:
    """Of an account that sees one table."""
    return Answers(
        {
            "CURRENT_DATE": [("2026-01-01", "", "1", table)],
            "information_schema.TABLES": [(table, "BASE TABLE", "5", "")],
            "information_schema.COLUMNS": [(table, *COLUMN)],
        },
        **others,
    )


Make = Callable[..., Warming]


@pytest.fixture
async def make() -> AsyncIterator[Make]:
    made: list[Warming] = []

    def warming(script: Script | None, settings: Settings | None = None) -> Warming:
        settings, services = settings or Settings(), Services()
        if script is not None:
            services.add(scripted_models(settings, script))
        made.append(Warming(settings, services, Answerer(settings, services)))
        return made[-1]

    yield warming
    for each in made:
        await each.close()


class Held(Script):
    """A model that reads until it is told to stop, or as it is told by ``fails``."""

    def __init__(self, *fails: Exception) -> None:
        super().__init__()
        self.fails = list(fails)
        self.release = asyncio.Event()
        self.cancelled = 0

    async def warm(self, system: str, *, model: str | None = None) -> None:
        self.warmed.append(system)
        try:
            await self.release.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.fails:
            raise self.fails.pop(0)


async def settled() -> None:
    """Everything else that can run has run."""
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    await asyncio.gather(*others, return_exceptions=True)


async def test_each_schema_is_read_once_and_nobody_waits_for_it(make: Make) -> None:
    script = Held()
    warming = make(script)
    for given in (session(), session(), session("customers")):
        await warming.database_selected(given.session)  # returns although the model reads on
    await asyncio.sleep(0)
    assert ["orders" in prefix for prefix in script.warmed] == [True, False]
    assert "CREATE TABLE customers" in script.warmed[1]


async def test_nothing_is_read_where_nobody_answers_or_the_settings_say_no(make: Make) -> None:
    given, script = session(), Script()
    await make(None).database_selected(given.session)
    await make(script, Settings(ask={"warm": False})).database_selected(given.session)
    assert (given.asked, script.warmed) == ([], [])


@pytest.mark.parametrize(
    "given",
    [
        session(database=None),
        Answers({"CURRENT_DATE": UpstreamError(1045, "28000", "denied")}),
        Answers({"CURRENT_DATE": [("2026-01-01", "", "0", "")]}),  # no table that the account sees
    ],
)
async def test_what_cannot_be_read_is_no_error_of_the_session(make: Make, given: Answers) -> None:
    script = Script()
    await make(script).database_selected(given.session)
    assert script.warmed == []


async def test_a_schema_too_large_for_a_prefix_is_not_read_ahead(make: Make) -> None:
    script = Script()
    many = [(f"table_{n}", *COLUMN) for n in range(200)]
    given = Answers(
        {
            "CURRENT_DATE": [("2026-01-01", "", "200", "")],
            "information_schema.TABLES": [(name, "BASE TABLE", "5", "") for name, *_ in many],
            "information_schema.COLUMNS": many,
        }
    )
    small = Settings(model={"context_tokens": 2048, "max_answer_tokens": 512})
    await make(script, small).database_selected(given.session)
    await settled()
    assert script.warmed == []


@pytest.mark.parametrize("error", [AskwireError(ErrorCode.MODEL_UNAVAILABLE, "gone"), MemoryError("model")])
async def test_what_failed_is_read_again(make: Make, error: Exception) -> None:
    script = Held(error)
    script.release.set()
    warming = make(script)
    for _ in range(3):
        await warming.database_selected(session().session)
        await settled()
    assert len(script.warmed) == 2, "once more after the failure, and then it is warm"


async def test_what_was_read_longest_ago_is_read_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WARMED", 2)
    script = Script()
    warming = make(script)
    for name in ("a", "b", "b", "c", "b", "a"):
        await warming.database_selected(session(name).session)
        await settled()
    assert [prefix.split("CREATE TABLE ")[1][0] for prefix in script.warmed] == ["a", "b", "c", "a"]


async def test_closing_ends_what_is_being_read(make: Make) -> None:
    script = Held()
    warming = make(script)
    await warming.database_selected(session().session)
    await asyncio.sleep(0)
    await warming.close()
    assert (len(script.warmed), script.cancelled) == (1, 1)


async def test_what_was_read_ahead_is_the_prefix_of_ask(connect, tmp_path) -> None:
    given, script = connect(), Script(BY_STATUS)
    async with gateway(tmp_path, given, script) as handle:
        await plugin.askwire_database_selected(given, handle.services)
        await asyncio.sleep(0)
        await handle("ASK 'orders by status'")
        assert [request.system for request in script.requests] == script.warmed
