import pytest

from plugins.readonly import Rejected, generate, parse_one


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT REPLACE(REPLACE(a, '-', ''), ' ', '') FROM t",
        "SELECT REPLACE(a, ',', ' and ') FROM t",
        "SELECT CONCAT(a, ' ', b, ' ', a) FROM t",
        "SELECT " + ", ".join(f"CONCAT(a, ' ', b) AS c{n}" for n in range(50)) + " FROM t",
        "SELECT HEX(a), TO_BASE64(b) FROM t",
        "SELECT LPAD(a, 10, '0') FROM t",
    ],
)
def test_what_people_write(sql: str) -> None:
    assert generate(parse_one(sql)) == sql


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT REPLACE(REPLACE(a, 'a', 'aaaaaaaaaaaa'), 'a', 'aaaaaaaaaaaa') FROM t",
        "SELECT REPLACE(a, 'x', b), REPLACE(a, 'x', b), REPLACE(a, 'x', b) FROM t",
        "SELECT REPLACE(a, 'x', '" + "y" * 101 + "') FROM t",
        "SELECT REGEXP_REPLACE(a, '.*?', '" + "y" * 101 + "') FROM t",
        "SELECT HEX(HEX(HEX(HEX(HEX(HEX(HEX(a))))))) FROM t",
        "WITH x AS (SELECT a || a || a || a || a AS s FROM t), y AS (SELECT s || s || s || s || s AS s FROM x) "
        "SELECT s || s || s || s || s FROM y",
        "SELECT EXPORT_SET(1, EXPORT_SET(1, a, b), c) FROM t",
        "SELECT LPAD(a, 1001) FROM t",
        "SELECT RPAD(a, b) FROM t",
        "SELECT LPAD(a, -1) FROM t",
    ],
)
def test_what_makes_values_too_long(sql: str) -> None:
    with pytest.raises(Rejected) as rejected:
        generate(parse_one(sql))
    assert not rejected.value.fault.refused
