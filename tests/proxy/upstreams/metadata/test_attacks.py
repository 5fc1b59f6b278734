"""What a hostile client or a hostile name must not do."""

import time
from pathlib import Path
from threading import Timer

import pytest
import sqlalchemy as sa

from plugins import UpstreamError
from proxy.upstreams.metadata import Metadata, reflect
from proxy.upstreams.metadata.engine import Engine
from tests.proxy.upstreams.metadata.conftest import Ask, view_of

FROM = "FROM information_schema.engines"
REFUSED = [
    f"SELECT * {FROM}, read_text('{{file}}')",
    f"SELECT (SELECT content FROM read_text('{{file}}')) {FROM}",
    f"SELECT * {FROM} JOIN `{{file}}` ON 1 = 1",
    f"SELECT * {FROM}, information_schema.`{{file}}`",
    f"SELECT * {FROM} UNION SELECT * FROM read_csv('{{file}}')",
    f"SELECT * {FROM} WHERE engine IN (SELECT content FROM read_blob('{{file}}'))",
    f"SELECT * {FROM}, glob('/*')",
    f"SELECT * {FROM}, duckdb_settings()",
    f"SELECT * {FROM}, duckdb_settings",
    f"SELECT * {FROM}, main.shown",
    f"SELECT * {FROM}, system_tables.tables",
    f"SELECT getenv('HOME') {FROM}",
    f"SELECT * {FROM} INTO OUTFILE '{{file}}'",
    "SHOW TABLES WHERE (SELECT COUNT(*) FROM read_text('{file}')) > 0",
    "SHOW TABLES WHERE 1 = 1; DROP TABLE shown",
    "SHOW TABLES WHERE getenv('HOME') <> ''",
    "SELECT * FROM information_schema.engines; COPY (SELECT 1) TO '{file}'",
]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret.csv"
    path.write_text("a,b\nhunter2,1\n")
    return path


@pytest.mark.parametrize("sql", REFUSED)
def test_files_and_settings_are_out_of_reach(duckdb_metadata: Metadata, secret: Path, sql: str) -> None:
    sql = sql.replace("{file}", str(secret))
    answered: object = None
    try:
        answered = duckdb_metadata.answer(sql)
    except UpstreamError as error:
        answered = "hunter2" if "hunter2" in error.message else None
    assert answered is None, "it is not for the private database: the upstream decides"
    assert secret.read_text().startswith("a,b")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{file}')",
        "COPY (SELECT 1) TO '{file}'",
        "ATTACH '{file}'",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SELECT * FROM '{file}'",
    ],
)
def test_the_private_database_is_locked_even_from_inside(secret: Path, sql: str) -> None:
    engine = Engine(case_sensitive=False)
    with pytest.raises(UpstreamError):
        engine.run(sql.replace("{file}", str(secret)))
    engine.close()
    assert secret.read_text().startswith("a,b")


NAMES = ["a`b", 'c"d', "e'f", "g\\h", "i%j_k", "ünï ☃ 表", "x" * 200, "; DROP TABLE t; --", "a\nb", "SELECT", "t.u"]


