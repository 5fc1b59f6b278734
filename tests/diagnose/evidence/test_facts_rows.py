import pytest

from diagnose.evidence.facts_rows import rows_of, whole
from plugins import ResultSet


def test_every_value_is_text() -> None:
    result = ResultSet((), (("a", b"\xc3\xa9", None), (b"\xff", "", "NULL")))
    assert rows_of(result) == [("a", "é", ""), ("�", "", "NULL")]
    assert rows_of(ResultSet()) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [("12", 12), ("12.9", 12), ("1e3", 1000), ("", None), ("-1", None), ("x", None), ("inf", None), ("nan", None)],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    assert whole(text) == number
