"""What SQLite calls, with values that a database may hold and no translation shows."""

import sqlite3

import pytest

from proxy.upstreams.dialect.sqlite_functions import FUNCTIONS, MAX_LENGTH, register


@pytest.fixture(scope="module")
def connection() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    register(connection)
    return connection


def ask(connection: sqlite3.Connection, name: str, *arguments: object) -> object:
    holes = ", ".join("?" * len(arguments))
    return connection.execute(f"SELECT mysql_{name}({holes})", arguments).fetchone()[0]


@pytest.mark.parametrize(
    ("call", "result"),
    [
        (("substring", b"ab\xff", 2), "b�"),
        (("substring", "abc", -4), ""),
        (("substring_index", "a.b.c", ".", 2), "a.b"),
        (("substring_index", "a.b.c", ".", -2), "b.c"),
        (("substring_index", "a.b", ".", 0), ""),
        (("substring_index", "a.b", "", 1), ""),
        (("right", "abc", 2), "bc"),
        (("right", "abc", 0), ""),
        (("right", "abc", -1), ""),
        (("lpad", "hi", 4, "?!"), "?!hi"),
        (("lpad", "hi", 1, "?"), "h"),
        (("lpad", "hi", 4, ""), None),
        (("rpad", "hi", -1, "?"), None),
        (("rpad", "hi", 5, "?!"), "hi?!?"),
        (("insert", "Quadratic", 3, 4, "What"), "QuWhattic"),
        (("insert", "Quadratic", -1, 4, "What"), "Quadratic"),
        (("insert", "Quadratic", 3, 100, "What"), "QuWhat"),
        (("insert", "abc", 2, -1, "x"), "ax"),
        (("locate", "BAR", "foobarbar"), 4),
        (("locate", "bar", "foobarbar", 5), 7),
        (("locate", "b", "abc", 0), 0),
        (("find_in_set", "b", "a,b"), 2),
        (("find_in_set", "", ""), 0),
        (("find_in_set", "", "a,,b"), 2),
        (("find_in_set", "a,b", "a,b"), 0),
        (("conv", "a", 16, 2), "1010"),
        (("conv", "6E", 18, 8), "172"),
        (("conv", -1, 10, 16), "FFFFFFFFFFFFFFFF"),
        (("conv", -17, 10, -18), "-H"),
        (("conv", "zz", 10, 2), "0"),
        (("conv", "1", 1, 10), None),
        (("conv", "1", 10, 37), None),
        (("conv", "9" * 100_000, 10, 16), "FFFFFFFFFFFFFFFF"),
        (("format", 1234.5, 2), "1,234.50"),
        (("format", 1234.5, -3), "1,235"),
        (("format", 1.5, 99), "1.500000000000000000000000000000"),
        (("format", "12x", 0), "12"),
        (("round", 2.5, 0), 2.0),
        (("round", 1e308, 1 << 40), 1e308),
        (("round_exact", 2.5, 0), 3.0),
        (("round_exact", 1234, -2), 1200),
        (("round_exact", 1.5, 1 << 40), 1.5),
        (("round_exact", float("inf"), 0), None),
        (("truncate", 1.15, 2), 1.15),
        (("truncate", -1.999, 1), -1.9),
        (("truncate", 9007199254740993, 2), 9007199254740993),
        (("truncate", 122, -2), 100),
        (("truncate", 1.5, -(1 << 40)), 0.0),
        (("div", 7, -2), -3),
        (("div", 7, 0), None),
        (("mod", -7, 3), -1),
        (("mod", 7, 0), None),
        (("hex", -1), "FFFFFFFFFFFFFFFF"),
        (("bin", -1), "1" * 64),
        (("oct", 12), "14"),
        (("bit_count", -1), 64),
        (("unhex", "4142"), b"AB"),
        (("unhex", "4"), None),
        (("unhex", "zz"), None),
        (("ord", "é"), 50089),
        (("ord", ""), 0),
        (("ascii", ""), 0),
        (("ascii", "é"), 195),
        (("crc32", "MySQL"), 3259397556),
        (("sha2", "abc", 7), None),
        (("inet_aton", "10.0.5.9"), 167773449),
        (("inet_aton", "10.0.5.999"), None),
        (("inet_ntoa", 167773449), "10.0.5.9"),
        (("inet_ntoa", 1 << 40), None),
        (("quote", "Don't\\"), "'Don\\'t\\\\'"),
        (("from_base64", "YWJj"), b"abc"),
        (("from_base64", "Y"), None),
        (("like_binary", "ABC", "A%"), 1),
        (("like_binary", "abc", "A%"), 0),
        (("regexp_instr", "aba", "a$"), 3),
        (("regexp_instr", "b", "a"), 0),
        (("log", 2, 8), 3.0),
        (("log", 0), None),
        (("pow", 10, 400), None),
        (("sqrt", -1), None),
        (("cot", 0), None),
        (("concat_ws", ",", "a", None, "b"), "a,b"),
        (("concat_ws", None, "a"), None),
    ],
    ids=lambda each: str(each)[:60],
)
def test_results(connection: sqlite3.Connection, call: tuple[str, ...], result: object) -> None:
    assert ask(connection, *call) == result


STRICT = sorted(set(FUNCTIONS) - {"now", "sysdate", "utc_timestamp", "curdate", "utc_date", "curtime", "utc_time"})


@pytest.mark.parametrize("name", STRICT)
def test_null_gives_null(connection: sqlite3.Connection, name: str) -> None:
    assert ask(connection, name, None) is None
    assert ask(connection, name, "a", None) is None


@pytest.mark.parametrize(
    "call",
    [
        ("repeat", "ab", MAX_LENGTH),
        ("repeat", "a", 1 << 60),
        ("space", MAX_LENGTH + 1),
        ("lpad", "a", MAX_LENGTH + 1, "b"),
        ("rpad", "a", 1 << 62, "b"),
    ],
)
def test_what_would_be_larger_than_a_packet_is_null(connection: sqlite3.Connection, call: tuple[str, ...]) -> None:
    assert ask(connection, *call) is None


def test_random_values_differ(connection: sqlite3.Connection) -> None:
    for name in ("uuid", "rand"):
        assert ask(connection, name) != ask(connection, name)
