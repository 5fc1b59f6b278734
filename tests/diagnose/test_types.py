import pytest

from diagnose.types import CreateIndex, Severity

A, AB, B = CreateIndex("t", ("a",)), CreateIndex("t", ("a", "b")), CreateIndex("t", ("b",))
OTHER = CreateIndex("u", ("a",))


def test_the_first_severity_is_the_worst() -> None:
    assert [severity.rank for severity in (Severity.HIGH, Severity.MEDIUM, Severity.LOW, Severity.INFO)] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("one", "other", "does"),
    [
        (A, A, True),
        (AB, A, True),
        (A, AB, False),
        (AB, B, False),
        (OTHER, A, False),
        (CreateIndex("t", ("a", "b"), descending=(False, True)), A, False),
        (CreateIndex("t", ("a", "b"), prefixes=(10, None)), A, False),
    ],
)
def test_which_index_does_another_ones_work(one: CreateIndex, other: CreateIndex, does: bool) -> None:
    assert one.serves(other) is does