def test_hostile_names() -> None:
    """Names of tables and columns are data all the way."""
    engine = sa.create_engine("duckdb:///:memory:")
    with engine.connect() as connection:
        for number, name in enumerate(NAMES):
            spelled = '"' + name.replace('"', '""') + '"'
            connection.exec_driver_sql(f"CREATE TABLE {spelled} ({spelled} INTEGER DEFAULT {number})")
        metadata = Metadata(view_of(database="main"), lambda: reflect(connection), dialect="duckdb", schema="main")

        def rows(sql: str) -> list[tuple[object, ...]]:
            answer = metadata.answer(sql)
            assert answer is not None, sql
            return list(answer.rows)

        assert {row[0] for row in rows("SHOW TABLES")} == set(NAMES)
        assert {
            row[0] for row in rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'main'")
        } == set(NAMES)
        for name in NAMES:
            quoted = "`" + name.replace("`", "``") + "`"
            text = "'" + name.replace("\\", "\\\\").replace("'", "''") + "'"
            pattern = text.replace("\\\\", "\\\\\\\\").replace("%", "\\%").replace("_", "\\_")
            assert [row[0] for row in rows(f"SHOW COLUMNS FROM {quoted}")] == [name]
            assert [row[0] for row in rows(f"DESCRIBE main.{quoted} {quoted}")] in ([name], [])
            assert [row[0] for row in rows(f"SHOW TABLES LIKE {pattern}")] == [name]
            assert [row[0] for row in rows(f"SHOW TABLES WHERE Tables_in_main = {text}")] == [name]
            sql = f"SELECT column_name FROM information_schema.columns WHERE table_name = {text}"
            assert rows(sql) == [(name,)]
            sql = f"SELECT column_name FROM information_schema.columns WHERE table_name LIKE {pattern}"
            assert rows(sql) == [(name,)]
            ((_, created),) = rows(f"SHOW CREATE TABLE {quoted}")
            assert str(created).startswith(f"CREATE TABLE {quoted} (\n  {quoted} int DEFAULT ")
        metadata.close()


def test_a_query_without_end_can_be_interrupted(duckdb_metadata: Metadata) -> None:
    duckdb_metadata.answer("SELECT COUNT(*) FROM information_schema.collations")
    endless = "information_schema.collations"
    sql = f"SELECT COUNT(*) FROM {', '.join(f'{endless} t{n}' for n in range(8))} WHERE t0.id + t7.id = t3.id * t5.id"
    timer = Timer(0.3, duckdb_metadata.interrupt)
    timer.start()
    started = time.monotonic()
    with pytest.raises(UpstreamError) as caught:
        duckdb_metadata.answer(sql)
    assert caught.value.number == 1317
    assert time.monotonic() - started < 60
    assert duckdb_metadata.answer("SELECT 1 FROM information_schema.engines") is not None


DOUBLED = "engine"
REPLACED = "engine"
for _ in range(30):
    DOUBLED = f"CONCAT({DOUBLED}, {DOUBLED})" if len(DOUBLED) < 20_000 else DOUBLED
    REPLACED = f"REPLACE({REPLACED}, 'o', 'oo')"
THREE = ", ".join(f"information_schema.collations {name}" for name in "abc")
NESTED = "SELECT engine AS a FROM information_schema.engines"
for _ in range(40):
    NESTED = f"SELECT CONCAT(a, a) AS a FROM ({NESTED}) t"


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        (f"SELECT LENGTH(REPEAT('x', 4000000000)) {FROM}", 1235),
        (f"SELECT LPAD('x', 4000000000, 'y') {FROM}", 1235),
        (f"SELECT SPACE(4000000000) {FROM}", 1235),
        (f"SELECT LENGTH({REPLACED}) {FROM}", 1235),
        (f"SELECT LENGTH(a) FROM ({NESTED}) t", 1041),
        (f"SELECT * FROM {THREE}", 1104),
        (f"SELECT GROUP_CONCAT(a.collation_name, b.collation_name, c.collation_name) FROM {THREE}", 1041),
        ("SHOW TABLES WHERE REPEAT('x', 4000000000) = ''", 1235),
    ],
)  # fmt: skip
def test_memory_is_bounded(duckdb_metadata: Metadata, ask: Ask, sql: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        ask(sql)
    assert caught.value.number == number
    assert ask(f"SELECT COUNT(*) {FROM}") == [(1,)]


@pytest.mark.parametrize("sql", ["SELECT " + "(" * 500 + "@@x" + ")" * 500, "SHOW TABLES WHERE " + "NOT " * 3000 + "1"])
def test_deep_nesting_is_an_error(duckdb_metadata: Metadata, sql: str) -> None:
    with pytest.raises(UpstreamError):
        duckdb_metadata.answer(sql)
    assert duckdb_metadata.answer("SELECT @@version") is not None
