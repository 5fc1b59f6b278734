from nl2sql.evaluation.figures import by_category, by_cause, compare, median_of, percentile
from nl2sql.evaluation.results import Outcome, Result, Run


def result(name: str, outcome: Outcome, seconds: float = 1.0, category: str = "c", cause: str = "") -> Result:
    return Result(name, "shop", category, "q", "", outcome, cause or outcome, seconds)


RIGHT, WRONG, FAILED, REFUSED = Outcome


def test_by_category() -> None:
    results = [result("1", RIGHT, 1), result("2", WRONG, 3), result("3", RIGHT, 5, "b"), result("4", REFUSED, 9, "b")]
    b, c, everything = by_category(results)
    assert (b.name, b.of, b.right, b.percent, b.median_s, b.p95_s) == ("b", 2, 1, 50.0, 7.0, 9)
    assert c.counts == {RIGHT: 1, WRONG: 1, FAILED: 0, REFUSED: 0}
    assert (everything.name, everything.of, everything.median_s) == ("all", 4, 4.0)
    assert by_category([]) == []


def test_by_cause() -> None:
    results = [result("1", RIGHT)] + [result(str(n), WRONG, cause="x") for n in range(3)] + [result("9", FAILED)]
    assert by_cause(results) == [("x", 3), ("failed", 1)]


def test_percentiles() -> None:
    assert percentile([3, 1, 2], 95) == 3
    assert percentile(list(range(1, 101)), 95) == 95
    assert percentile([7], 0) == 7
    assert median_of([None, 2, 4]) == 3
    assert median_of([None]) is None


def test_two_runs() -> None:
    before = Run({}, tuple(result(str(n), RIGHT if n < 5 else WRONG) for n in range(10)))
    now = Run({}, tuple(result(str(n), RIGHT if n > 3 else FAILED) for n in range(1, 12)))
    change = compare(before, now)
    assert (change.of, change.right_before, change.right_now) == (9, 4, 6)
    assert [b.id for _, b in change.became_right] == ["5", "6", "7", "8", "9"]
    assert [b.id for _, b in change.became_wrong] == ["1", "2", "3"]
    # Eight changed, three of them for the worse: 2 * (1 + 8 + 28 + 56) / 256.
    assert change.chance == 186 / 256
    assert compare(now, now).chance == 1.0
    assert compare(Run({}, ()), now).of == 0
