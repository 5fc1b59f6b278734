"""The functions that a query over the system tables may call."""

import pytest
import sqlglot

from plugins import UpstreamError
from proxy.upstreams.metadata.functions import check_functions


@pytest.mark.parametrize(
    "expression",
    [
        "COUNT(*)",
        "CONCAT(a, 'x')",
        "IF(a, 1, 2)",
        "DATE_FORMAT(a, '%Y')",
        "FIND_IN_SET('a', b)",
        "crc32(a)",
        "REPLACE(a, 'x', 'y')",
        "REPLACE(REPLACE(a, 'x', 'y'), 'z', '')",
        "GROUP_CONCAT(a ORDER BY b)",
        "a LIKE 'x' AND NOT b REGEXP 'y'",
    ],
)
def test_what_may_be_called(expression: str) -> None:
    check_functions(sqlglot.parse_one(f"SELECT {expression} FROM t", read="mysql"))


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("REPEAT('a', 1000000000)", 1235),
        ("LPAD(a, 1000000000, 'x')", 1235),
        ("SPACE(1000000000)", 1235),
        ("SLEEP(100)", 1305),
        ("BENCHMARK(1, 2)", 1305),
        ("read_text('/etc/passwd')", 1305),
        ("getenv('HOME')", 1305),
        ("nobody_knows(1)", 1305),
        ("REPLACE(a, 'x', b)", 1235),
        ("REPLACE(a, 'x', 'yyyyyyyyyyyyyyyyy')", 1235),
        ("REPLACE(REPLACE(REPLACE(REPLACE(REPLACE(a,'a','bb'),'b','cc'),'c','dd'),'d','ee'),'e','ff')", 1235),
        ("(SELECT REPLACE(a, 'x', 'y'))", 1235),
    ],
)
def test_what_may_not(expression: str, number: int) -> None:
    with pytest.raises(UpstreamError) as caught:
        check_functions(sqlglot.parse_one(f"SELECT {expression} FROM t", read="mysql"))
    assert caught.value.number == number
