"""MySQL's functions by name."""

import pytest

from proxy.upstreams.dialect import Untranslatable
from tests.proxy.upstreams.dialect.conftest import EMBEDDED, Translate, Value


@EMBEDDED
@pytest.mark.parametrize(
    ("call", "result"),
    [
        ("CONCAT('a', NULL)", None),
        ("CONCAT('a', 1, 1.50)", "a11.50"),
        ("CONCAT(1 = 1, 'x')", "1x"),
        ("CONCAT(x, '!') FROM (SELECT 'a' AS x) t", "a!"),
        ("CONCAT(x, '!') FROM (SELECT NULL AS x) t", None),
        ("CONCAT_WS(',', 'a', NULL, 'b')", "a,b"),
        ("CONCAT_WS(NULL, 'a')", None),
        ("IF(NULL, 1, 2)", "2"),
        ("IF('1abc', 1, 2)", "1"),
        ("IFNULL(NULL, 10)", "10"),
        ("COALESCE(NULL, NULL, 3)", "3"),
        ("COALESCE(NULL)", None),
        ("NULLIF(1, '1')", None),
        ("NULLIF('a', 'b')", "a"),
        ("GREATEST(1, NULL)", None),
        ("GREATEST(2, 10)", "10"),
        ("GREATEST('2', '10')", "2"),
        ("GREATEST(DATE '2024-01-01', '2024-1-5')", "2024-01-05"),
        ("LEAST(34.0, 3.0, 5.0)", "3"),
        ("LEAST(x, 3) FROM (SELECT NULL AS x) t", None),
        ("FIELD('b', 'a', 'b')", "2"),
        ("FIELD('x', 'a', 'b')", "0"),
        ("FIELD(NULL, 'a')", "0"),
        ("FIELD(2, '2x', 2)", "1"),
        ("ELT(2, 'a', 'b')", "b"),
        ("ELT(0, 'a')", None),
        ("ELT(3, 'a', 'b')", None),
        ("FORMAT(1234567.891, 2)", "1,234,567.89"),
        ("FORMAT(0.5, 0)", "1"),
        ("FORMAT(-0.005, 2)", "-0.01"),
        ("SHA2('abc', 256)", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("SHA2('abc', 0)", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        ("JSON_UNQUOTE('\"a\\\\tb\"')", "a\tb"),
        ("JSON_UNQUOTE('abc')", "abc"),
        ("JSON_UNQUOTE(JSON_EXTRACT('{\"a\": \"x\"}', '$.a'))", "x"),
        ("TRUNCATE(1.15, 2)", "1.15"),
        ("TRUNCATE(-1.999, 1)", "-1.9"),
        ("TRUNCATE(122, -2)", "100"),
        ("TRUNCATE(9007199254740993, 2)", "9007199254740993"),
        ("TRUNCATE('1.19x', 1)", "1.1"),
        ("ROUND(2.5)", "3"),
        ("ROUND(1.298, 1)", "1.3"),
        ("ROUND(23.298, -1)", "20"),
        ("ROUND(1.55, '1')", "1.6"),
        ("ROUND(1.55, 'x')", "2"),
        ("RAND() BETWEEN 0 AND 1", "1"),
        ("UCASE('é')", "É"),
    ],
)
def test_results(value: Value, target: str, call: str, result: str | None) -> None:
    assert value(target, call) == result


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize(
    "name",
    [
        "READ_TEXT",
        "read_blob",
        "PG_READ_FILE",
        "PG_LS_DIR",
        "LO_IMPORT",
        "GETENV",
        "LOAD_FILE",
        "load_extension",
        "DBLINK",
    ],
)
def test_functions_that_reach_for_files_are_refused_by_name(to: Translate, target: str, name: str) -> None:
    with pytest.raises(Untranslatable, match=name.upper()):
        to(target, f"SELECT {name}('x')")


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
def test_other_functions_are_the_databases_own(to: Translate, target: str) -> None:
    assert "MY_OWN(" in to(target, "SELECT MY_OWN(1 = 1, name) FROM people").upper()


@pytest.mark.parametrize("target", ["postgres", "duckdb", "sqlite"])
@pytest.mark.parametrize("call", ["LEFT('a')", "LEFT('a', 1, 2)", "PI(1)", "CONCAT()"])
def test_a_wrong_number_of_arguments(to: Translate, target: str, call: str) -> None:
    with pytest.raises(Untranslatable, match=r"with \d arguments"):
        to(target, f"SELECT {call}")


@pytest.mark.parametrize(
    ("target", "call", "construct"),
    [
        ("postgres", "FORMAT(1, name)", "FORMAT with digits"),
        ("duckdb", "FORMAT(1, -1)", "FORMAT with digits"),
        ("duckdb", "SHA2(name, 224)", "SHA2 with 224 bits"),
        ("postgres", "SHA2(name, 5)", "SHA2 with 5 bits"),
        ("postgres", "CRC32(name)", "CRC32"),
        ("duckdb", "CONV(name, 2, 3)", "CONV"),
    ],
)
def test_what_a_database_has_not(to: Translate, target: str, call: str, construct: str) -> None:
    with pytest.raises(Untranslatable, match=construct):
        to(target, f"SELECT {call} FROM people")
