import pytest
from rich.cells import cell_len

from diagnose.wrapping import wrapped


def test_text_breaks_at_blanks_behind_its_lead() -> None:
    assert wrapped("the plan reads every row", 16, "1. LOW: ", "   ") == [
        "1. LOW: the plan",
        "   reads every",
        "   row",
    ]


def test_nothing_is_no_line_but_a_lead_is_one() -> None:
    assert wrapped("", 20) == []
    assert wrapped("", 20, "1. LOW:", "   ") == ["1. LOW:"]


def test_what_is_longer_than_a_line_stays_whole() -> None:
    assert wrapped("a " + "x" * 30 + " b", 10) == ["a", "x" * 30, "b"]


@pytest.mark.parametrize(
    "text", ["计划读取 orders 的约 4,039 行（全表扫描），没有索引。", "計画は orders の約 4,039 行を読む。索引はない。"]
)
def test_wide_characters_take_two_columns_and_may_end_a_line(text: str) -> None:
    lines = wrapped(text, 20, "   ", "   ")
    assert len(lines) > 2
    assert all(cell_len(line) <= 22 for line in lines)  # a full stop may stand over
    assert not any(line.strip()[0] in "。，、）" for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())
