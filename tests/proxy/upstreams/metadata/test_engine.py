"""The private database in which queries over the system tables run."""

from collections.abc import Iterator

import pytest

from plugins import UpstreamError
from proxy.upstreams.metadata import engine as engine_module
from proxy.upstreams.metadata.engine import Engine
from proxy.upstreams.metadata.facts import Facts
from proxy.upstreams.metadata.reflection import Reflection, Table
from proxy.upstreams.metadata.session import SessionView


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    made = Engine(case_sensitive=False)
    yield made
    made.close()


def facts(*tables: str) -> Facts:
    reflection = Reflection(("shop",), tuple(Table("shop", name) for name in tables))
    return Facts(SessionView("ann", database="shop"), lambda: reflection)


NAMES = "SELECT table_name FROM system_tables.TABLES WHERE table_schema = 'SHOP' ORDER BY 1"


def test_rows_are_read_again_only_when_the_reflection_is_another(engine: Engine) -> None:
    engine.fill(["TABLES"], facts("a"))
    engine.fill(["TABLES"], facts("a", "b"))
    assert engine.run(NAMES)[1] == [("a",)]
    engine.invalidate()
    engine.fill(["TABLES"], facts("a", "it's"))
    assert engine.run(NAMES)[1] == [("a",), ("it's",)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('/etc/passwd')",
        "COPY (SELECT 1) TO '/tmp/askwire_never'",
        "ATTACH '/tmp/askwire_never.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET enable_external_access = true",
        "SET memory_limit = '8GB'",
    ],
)
def test_it_is_locked(engine: Engine, sql: str) -> None:
    with pytest.raises(UpstreamError):
        engine.run(sql)


@pytest.mark.parametrize(
    ("sql", "number"),
    [
        ("SELECT nothing FROM system_tables.TABLES", 1054),
        ("SELECT no_such_function(1)", 1305),
        ("SELECT FROM WHERE", 1064),
        ("SELECT CAST('x' AS INT)", 1105),
    ],
)
def test_errors_are_mysqls(engine: Engine, sql: str, number: int) -> None:
    engine.fill(["TABLES"], facts())
    with pytest.raises(UpstreamError) as caught:
        engine.run(sql)
    assert caught.value.number == number


def test_too_many_rows(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "MAX_ROWS", 10)
    assert len(engine.run("SELECT * FROM range(10)")[1]) == 10
    with pytest.raises(UpstreamError) as caught:
        engine.run("SELECT * FROM range(11)")
    assert caught.value.number == 1104


def test_too_long_a_query(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "LIMIT_S", 0.05)
    with pytest.raises(UpstreamError) as caught:
        engine.run("SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b")
    assert caught.value.number == 3024


def test_the_where_of_show(engine: Engine) -> None:
    rows = [("orders", 1, None), ("it's", 22, "x")]
    assert engine.matching(["Name", "Rows", "Comment"], rows, "\"Name\" = 'ORDERS'") == [rows[0]]
    assert engine.matching(["Name", "Rows", "Comment"], rows, '"Comment" IS NOT NULL') == [rows[1]]
    assert engine.matching(["Name"], [], "TRUE") == []


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("find_in_set('b', 'a,b')", 2),
        ("substring_index('a.b.c', '.', 2)", "a.b"),
        ("substring_index('a.b.c', '.', -2)", "b.c"),
        ("quote('it''s')", "'it\\'s'"),
        ("crc32('MySQL')", 3259397556),
        ("unix_timestamp(TIMESTAMP '1970-01-02 00:00:00')", 86400),
    ],
)
def test_mysqls_functions(engine: Engine, expression: str, value: object) -> None:
    assert engine.run(f"SELECT {expression}")[1] == [(value,)]
