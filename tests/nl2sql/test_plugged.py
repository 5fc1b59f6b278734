import pytest
import sqlglot

from nl2sql.plugged import objection, runs, said_about
from plugins import Plugins, Question, Services, UpstreamError, WrittenSql
from tests.support.answers import Answers


def written(sql: str) -> WrittenSql:
    return WrittenSql(sql, sqlglot.parse_one(sql, dialect="mysql"), ("t",), "q")  # type: ignore[arg-type]


class Asked:
    """In the place of the plugins."""

    async def prompt_context(self, *given: object) -> list[object]:
        return list(given)

    async def guard(self, *given: object) -> str:
        return f"refused {len(given)}"


@pytest.fixture
def services() -> Services:
    made = Services()
    made._by_type[Plugins] = Asked()
    return made


async def test_plugins_are_asked_where_there_are_some(services: Services) -> None:
    session, question, sql = Answers({}).session, Question("q"), written("SELECT 1 FROM t")
    assert await said_about(services, session, question, 3.0) == [session, question, 3.0]
    assert await objection(services, session, sql) == "refused 2"


async def test_without_them_the_database_judges() -> None:
    given = Answers({"EXPLAIN": UpstreamError(1055, "42000", "isn't in GROUP BY")})
    assert await objection(Services(), given.session, written("SELECT a FROM t")) == "isn't in GROUP BY"
    assert await runs(Answers({}).session, written("SELECT a FROM t")) is None


@pytest.mark.parametrize("sql", ["UPDATE t SET a = 1", "DELETE FROM t", "INSERT INTO t VALUES (1)"])
async def test_a_change_is_not_planned_but_rehearsed(sql: str) -> None:
    given = Answers({})
    assert await runs(given.session, written(sql)) is None
    assert given.asked == []
