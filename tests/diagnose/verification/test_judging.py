"""What two runs prove."""

from dataclasses import replace

import pytest
from sqlglot import exp

from diagnose.types import Verdict
from diagnose.verification.judging import Measured, Sampled, judge_index, judge_rewrite, rests_on_time
from plugins import ResultSet

WHOLE = Sampled(20_000)
EMPTY = ResultSet()


def ran(reads: int, seconds: float) -> Measured:
    return Measured(reads, seconds, EMPTY)


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        (ran(20_000, 0.02), ran(20, 0.001), Verdict.VERIFIED),
        (ran(20_000, 0.02), ran(20_000, 0.02), Verdict.REFUTED),
        (ran(20_000, 0.02), ran(6_000, 0.019), Verdict.REFUTED),  # a third of the rows in the same time
        (ran(20_000, 0.02), ran(6_000, 0.012), Verdict.VERIFIED),
        (ran(20_000, 0.02), ran(1_500, 0.05), Verdict.REFUTED),
        (ran(20_000, 2.0), ran(21_000, 0.1), Verdict.VERIFIED),  # a join buffer's comparisons
        (ran(20_000, 0.001), ran(15_000, 0.0001), Verdict.REFUTED),  # too short to tell
        (ran(20, 0.001), ran(2, 0.001), Verdict.UNTRIED),
        (Measured(10, 1.0, None), ran(20, 0.1), Verdict.VERIFIED),
        (ran(20, 0.1), Measured(10, 1.0, None), Verdict.UNTRIED),
    ],
)
def test_judging_indexes(before: Measured, after: Measured, verdict: Verdict) -> None:
    assert judge_index(before, after, "on a sample", WHOLE).verdict is verdict


@pytest.mark.parametrize(
    ("after", "verdict"),
    [
        (ran(20_000, 0.010), Verdict.VERIFIED),
        (ran(20_000, 0.019), Verdict.UNTRIED),
        (ran(20_000, 0.040), Verdict.REFUTED),
        (ran(6_000, 0.019), Verdict.VERIFIED),
        (ran(6_000, 0.040), Verdict.REFUTED),
    ],
)
def test_judging_an_index_that_is_read_alone(after: Measured, verdict: Verdict) -> None:
    assert judge_index(ran(20_000, 0.02), after, "on a sample", Sampled(20_000, covered=True)).verdict is verdict


def test_where_the_sample_is_a_small_part_half_of_the_rows_is_enough() -> None:
    before, after = ran(20_000, 0.02), ran(8_000, 0.019)
    assert judge_index(before, after, "on a sample", Sampled(20_000, 0.1)).verdict is Verdict.VERIFIED
    assert judge_index(before, after, "on a sample", WHOLE).verdict is Verdict.REFUTED
    assert judge_index(before, ran(8_000, 0.021), "on a sample", Sampled(20_000, 0.1)).verdict is Verdict.REFUTED


def test_the_gain_is_that_of_the_rows_or_else_of_the_time() -> None:
    by_rows = judge_index(ran(20_000, 0.02), ran(200, 0.01), "on a sample", WHOLE)
    by_time = judge_index(ran(20_000, 2.0), ran(20_000, 0.1), "on a sample", WHOLE)
    assert (by_rows.gain, by_time.gain) == (pytest.approx(0.01), pytest.approx(0.05))


def test_results_that_are_cut_off_are_not_compared() -> None:
    cut = replace(ran(10, 0.1), result=ResultSet(truncated=True))
    assert judge_rewrite(exp.select("1"), cut, cut, "on a sample").verdict is Verdict.UNTRIED


@pytest.mark.parametrize(
    ("fetched", "reads", "seconds", "verdict"),
    [
        (600, 6_000, 0.012, Verdict.VERIFIED),
        (601, 6_000, 0.012, Verdict.REFUTED),  # in a larger table they would cost more
        (601, 6_000, 0.004, Verdict.VERIFIED),  # but not that much
        (600, 1_900, 0.019, Verdict.VERIFIED),
        (601, 1_900, 0.012, Verdict.REFUTED),
        (601, 1_900, 0.004, Verdict.VERIFIED),
        (601, 6_000, 0.009, Verdict.REFUTED),
    ],
)
def test_few_of_the_table_are_fetched_or_the_time_is_far_less(
    fetched: float, reads: int, seconds: float, verdict: Verdict
) -> None:
    """Q12 of TPC-H: see the module."""
    sampled = Sampled(20_000, fetched=fetched)
    assert judge_index(ran(20_000, 0.02), ran(reads, seconds), "on a sample", sampled).verdict is verdict


def test_half_of_the_rows_are_not_enough_where_many_are_fetched() -> None:
    before, after = ran(20_000, 0.02), ran(8_000, 0.019)
    trials = [judge_index(before, after, "on a sample", Sampled(20_000, 0.1, fetched=n)) for n in (600, 601)]
    assert [trial.verdict for trial in trials] == [Verdict.VERIFIED, Verdict.REFUTED]


@pytest.mark.parametrize(
    ("fetched", "verdict"),
    [
        (0, Verdict.VERIFIED),
        (125, Verdict.VERIFIED),  # 5,000 pages are no dearer than a scan of 5,000
        (126, Verdict.UNTRIED),
    ],
)
def test_rows_fetched_from_a_table_that_memory_does_not_hold(fetched: float, verdict: Verdict) -> None:
    sampled = Sampled(20_000, 0.1, unbuffered=5_000 * 16_384, fetched=fetched)
    trial = judge_index(ran(20_000, 0.02), ran(150, 0.001), "on a sample", sampled)
    assert trial.verdict is verdict
    assert ("82 MB are more than innodb_buffer_pool_size" in trial.how) is (verdict is Verdict.UNTRIED)


@pytest.mark.parametrize(
    ("before", "after", "rests"),
    [
        (ran(20_000, 0.02), ran(2_000, 0.02), False),  # by its rows alone
        (ran(20_000, 0.02), ran(2_000, 0.04), True),
        (ran(20_000, 0.02), ran(2_001, 0.001), True),
        (ran(20_000, 0.02), ran(22_000, 0.001), True),
        (ran(20_000, 0.02), ran(22_001, 0.001), False),  # more rows are never worth an index
        (ran(99, 0.02), ran(50, 0.001), False),
        (ran(20_000, 0.02), Measured(9_000, 1.0, None), False),
        (Measured(9_000, 1.0, None), ran(9_000, 0.02), False),
    ],
)
def test_what_is_measured_again(before: Measured, after: Measured, rests: bool) -> None:
    assert rests_on_time(before, after, WHOLE) is rests


def test_many_rows_fetched_are_measured_again() -> None:
    runs = ran(20_000, 0.02), ran(2_000, 0.02)
    assert [rests_on_time(*runs, Sampled(20_000, fetched=n)) for n in (600, 601)] == [False, True]
