"""SQLite's aggregates by themselves."""

import pytest

from proxy.upstreams.dialect.sqlite_aggregates import AGGREGATES, GroupConcat


def result(name: str, *values: object) -> object:
    aggregate = AGGREGATES[name]()
    for each in values:
        aggregate.step(each)
    return aggregate.finalize()


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("stddev_pop", (2, 4, None), 1.0),
        ("stddev_pop", (5,), 0.0),
        ("stddev_pop", (None,), None),
        ("stddev_samp", (5,), None),
        ("stddev_samp", (2, 4), pytest.approx(1.41421356)),
        ("var_pop", (2, 4), 1.0),
        ("var_samp", (2, 4), 2.0),
        ("var_samp", (), None),
        ("bit_and", (), -1),
        ("bit_and", (6, 3.0, None), 2),
        ("bit_or", (), 0),
        ("bit_or", (4, 1), 5),
        ("bit_xor", (5, 1, 1), 5),
    ],
)
def test_numbers(name: str, values: tuple[object, ...], expected: object) -> None:
    assert result(name, *values) == expected


def joined(*rows: tuple[object, ...], distinct: int = 0, separator: str = ",") -> str | None:
    """Rows of (value, descending, key, …)."""
    aggregate = GroupConcat()
    for value, *keys in rows:
        aggregate.step(distinct, separator, value, *keys)  # type: ignore[arg-type]
    return aggregate.finalize()


def test_group_concat() -> None:
    assert joined() is None
    assert joined((None,)) is None
    assert joined(("a",), (None,), (1,), (b"c",)) == "a,1,c"
    assert joined(("b",), ("a",), ("b",), distinct=1, separator="") == "ba"


@pytest.mark.parametrize(("descending", "expected"), [(0, "null,1,2.5,text,bytes"), (1, "bytes,text,2.5,1,null")])
def test_the_order_is_sqlites(descending: int, expected: str) -> None:
    keys = {"text": "a", "bytes": b"a", "1": 1, "null": None, "2.5": 2.5}
    assert joined(*((name, descending, key) for name, key in keys.items())) == expected


def test_several_keys() -> None:
    rows = [("a", 1, 1, 0, "y"), ("b", 1, 2, 0, "z"), ("c", 1, 1, 0, "x")]
    assert joined(*rows) == "b,c,a"
