from typing import Any

import pytest

from plugins import UpstreamError
from proxy.upstreams.named import NamedStatements

VALUES: dict[str, Any] = {"a": 7, "b": "it's", "n": None, "sql": "SELECT ?"}


def statements() -> NamedStatements:
    return NamedStatements(lambda: VALUES, lambda _text: None)


@pytest.mark.parametrize(
    ("prepare", "execute", "expanded"),
    [
        ("PREPARE p FROM 'SELECT ? + 1'", "EXECUTE p USING @a", "SELECT  7 + 1"),
        ("prepare `p` from \"SELECT '?', ?\"", "execute P using @b", "SELECT '?', 'it''s'"),
        ("PREPARE p FROM 'SELECT ''x'', \\'y\\''", "EXECUTE p", "SELECT 'x', 'y'"),
        ("PREPARE p FROM @sql", "EXECUTE p USING @n", "SELECT NULL"),
    ],
)
def test_prepare_and_execute(prepare: str, execute: str, expanded: str) -> None:
    named = statements()
    assert named.take(prepare)
    assert named.expanded(execute) == expanded


def test_other_statements_are_left_alone() -> None:
    named = statements()
    assert not named.take("SELECT 1")
    assert named.expanded("SELECT 1") == "SELECT 1"


@pytest.mark.parametrize(
    ("statement", "number"),
    [("EXECUTE q", 1243), ("EXECUTE p", 1210), ("EXECUTE p USING @a, @a", 1210), ("EXECUTE p USING @a", None)],
)
def test_execute_refuses(statement: str, number: int | None) -> None:
    named = statements()
    named.take("PREPARE p FROM 'SELECT ?'")
    if number is None:
        assert named.expanded(statement) == "SELECT  7"
        return
    with pytest.raises(UpstreamError) as caught:
        named.expanded(statement)
    assert caught.value.number == number


@pytest.mark.parametrize("statement", ["DEALLOCATE PREPARE p", "DROP PREPARE p"])
def test_deallocate(statement: str) -> None:
    named = statements()
    named.take("PREPARE p FROM 'SELECT 1'")
    assert named.take(statement)
    with pytest.raises(UpstreamError) as caught:
        named.take(statement)
    assert caught.value.number == 1243


def test_a_variable_that_holds_no_text_cannot_be_prepared() -> None:
    with pytest.raises(UpstreamError) as caught:
        statements().take("PREPARE p FROM @n")
    assert caught.value.number == 1064
