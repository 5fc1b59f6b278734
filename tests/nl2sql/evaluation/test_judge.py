import datetime
import importlib.util
import json
import random
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nl2sql.evaluation.judge import difference, matches

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "eval"


@pytest.mark.parametrize(
    ("gold", "got", "right"),
    [
        ([], [], True),
        ([], [(1,)], False),
        ([(1,)], [], False),
        ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], True),
        ([(1, "a"), (2, "b")], [("b", 2), ("a", 1)], True),
        ([("a",), ("b",)], [(1, "a"), (2, "b")], True),
        ([(1, "a"), (2, "b")], [("a",), ("b",)], False),
        # Every value is there, but not in the same rows.
        ([(1, "a"), (2, "b")], [(1, "b"), (2, "a")], False),
        ([(1,), (1,)], [(1,)], False),
        ([(1,), (1,), (2,)], [(1,), (2,), (2,)], False),
        ([(0.333333,)], [(Decimal("0.3333333"),)], True),
        ([(0.33,)], [(0.34,)], False),
        ([("12.50",)], [(12.5,)], True),
        ([("2026-01-01 00:00:00",)], [("2026-01-01",)], False),
        ([("2026-01-01",)], [(datetime.datetime(2026, 1, 1),)], True),
        ([("2026-01-01",)], [(datetime.date(2026, 1, 1),)], True),
        ([("2026-01-01 10:00:00",)], [(datetime.datetime(2026, 1, 1, 10),)], True),
        ([(None,)], [(0,)], False),
        ([(None,)], [(None,)], True),
        ([(True,)], [(1,)], True),
        ([("a",)], [(b"a ",)], True),
        ([("nan",)], [(float("nan"),)], True),
        ([(10**400,)], [(10**400,)], True),
        # Two columns with the same values: either may be the one that was asked for.
        ([(1, "x"), (2, "y")], [(1, 2, "y"), (2, 1, "x")], True),
    ],
)
def test_what_is_right(gold: list[tuple[object, ...]], got: list[tuple[object, ...]], right: bool) -> None:
    assert matches(gold, got) is right


def test_many_equal_columns_end() -> None:
    wide = [tuple([1] * 60), tuple([1] * 60)]
    assert not matches([(1, 1, 1, 1, 1, 1, 2), (1, 1, 1, 1, 1, 1, 2)], wide)
    assert matches([(1,), (1,)], wide)


@pytest.mark.parametrize(
    ("got", "words"),
    [
        ([], "no rows"),
        ([(1, 2)], "other number of rows"),
        ([(1,), (2,)], "too few columns"),
        ([(1, 2), (3, 4)], "other values"),
    ],
)
def test_in_what_a_wrong_result_differs(got: list[tuple[int, ...]], words: str) -> None:
    assert difference([[(1, 2), (2, 3)], [(1, 2), (2, 3), (4, 5)]], got) == words


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=4),
    st.sampled_from(["a", "b", " a", "1", "1.0", "1e3", "2026-01-01", "x y", ""]),
    st.dates(),
    st.datetimes(),
    st.binary(max_size=3),
)


def tables(most: int) -> st.SearchStrategy[list[tuple[object, ...]]]:
    return st.integers(1, 3).flatmap(
        lambda width: st.lists(st.tuples(*[VALUES] * width), max_size=most)  # type: ignore[arg-type]
    )


def reference():  # type: ignore[no-untyped-def]
    spec = importlib.util.spec_from_file_location("compare", FOLDER / "compare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.matches


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the cases that it is compared on are not here")
def test_agrees_with_the_reference_on_its_cases() -> None:
    theirs, chance = reference(), random.Random(5)
    results = [
        [tuple(row) for row in gold]
        for line in (FOLDER / "cases.jsonl").read_text().splitlines()
        for gold in json.loads(line)["gold_results"]
    ]
    for gold in results:
        got = [tuple(row) for row in gold]
        chance.shuffle(got)
        assert matches(gold, got)
        assert theirs(gold, got)
        changed = [tuple(v if chance.random() > 0.1 else 7 for v in row) for row in got]
        wider = [(number, *reversed(row)) for number, row in enumerate(got)]
        for other in (changed, wider, got[1:], chance.choice(results)):
            assert matches(gold, other) == theirs(gold, other)


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the reference is not here")
@given(tables(4), tables(4), st.randoms(use_true_random=False))
def test_agrees_with_the_reference_on_anything(
    gold: list[tuple[object, ...]], got: list[tuple[object, ...]], chance: random.Random
) -> None:
    theirs = reference()
    mixed = [tuple(chance.sample(row, len(row))) for row in gold]
    for other in (got, mixed, gold[::-1], [(*row, 1) for row in gold]):
        assert matches(gold, other) == theirs(gold, other)
