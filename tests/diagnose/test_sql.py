"""What is written means what stood in the statement, as a real server reads both."""

import pytest
import sqlglot

from diagnose.sql import written
from tests.diagnose.servers import Diagnosed

MOMENT = "'2026-03-31 23:59:58.123456'"
EXPRESSIONS = f"""
TO_DAYS({MOMENT})
2 * TO_DAYS({MOMENT}) - 1
DATEDIFF({MOMENT}, '0000-01-01') + 1
(DATEDIFF({MOMENT}, '2000-01-01') + 1) * 2
WEEK({MOMENT}, 1)
YEARWEEK({MOMENT})
LAST_DAY({MOMENT}) + INTERVAL 1 DAY
DATE_FORMAT({MOMENT}, '%a %b %c %D %d %e %f %H %h %i %j %M %m %p %r %S %T %U %u %V %v %W %w %X %x %Y %y %%')
STR_TO_DATE('01,5,2026', '%d,%m,%Y')
TIMESTAMPADD(MONTH, 1, {MOMENT})
TIMESTAMPDIFF(MONTH, '2025-01-31', {MOMENT})
DATE_ADD({MOMENT}, INTERVAL '1:10' MINUTE_SECOND)
DATE_SUB({MOMENT}, INTERVAL 1 QUARTER)
UNIX_TIMESTAMP({MOMENT})
FROM_UNIXTIME(1700000000, '%Y')
EXTRACT(DAY_HOUR FROM {MOMENT})
UTC_DATE() > '2000-01-01'
UTC_TIMESTAMP() > '2000-01-01'
UTC_TIME() >= '00:00:00'
CAST({MOMENT} AS DATETIME(3))
CAST('12ab' AS SIGNED)
CAST(12.345 AS DECIMAL(5, 1))
CONVERT('a' USING latin1)
BINARY 'a' = 'A'
'a' = 'A' COLLATE utf8mb4_bin
CONCAT('a', NULL, 'b')
CONCAT_WS('-', 'a', NULL, 'b')
LENGTH('é')
LOCATE('b', 'abcb', 3)
TRIM(LEADING 'x' FROM 'xxa')
SUBSTRING('abcdef', -2)
SUBSTRING_INDEX('a.b.c', '.', 2)
GREATEST(1, NULL)
7 DIV 2
-7 % 3
7 / 2
1 <=> NULL
1 XOR 1
!1
5 & 3 | 8
NOT 1 = 2
10 - (5 - 3)
8 / (4 / 2)
'a%c' LIKE 'a!%c' ESCAPE '!'
'abc' RLIKE '^a'
NOT 'abc' NOT REGEXP 'x'
REGEXP_REPLACE('abc', 'b', 'x')
JSON_EXTRACT('{{"a": [1, 2]}}', '$.a[1]')
0x41
b'101'
N'a'
'a\\'b'
'a\\\\b'
(1, 2) = (1, 2)
2 - -1
GROUP_CONCAT(DISTINCT 1 ORDER BY 1 SEPARATOR ';')
""".strip().split("\n")


def test_expressions_mean_the_same_when_they_are_written(diag_mariadb: Diagnosed) -> None:
    for expression in EXPRESSIONS:
        text = written(sqlglot.parse_one(f"SELECT {expression} AS r", dialect="mysql"))
        assert text is not None, expression
        assert diag_mariadb.rows(text) == diag_mariadb.rows(f"SELECT {expression} AS r"), text


@pytest.mark.parametrize(
    "expression", ["NOW() - INTERVAL 1.5 DAY", "DATE_SUB(NOW(), INTERVAL .5 HOUR)", "INTERVAL(5, 1)"]
)
def test_what_would_change_is_not_written(expression: str) -> None:
    assert written(sqlglot.parse_one(f"SELECT {expression}", dialect="mysql")) is None


def test_comments_are_left_out() -> None:
    assert written(sqlglot.parse_one("SELECT /*! SLEEP(9), */ 1 /* a */ -- b", dialect="mysql")) == "SELECT 1"
