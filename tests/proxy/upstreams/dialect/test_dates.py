"""Date and time functions, by the manual's own examples where it has some."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("call", "moment"),
    [
        ("DATE_ADD('2024-01-31', INTERVAL 1 MONTH)", "2024-02-29"),
        ("DATE_ADD('2024-02-29', INTERVAL 1 YEAR)", "2025-02-28"),
        ("DATE_SUB('2024-03-31', INTERVAL 1 MONTH)", "2024-02-29"),
        ("DATE_ADD('2024-01-01', INTERVAL 1 QUARTER)", "2024-04-01"),
        ("DATE_ADD('2024-01-01', INTERVAL 1 HOUR)", "2024-01-01 01:00:00"),
        ("DATE_ADD('2024-01-01', INTERVAL '1:30' HOUR_MINUTE)", "2024-01-01 01:30:00"),
        ("DATE_ADD('2024-01-01', INTERVAL '-1 2' DAY_HOUR)", "2023-12-30 22:00:00"),
        ("DATE_ADD('2024-01-01', INTERVAL '1-2' YEAR_MONTH)", "2025-03-01"),
        ("DATE_ADD('2024-01-01', INTERVAL '1 1:1:1.000002' DAY_MICROSECOND)", "2024-01-02 01:01:01.000002"),
        ("DATE_ADD('2024-01-01', INTERVAL '3' DAY_SECOND)", "2024-01-01 00:00:03"),
        ("DATE_ADD('2024-01-01', INTERVAL '1.5' SECOND)", "2024-01-01 00:00:01.500000"),
        ("DATE_ADD('2024-01-01', INTERVAL 'abc' DAY)", "2024-01-01"),
        ("DATE_ADD('2024-01-01', INTERVAL NULL DAY)", None),
        ("DATE_ADD('nonsense', INTERVAL 1 DAY)", None),
        ("DATE_ADD(x, INTERVAL 1 DAY) FROM (SELECT 'nonsense' AS x) t", None),
        ("ADDDATE('2024-01-01', 31)", "2024-02-01"),
        ("SUBDATE('2024-01-01', 1)", "2023-12-31"),
        ("TIMESTAMPADD(MINUTE, 1, '2003-01-02')", "2003-01-02 00:01:00"),
        ("TIMESTAMPADD(SQL_TSI_WEEK, 1, '2003-01-02')", "2003-01-09"),
        ("ADDTIME('2007-12-31 23:59:59.999999', '1 1:1:1.000002')", "2008-01-02 01:01:01.000001"),
        ("ADDTIME('01:00:00', '02:00:00')", "03:00:00"),
        ("SUBTIME('01:00:00', '02:00:00')", "-01:00:00"),
        ("TIMEDIFF('10:00:00', '11:00:00')", "-01:00:00"),
        ("TIMEDIFF('2024-01-03 00:00:00', '2024-01-01 23:00:00')", "25:00:00"),
        ("LAST_DAY('2004-02-05')", "2004-02-29"),
        ("LAST_DAY('2003-03-32')", None),
        ("MAKEDATE(2011, 366)", "2012-01-01"),
        ("MAKEDATE(2011, 0)", None),
        ("MAKEDATE(70, 1)", "1970-01-01"),
        ("MAKEDATE(69, 1)", "2069-01-01"),
        ("MAKETIME(12, 15, 30)", "12:15:30"),
        ("MAKETIME(-1, 30, 0)", "-01:30:00"),
        ("MAKETIME(1, 60, 0)", None),
        ("MAKETIME(1, 0, 60)", None),
        ("SEC_TO_TIME(-2378)", "-00:39:38"),
        ("FROM_DAYS(730669)", "2000-07-03"),
        ("FROM_UNIXTIME(86400)", "1970-01-02 00:00:00"),
        ("FROM_UNIXTIME(86400, '%Y-%m-%d')", "1970-01-02"),
        ("CONVERT_TZ('2004-01-01 12:00:00', '+00:00', '+10:00')", "2004-01-01 22:00:00"),
        ("CONVERT_TZ('2004-01-01 12:00:00', 'GMT', 'MET')", "2004-01-01 13:00:00"),
        ("CONVERT_TZ('2004-01-01 12:00:00', 'SYSTEM', '-01:00')", "2004-01-01 11:00:00"),
        ("DATE('2003-12-31 01:02:03')", "2003-12-31"),
        ("TIME('2003-12-31 01:02:03')", "01:02:03"),
        ("TIMESTAMP('2003-12-31 12:00:00', '12:00:00')", "2004-01-01 00:00:00"),
    ],
)
def test_moments(value: Value, target: str, call: str, moment: str | None) -> None:
    assert value(target, call) == moment


@EMBEDDED
@pytest.mark.parametrize(
    ("call", "number"),
    [
        ("TIMESTAMPDIFF(MONTH, '2003-02-01', '2003-05-01')", "3"),
        ("TIMESTAMPDIFF(YEAR, '2002-05-01', '2001-01-01')", "-1"),
        ("TIMESTAMPDIFF(MINUTE, '2003-02-01', '2003-05-01 12:05:55')", "128885"),
        ("TIMESTAMPDIFF(MONTH, '2024-01-31', '2024-02-29')", "0"),
        ("TIMESTAMPDIFF(QUARTER, '2024-01-01', '2024-12-31')", "3"),
        ("TIMESTAMPDIFF(DAY, '2024-01-01', 'x')", None),
        ("DATEDIFF('2007-12-31 23:59:59', '2007-12-30')", "1"),
        ("DATEDIFF('2007-12-30', '2007-12-31')", "-1"),
        ("WEEK('2008-02-20')", "7"),
        ("WEEK('2008-02-20', 1)", "8"),
        ("WEEK('2000-01-01', 0)", "0"),
        ("WEEK('2000-01-01', 3)", "52"),
        ("WEEK('2024-12-31', 4)", "53"),
        ("WEEK('2024-12-31', 5)", "53"),
        ("YEARWEEK('1987-01-01')", "198652"),
        ("YEARWEEK('1987-01-01', 1)", "198701"),
        ("DAYOFWEEK('2007-02-03')", "7"),
        ("WEEKDAY('2008-02-03 22:23:00')", "6"),
        ("DAYOFYEAR('2024-12-31')", "366"),
        ("QUARTER('2008-04-01')", "2"),
        ("HOUR('272:59:59')", "272"),
        ("HOUR('2024-01-01')", "0"),
        ("MINUTE('2008-02-03 10:05:03')", "5"),
        ("MICROSECOND('2019-12-31 23:59:59.000010')", "10"),
        ("YEAR('x')", None),
        ("UNIX_TIMESTAMP('1970-01-02 00:00:00')", "86400"),
        ("TO_DAYS('2007-10-07')", "733321"),
        ("TO_SECONDS('2009-11-29 13:43:32')", "63426721412"),
        ("TIME_TO_SEC('-00:39:38')", "-2378"),
        ("PERIOD_ADD(200801, -1)", "200712"),
        ("PERIOD_DIFF(200802, 200703)", "11"),
        ("EXTRACT(YEAR_MONTH FROM '2019-07-02 01:02:03')", "201907"),
        ("EXTRACT(DAY_MINUTE FROM '2019-07-02 01:02:03')", "20102"),
        ("EXTRACT(DAY_MICROSECOND FROM '2019-07-02 01:02:03.000004')", "2010203000004"),
        ("EXTRACT(WEEK FROM '2008-02-20')", "7"),
    ],
)
def test_numbers(value: Value, target: str, call: str, number: str | None) -> None:
    assert value(target, call) == number


@EMBEDDED
@pytest.mark.parametrize(
    ("call", "size"),
    [
        ("NOW()", 19),
        ("NOW(0)", 19),
        ("CURRENT_TIMESTAMP", 19),
        ("SYSDATE()", 19),
        ("UTC_TIMESTAMP()", 19),
        ("CURDATE()", 10),
        ("CURRENT_DATE", 10),
        ("UTC_DATE()", 10),
        ("CURTIME()", 8),
        ("UTC_TIME()", 8),
    ],
)
def test_the_clock_has_no_fraction_unless_one_is_asked_for(value: Value, target: str, call: str, size: int) -> None:
    now = value(target, call)
    assert now is not None
    assert len(now) == size


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize(
    ("call", "construct"),
    [
        ("WEEK(born, Id)", "WEEK with a mode that is not a literal"),
        ("WEEK(born, 1 + 1)", "WEEK with a mode that is not a literal"),
        ("WEEK(born, 7)", "WEEK with mode 7"),
        ("WEEK(born, 'x')", "WEEK with a mode"),
        ("NOW('x')", "NOW with digits that are not a literal"),
        ("EXTRACT(EPOCH FROM born)", "EPOCH"),
        ("DATE_ADD(born)", "DATE_ADD with 1 arguments"),
    ],
)
def test_what_is_refused(to: Translate, target: str, call: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, f"SELECT {call} FROM people")


@pytest.mark.parametrize("target", ["postgres", "duckdb"])
def test_a_compound_interval_is_a_literal(to: Translate, target: str) -> None:
    with pytest.raises(Untranslatable, match="DAY_HOUR of what is not a literal"):
        to(target, "SELECT DATE_ADD(born, INTERVAL name DAY_HOUR) FROM people")


def test_zones_as_posix_has_them(to: Translate) -> None:
    """There ``+02:00`` lies west of Greenwich."""
    sql = "SELECT CONVERT_TZ(seen, '+02:00', '{}') FROM people"
    assert "'Etc/GMT-2'" in to("duckdb", sql.format("UTC"))
    assert "CAST('+2:00' AS INTERVAL)" in to("postgres", sql.format("UTC"))
    with pytest.raises(Untranslatable, match=r"CONVERT_TZ with \+05:30"):
        to("duckdb", sql.format("+05:30"))


def test_a_constant_number_of_days_needs_no_function(to: Translate) -> None:
    # PostgreSQL's ROUND is written in SQL: running it while planning makes HypoPG forget that it is explaining.
    assert "ROUND" not in to("postgres", "SELECT name FROM people WHERE born < DATE '2024-01-01' + INTERVAL 3 MONTH")
    assert "ROUND" in to("postgres", "SELECT name FROM people WHERE born < DATE '2024-01-01' + INTERVAL 1.5 DAY")
