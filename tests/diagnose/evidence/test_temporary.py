from typing import Any, cast

import pytest

from diagnose.evidence.facts import Table
from diagnose.evidence.temporary import read_temporary
from plugins import ResultColumn, ResultSet, Session, UpstreamError

CREATED = "CREATE TEMPORARY TABLE `t` (\n  `id` int\n) ENGINE=MEMORY DEFAULT CHARSET=utf8mb4"
COLUMNS = [
    ("id", "int(11)", None, "NO", "PRI", None, "", "", ""),
    ("a", "varchar(9)", "utf8mb4_bin", "YES", "", None, "", "", ""),
]
INDEXES = [("t", "0", "PRIMARY", "1", "id", "A", "7", None, None, "", "HASH", "", "")]


class Client:
    """A session with one temporary table ``shop.t`` and a common one ``shop.c``."""

    def __init__(self, made: str | None = "1", error: int = 0) -> None:
        self._made = made
        self._error = error
        self.asked: list[str] = []

    async def query(self, sql: str, **_limits: Any) -> ResultSet:
        self.asked.append(sql)
        rows: list[tuple[Any, ...]]
        if sql.startswith("SHOW SESSION STATUS"):
            rows = [("Com", self._made)] if self._made is not None else []
        elif "`t`" not in sql:
            if "`c`" not in sql or self._error:
                raise UpstreamError(self._error or 1146, "42S02", "no")
            rows = [("c", "CREATE TABLE `c` (`note` varchar(99) COMMENT 'CREATE TEMPORARY TABLE')")]
        elif sql.startswith("SHOW CREATE"):
            rows = [("t", CREATED)]
        else:
            rows = COLUMNS if sql.startswith("SHOW FULL COLUMNS") else INDEXES
        return ResultSet(tuple(ResultColumn("x", 0xFD) for _ in rows[:1]), tuple(rows))


async def read(client: Client, *names: str, mariadb: bool = True) -> tuple[Table, ...]:
    return await read_temporary(cast(Session, client), [("shop", name) for name in names], mariadb=mariadb)


async def test_its_columns_and_indexes() -> None:
    (table,) = await read(Client(), "c", "t", "missing")
    assert (table.schema, table.name, table.temporary, table.engine, table.rows) == ("shop", "t", True, "MEMORY", 7)
    assert [(c.name, c.type, c.nullable, c.collation, c.charset) for c in table.columns] == [
        ("id", "int(11)", False, "", ""),
        ("a", "varchar(9)", True, "utf8mb4_bin", "utf8mb4"),
    ]
    assert [(i.name, i.columns, i.unique, i.primary) for i in table.indexes] == [("PRIMARY", ("id",), True, True)]


@pytest.mark.parametrize("made", ["0", None])
async def test_a_session_that_never_made_one_is_asked_once(made: str | None) -> None:
    client = Client(made)
    assert await read(client, "t") == ()
    assert len(client.asked) == 1


@pytest.mark.parametrize(("mariadb", "counter"), [(True, "Com_create_temporary_table"), (False, "Com_create_table")])
async def test_which_counter_tells(mariadb: bool, counter: str) -> None:
    client = Client("0")
    await read(client, mariadb=mariadb)
    assert client.asked == [f"SHOW SESSION STATUS LIKE '{counter}'"]


async def test_names_are_quoted() -> None:
    client = Client()
    await read(client, "a`; DROP TABLE x")
    assert client.asked[1] == "SHOW CREATE TABLE `shop`.`a``; DROP TABLE x`"


async def test_a_lost_connection_is_no_missing_table() -> None:
    with pytest.raises(UpstreamError):
        await read(Client(error=1158), "missing")
    assert await read(Client(error=1142), "missing") == ()
