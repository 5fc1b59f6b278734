"""What is asked before EXPLAIN is sent, on MySQL and MariaDB; on servers: test_nothing_runs."""

import re
from typing import Any, cast

import pytest
import sqlglot

from diagnose.evidence import guards
from diagnose.evidence.facts import MARIADB, POSTGRES, Schema, Server, Table
from diagnose.evidence.guards import Aliases, check
from diagnose.evidence.safety import Unsafe
from plugins import ResultColumn, ResultSet, Session

_NAMES = re.compile(r"TABLE_SCHEMA = '([^']*)' AND TABLE_NAME = '([^']*)'")


class Client:
    """A session whose database has these views, and these stored functions."""

    database_kind, dialect, database = "mariadb", "mysql", "shop"

    def __init__(self, views: dict[str, str | None] | None = None, stored: tuple[str, ...] = (), **given: Any) -> None:
        self._views = views or {}
        self._stored = stored
        self.in_transaction = given.get("in_transaction", False)
        self.postgres = given.get("postgres", "[null, null, null]")
        self.asked: list[str] = []

    async def query(self, sql: str, **_limits: Any) -> ResultSet:
        self.asked.append(sql)
        rows: list[tuple[Any, ...]] = []
        if "VIEW_DEFINITION" in sql:
            rows = [("shop", n, self._views[n]) for s, n in _NAMES.findall(sql) if s == "shop" and n in self._views]
        elif sql.startswith("/*raw*/"):
            rows = [(self.postgres,)]
        else:
            rows = [(min((name for name in self._stored if f"'{name}'" in sql), default=None),)]
        return ResultSet((ResultColumn("c", 0xFD),), tuple(rows))


async def checked(
    client: Client, sql: str = "SELECT * FROM v", *, tables: tuple[Table, ...] = (), server: Server | None = None
) -> Aliases:
    tree = sqlglot.parse_one(sql, read="mysql")
    schema = Schema("shop", tables)
    return await check(cast(Session, client), server or Server(MARIADB), schema, tree, frozenset({"upper"}))


async def test_tables() -> None:
    assert await checked(Client(), "SELECT UPPER(a) FROM t JOIN other.u ON 1") == {}


async def test_what_stands_behind_views() -> None:
    views = {"v": "select `x`.`a` from `shop`.`t` `x` join `w`", "w": "select 1 from `t`"}
    assert await checked(Client(views)) == {"x": {"t"}, "w": {"w"}, "t": {"t"}}


async def test_views_that_name_each_other_end() -> None:
    assert await checked(Client({"v": "select 1 from `w`", "w": "select 1 from `v`"})) == {"w": {"w"}, "v": {"v"}}


@pytest.mark.parametrize(
    ("views", "says"),
    [
        ({"v": ""}, "the definition of the view v is not visible to you"),
        ({"v": None}, "the definition of the view v is not visible to you"),
        ({"v": "select leak() AS `a`"}, "the view v: "),
        ({"v": "delete from `t`"}, "the view v: it is no SELECT"),
        ({"v": "select ("}, "the view v cannot be read"),
        ({"v": "select 1 from `w`", "w": "select leak() AS `a`"}, "the view w: "),
    ],
)
async def test_views_that_may_not_stand_under_explain(views: dict[str, str | None], says: str) -> None:
    with pytest.raises(Unsafe) as error:
        await checked(Client(views))
    assert str(error.value).startswith(says)


async def test_a_view_that_no_catalog_shows() -> None:
    with pytest.raises(Unsafe, match="the definition of a view is not visible to you"):
        await checked(Client(), tables=(Table("shop", "v", view=True),))


async def test_a_stored_function_of_a_built_ins_name() -> None:
    with pytest.raises(Unsafe, match=r"\(\) is a stored function here"):
        await checked(Client(stored=("upper",)), "SELECT UPPER(a) FROM t")


async def test_many_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "MAX_TABLES", 2)
    with pytest.raises(Unsafe, match="it names more than 2 tables"):
        await checked(Client(), "SELECT 1 FROM a, b, c")
    with pytest.raises(Unsafe, match="there are too many tables behind its views"):
        await checked(Client({"v": "select 1 from `a`, `b`"}))


async def test_where_case_does_not_count_every_table_must_be_known() -> None:
    server = Server(MARIADB, settings={"lower_case_table_names": "1"})
    with pytest.raises(Unsafe, match="it is not known what v is"):
        await checked(Client(), server=server)
    assert await checked(Client(), tables=(Table("shop", "v"),), server=server) == {}


@pytest.mark.parametrize(
    ("said", "in_transaction", "says"),
    [
        ('["lower", null, null]', False, "this database has a lower of its own"),
        ('[null, "leak", null]', False, "a view or policy calls leak, which is not built in"),
        ('[null, null, "leak"]', True, "your transaction is open, and an index or constraint calls leak"),
        ('[null, null, "leak"]', False, ""),
        ("[null, null, null]", True, ""),
    ],
)
async def test_postgres(said: str, in_transaction: bool, says: str) -> None:
    client = Client(postgres=said, in_transaction=in_transaction)
    if not says:
        assert await checked(client, server=Server(POSTGRES)) == {}
        return
    with pytest.raises(Unsafe, match=says):
        await checked(client, server=Server(POSTGRES))


async def test_other_databases_are_not_asked() -> None:
    client = Client()
    assert await checked(client, server=Server("duckdb")) == {}
    assert client.asked == []
