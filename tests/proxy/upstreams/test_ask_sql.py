"""The SQL that ASK's hints and examples teach, through the guard: on every upstream the rows that MariaDB gives."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest

from nl2sql.catalog import build_catalog
from nl2sql.examples import examples
from nl2sql.guard import check
from nl2sql.periods import AS_A_DATE, WRITTEN
from nl2sql.windows import windows
from tests.proxy.upstreams.answers import run
from tests.proxy.upstreams.translated import Connection, on_mariadb, seen, translated
from tests.support.postgres import PostgresServer
from tests.support.shop_server import ShopServer

SCHEMA = "clinic"
COLUMNS = {
    "owners": {"id": "int", "name": "varchar(30)", "born": "date"},
    "visits": {
        "id": "int",
        "owner_id": "int",
        "began": "datetime",
        "paid_on": "date",
        "kind": "varchar(12)",
        "price": "decimal(10,2)",
    },
}
KINDS = ("check", "urgent", "vaccine")
CATALOG = build_catalog(
    SCHEMA,
    [(name, "BASE TABLE", "100", "") for name in COLUMNS],
    [
        (table, name, "enum('check','urgent','vaccine')" if name == "kind" else kind, "", key, "select")
        for table, columns in COLUMNS.items()
        for name, kind in columns.items()
        for key in ["PRI" if name == "id" else ""]
    ],
    [("visits", "owner_id", "owners", "id")],
)
SPANS = (
    *("last month", "last 3 months, not including the current one", "the last 3 months", "last year", "this year"),
    *("last quarter", "this quarter", "last 2 full quarters", "last week", "this week", "last 4 weeks", "this month"),
    *("the past 30 days", "the last 10 days excluding the current day", "today", "yesterday", "past year"),
)
IDIOMS = (
    "SELECT v.id FROM visits v JOIN owners o ON o.id = v.owner_id WHERE v.paid_on BETWEEN v.began AND v.began + "
    "INTERVAL 30 DAY",
    "SELECT id FROM visits WHERE DATE_FORMAT(began, '%Y-%m') = DATE_FORMAT(paid_on, '%Y-%m')",
    "SELECT id FROM visits WHERE DATE_FORMAT(began, '%x-%v') = DATE_FORMAT(paid_on, '%x-%v')",
    "SELECT id FROM visits WHERE WEEKDAY(began) IN (5, 6)",
    "SELECT COUNT(*) AS n FROM visits WHERE WEEKDAY(paid_on) < 5",
    "SELECT id, TIMESTAMPDIFF(SECOND, began, paid_on) AS s, TIMESTAMPDIFF(HOUR, began, paid_on) AS h FROM visits",
    "SELECT id, TIMESTAMPDIFF(MINUTE, began, paid_on) AS m, DATEDIFF(paid_on, began) AS d FROM visits",
    "SELECT id, TIMESTAMPDIFF(YEAR, born, CURDATE()) AS age FROM owners",
    "WITH n AS (SELECT price AS v, ROW_NUMBER() OVER (ORDER BY price, id) AS n, COUNT(*) OVER () AS c FROM visits) "
    "SELECT AVG(v) AS median FROM n WHERE n IN (FLOOR((c + 1) / 2), CEIL((c + 1) / 2))",
    "SELECT owner_id, 100.0 * SUM(CASE WHEN kind = 'urgent' THEN 1 ELSE 0 END) / COUNT(*) AS rate FROM visits "
    "GROUP BY owner_id",
    "SELECT SUM(CASE WHEN kind = 'urgent' THEN 1 ELSE 0 END) * 1.0 / COUNT(*) AS share FROM visits",
    "WITH m AS (SELECT DATE_FORMAT(paid_on, '%Y-%m') AS period, SUM(price) AS v FROM visits GROUP BY period) "
    "SELECT period, v - LAG(v) OVER (ORDER BY period) AS change_of_v FROM m",
    "WITH r AS (SELECT owner_id AS k, id, ROW_NUMBER() OVER (PARTITION BY owner_id ORDER BY began DESC) AS n "
    "FROM visits) SELECT k, id FROM r WHERE n = 1",
    "SELECT owner_id, RANK() OVER (ORDER BY SUM(price) DESC) AS r FROM visits GROUP BY owner_id",
    "SELECT id FROM owners WHERE LOWER(name) LIKE LOWER('%OWNER 1%')",
    # What the guard mends.
    "SELECT id, paid_on - began AS d FROM visits",
    "SELECT id FROM visits WHERE began = '{today}'",
    "SELECT id FROM visits WHERE began BETWEEN '{before}' AND '{today}'",
    "SELECT id FROM visits WHERE began <= '{today}'",
    "SELECT kind, COUNT(*) AS n FROM visits",
    "SELECT id FROM owners WHERE id NOT IN (SELECT owner_id FROM visits)",
)


def statements() -> list[str]:
    """As the guard lets them pass."""
    today = date.today().replace(day=15)
    found = [
        f"SELECT id FROM visits WHERE {window.condition(column)}"
        for said in SPANS
        for window in windows(f"visits of {said}")
        for column in ("began", "paid_on")
    ]
    found += [
        f"SELECT {written.replace('{}', column)} AS period, COUNT(*) AS n FROM visits GROUP BY period"
        for written in (*WRITTEN.values(), *AS_A_DATE.values())
        for column in ("began", "paid_on")
    ]
    found += [sql.format(today=today, before=today - timedelta(40)) if "{today}" in sql else sql for sql in IDIOMS]
    made = [example.sql for example in examples(CATALOG)]
    assert len(made) >= 6, "the templates fit these tables"
    return [check(sql, CATALOG, 10_000).sql for sql in (*found, *made)]


def script() -> list[str]:
    """Tables and rows: visits from three years ago until next month, at different times of the day."""
    tables = [
        f"CREATE TABLE {table} ({', '.join(f'{name} {kind}' for name, kind in columns.items())}, PRIMARY KEY (id))"
        for table, columns in COLUMNS.items()
    ]
    midnight = datetime.combine(date.today(), time())
    owners = [f"({n}, 'Owner {n}', '{date(1960, 2, 29) + timedelta(n * 777)}')" for n in range(1, 21)]
    visits = [
        f"({n}, {'NULL' if n % 17 == 0 else 1 + n % 9}, '{at}', '{(at + timedelta(n % 50)).date()}', '{KINDS[n % 3]}',"
        f" {n * 7 % 101}.25)"
        for n in range(400)
        for at in [midnight - timedelta(days=n * 3 - 33, hours=-(n % 24), minutes=-(n % 60))]
    ]
    return [
        *tables,
        f"INSERT INTO owners VALUES {', '.join(owners)}",
        f"INSERT INTO visits VALUES {', '.join(visits)}",
    ]


@pytest.fixture(scope="module")
def reference(mariadb: ShopServer) -> Iterator[Connection]:
    with on_mariadb(mariadb, SCHEMA) as connection:
        fill(connection)
        yield connection


@pytest.fixture(scope="module")
def others(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Connection]]:
    with translated(SCHEMA, tmp_path_factory.mktemp(SCHEMA), postgres) as found:
        for connection in found.values():
            fill(connection)
        yield found


def fill(connection: Connection) -> None:
    for statement in script():
        assert not (got := run(connection, statement)).error, got.error


@pytest.mark.timeout(300)
def test_the_same_rows_on_every_upstream(reference: Connection, others: dict[str, Connection]) -> None:
    failures = []
    for sql in statements():
        expected = run(reference, sql)
        assert not expected.error, (sql, expected.error)
        for target, connection in others.items():
            got = run(connection, sql)
            if seen(got, target) != seen(expected, target):
                told = got.error or f"{len(got.rows)} {got.rows[:3]}"
                failures.append(
                    f"{target}: {sql}\n   MariaDB: {len(expected.rows)} {expected.rows[:3]}\n   here: {told}"
                )
    assert not failures, f"{len(failures)} answers differ:\n" + "\n".join(failures)
