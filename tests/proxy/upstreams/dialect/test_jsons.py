"""JSON operators and constructors."""

import pytest

from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("JSON_EXTRACT('{\"a\": {\"b\": 3}}', '$.a.b')", "3"),
        ("JSON_EXTRACT('{\"a\": 1}', '$.b')", None),
        ("x->'$.a' FROM (SELECT '{\"a\": \"y\"}' AS x) t", '"y"'),
        ("x->>'$.a' FROM (SELECT '{\"a\": \"y\"}' AS x) t", "y"),
        ("JSON_OBJECT('a', 1, 'b', 'x')", '{"a":1,"b":"x"}'),
        ("JSON_ARRAY(1, 'x', NULL)", '[1,"x",null]'),
        ("JSON_OBJECTAGG(x, 1) FROM (SELECT 'k' AS x) t", '{"k":1}'),
        ("JSON_ARRAYAGG(x) FROM (SELECT 5 AS x) t", "[5]"),
        ("JSON_TYPE('[1]')", "ARRAY"),
        ("JSON_TYPE('\"x\"')", "STRING"),
        ("JSON_LENGTH('[1, 2, 3]')", "3"),
        ("JSON_VALID('{')", "0"),
        ("JSON_KEYS('[1, 2]')", None),
    ],
)
def test_values(value: Value, target: str, expression: str, result: str | None) -> None:
    assert value(target, expression) == result


def test_a_literal_has_a_type_on_postgresql(to: Translate) -> None:
    assert "JSONB_BUILD_OBJECT('a', CAST('x' AS TEXT))" in to("postgres", "SELECT JSON_OBJECT('a', 'x')")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("postgres", """JSONB_PATH_QUERY_FIRST(CAST("people"."name" AS JSONB), CAST('$.a' AS JSONPATH))"""),
        ("duckdb", """JSON_EXTRACT(CAST("people"."name" AS JSON), '$.a')"""),
        ("sqlite", """"people"."name" -> '$.a'"""),
    ],
)
def test_json_arrows(to: Translate, target: str, expected: str) -> None:
    assert expected in to(target, "SELECT people.name->'$.a' AS x FROM people")
    assert expected in to(target, "SELECT LENGTH(`people`.name->>'$.a') > 2 AS x FROM people")
