from collections.abc import Iterator

import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats import grid
from knowledge.loading.formats.grid import add_grid
from knowledge.loading.types import Limits, LoadError


def added(*rows: list[str], place: str = "", cells: int = 1000) -> Draft:
    document = Draft(Limits(cells=cells))
    assert add_grid(iter([list(row) for row in rows]), document, place, [cells]) is not document.is_empty
    return document


def places(document: Draft) -> list[str]:
    return [mark.place for mark in document.marks]


def test_a_table_with_its_rows_numbered() -> None:
    document = added(["a", "b"], ["1", "2"], ["3", "4"], place="sheet Q1, ")
    assert document.text == "| a | b |\n| --- | --- |\n| 1 | 2 |\n| 3 | 4 |\n\n"
    assert places(document) == ["sheet Q1, rows 2-3"]


def test_what_stands_above_the_table() -> None:
    document = added(["Prices"], [], ["", "net"], ["a", "b"], ["1", "2"])
    assert document.text.startswith("Prices\n\nnet\n\n| a | b |")
    assert places(document) == ["row 1", "row 3", "row 5"]


def test_only_a_head() -> None:
    assert places(added(["a", "b"])) == ["row 1"]


def test_gaps_part_a_table_so_that_rows_can_be_counted() -> None:
    document = added(["a", "b"], ["1", "2"], ["", ""], ["3", "4"], ["5", "6"])
    assert places(document) == ["row 2", "rows 4-5"]
    assert document.text.count("| a | b |") == 2


def test_long_tables_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(grid, "_ROWS_AT_ONCE", 2)
    assert places(added(["a", "b"], *[[str(n), "x"] for n in range(5)])) == ["rows 2-3", "rows 4-5", "row 6"]


def test_nothing() -> None:
    assert added([], ["", ""]).is_empty


def test_empty_cells_at_the_end_do_not_count() -> None:
    assert added(["a", "b", "", ""], ["1", "2", ""], cells=4).text.count("|") == 9
    with pytest.raises(LoadError, match="has more than 3 cells"):
        added(["a", "b"], ["1", "2"], cells=3)


def test_rows_without_end() -> None:
    def endless() -> Iterator[list[str]]:
        while True:
            yield ["a", "b"]

    with pytest.raises(LoadError, match="has more than 1,000 cells"):
        add_grid(endless(), Draft(Limits(cells=1000)), "", [1000])
