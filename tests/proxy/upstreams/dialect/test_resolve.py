"""Whose column a name is."""

import pytest

from proxy.upstreams.dialect.kinds import INT, STRING, UNKNOWN, Kind
from proxy.upstreams.dialect.resolve import Scope, Source, kind_of_name
from tests.proxy.upstreams.dialect.conftest import Translate


@pytest.mark.parametrize(
    ("type_", "target", "kind"),
    [
        ("numeric(10,2)", "postgres", Kind("decimal", 2)),
        ("character varying(20)", "postgres", STRING),
        ("HUGEINT", "duckdb", INT),
        ("TINYINT(1)", "sqlite", INT),
        ("mood", "postgres", UNKNOWN),
        ("", "sqlite", UNKNOWN),
        ("no type (", "sqlite", UNKNOWN),
    ],
)
def test_kind_of_name(type_: str, target: str, kind: Kind) -> None:
    assert kind_of_name(type_, target) == kind


def test_a_scope_finds_its_own_before_its_parents() -> None:
    outer = Scope(sources=[Source("o", {"a": ("A", INT), "b": ("B", INT)})])
    inner = Scope(outer, [Source("t", {"a": ("a", STRING)})])
    assert [inner.find(name, "") for name in ("a", "b", "c")] == [
        (inner.sources[0], "a", STRING),
        (outer.sources[0], "B", INT),
        None,
    ]
    assert inner.find("a", "O") == (outer.sources[0], "A", INT)


def test_of_a_table_that_is_not_known_any_column_may_be() -> None:
    scope = Scope(sources=[Source("t", None)])
    assert scope.find("x", "T") == (scope.sources[0], "x", UNKNOWN)
    assert scope.find("x", "") is None
    assert not scope.is_complete()


@pytest.mark.parametrize(
    ("sql", "written"),
    [
        ("SELECT ID FROM PEOPLE WHERE ID IN (SELECT HITS FROM COUNTERS)", '"Id" IN (SELECT "hits" FROM "counters")'),
        ("SELECT x.ID FROM (SELECT ID FROM people) x", '"x"."Id"'),
        ("WITH C AS (SELECT ID AS K FROM people) SELECT k FROM c", 'SELECT "K"'),
        (
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT I + 1 FROM N) SELECT i FROM n",
            'CAST("i" AS BIGINT) + 1 FROM "n"',
        ),
        ("SELECT (SELECT MAX(hits) FROM counters WHERE DAY = P.BORN) AS m FROM people p", '"day" = "p"."born"'),
        ("SELECT NAME FROM people UNION SELECT DAY FROM counters", 'CAST("day" AS TEXT)'),
    ],
)
def test_names_in_other_cases(to: Translate, sql: str, written: str) -> None:
    assert written in to("postgres", sql)


def test_names_take_the_case_of_the_schema_and_labels_that_of_the_client(to: Translate) -> None:
    assert to("postgres", "SELECT NAME, p.id FROM People p") == (
        'SELECT "name" AS "NAME", "p"."Id" AS "id" FROM "people" AS "p"'
    )
