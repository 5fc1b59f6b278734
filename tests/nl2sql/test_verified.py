import pytest

from knowledge.records import VerifiedQuery
from nl2sql.verified import missing, verified_query, verify
from plugins import AskwireError, ErrorCode, UpstreamError
from tests.nl2sql.club import CATALOG
from tests.support.answers import Answers


async def test_sql_that_passes_is_kept_without_the_limit_of_asking() -> None:
    given = Answers({})
    guarded = await verify(given.session, "select p.model from planes p where seats > 3", CATALOG, 50)
    assert given.asked == ["EXPLAIN SELECT p.model FROM planes AS p WHERE seats > 3 LIMIT 50"]
    kept = verified_query("big", "big planes", guarded)
    assert kept == VerifiedQuery(
        "big",
        "big planes",
        "SELECT p.model FROM planes AS p WHERE seats > 3",
        ("planes",),
        kept.columns,
        "created",
    )
    assert sorted(kept.columns) == ["planes.model", "planes.seats"]
    assert verified_query("n", "q", guarded, "feedback").origin == "feedback"


async def test_what_a_person_wrote_is_not_rewritten() -> None:
    sql = "SELECT landed - started FROM flights"
    guarded = await verify(Answers({}).session, sql, CATALOG, 50)
    assert guarded.sql == f"{sql} LIMIT 50"


@pytest.mark.parametrize(
    ("sql", "code", "said"),
    [
        ("DELETE FROM planes", ErrorCode.REFUSED, "The SQL does not pass"),
        ("SELECT nothing FROM planes", ErrorCode.BAD_SQL, "nothing"),
        ("SELECT (", ErrorCode.BAD_SQL, "The SQL does not pass"),
        ("SELECT 1", ErrorCode.BAD_SQL, "The SQL reads no table"),
    ],
)
async def test_what_does_not_pass(sql: str, code: ErrorCode, said: str) -> None:
    given = Answers({})
    with pytest.raises(AskwireError, match=said) as caught:
        await verify(given.session, sql, CATALOG, 50)
    assert caught.value.code is code
    assert given.asked == []


async def test_what_the_database_does_not_run() -> None:
    broken = Answers({"EXPLAIN": UpstreamError(1370, "42000", "execute command denied")})
    with pytest.raises(UpstreamError):
        await verify(broken.session, "SELECT id FROM planes", CATALOG, 50)
    other = Answers({"EXPLAIN": UpstreamError(1055, "42000", "isn't in GROUP BY")})
    with pytest.raises(AskwireError, match="The database does not run it: isn't in GROUP BY") as caught:
        await verify(other.session, "SELECT id FROM planes", CATALOG, 50)
    assert caught.value.code is ErrorCode.BAD_SQL


@pytest.mark.parametrize(
    ("tables", "columns", "why"),
    [
        (("planes",), ("planes.seats", "PLANES.Seats"), None),
        (("planes", "gone"), (), "there is no table gone"),
        (("planes",), ("planes.gone",), "there is no column planes.gone"),
        ((), ("gone.id",), "there is no column gone.id"),
        ((), (), None),
    ],
)
def test_a_query_holds_where_all_that_it_reads_is_there(
    tables: tuple[str, ...], columns: tuple[str, ...], why: str | None
) -> None:
    assert missing(VerifiedQuery("n", "q", "SELECT 1", tables, columns), CATALOG) == why
