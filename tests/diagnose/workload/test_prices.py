import time

import pytest

from diagnose.types import CreateIndex, Trial, Verdict
from diagnose.workload.advisor import Asked
from diagnose.workload.prices import UNTRIED, Found, Modelled
from tests.diagnose.samples import evidence, table

A, AB, B = CreateIndex("t", ("a",)), CreateIndex("t", ("a", "b")), CreateIndex("t", ("b",))
OTHER = CreateIndex("u", ("a",))


def verified(gain: float) -> Trial:
    return Trial(Verdict.VERIFIED, "", gain)


async def test_a_verified_index_spares_what_the_trial_showed() -> None:
    found = Found([{A: verified(0.1), OTHER: Trial(Verdict.UNTRIED, "")}])
    assert found.candidates() == [A, OTHER]
    assert await found.price(0, []) == 1.0
    assert await found.price(0, [A]) == 0.1
    assert await found.price(0, [AB]) == 0.1
    assert await found.price(0, [B]) == 1.0
    assert await found.price(0, [A, OTHER]) == pytest.approx(0.1 * UNTRIED)


async def test_one_that_was_refuted_is_no_candidate() -> None:
    assert Found([{A: Trial(Verdict.REFUTED, "", 1.0)}]).candidates() == []


async def test_of_two_on_one_table_the_better_counts() -> None:
    found = Found([{A: verified(0.1), B: verified(0.3)}])
    assert await found.price(0, [A, B]) == 0.1


async def test_by_the_tables_sizes_until_the_time_is_over() -> None:
    lines = table("lines(id int pk, order_id int)", 1_000_000)
    asked = Asked(evidence("SELECT 1 FROM `lines` WHERE order_id = 7", lines), 1, 1.0)
    index = CreateIndex("lines", ("order_id",))
    modelled = Modelled([asked], [()], time.monotonic() + 60)
    assert await modelled.price(0, []) == 1.0
    assert await modelled.price(0, [index]) < 0.01
    assert await Modelled([asked], [()], time.monotonic() - 1).price(0, [index]) == 1.0
