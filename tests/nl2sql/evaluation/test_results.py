import datetime
import json
from decimal import Decimal
from pathlib import Path

import pytest

from nl2sql.evaluation.client import Step
from nl2sql.evaluation.results import Outcome, Result, ResultsError, Run, Shown, outcome_of_error, read_run, write_run

RESULT = Result(
    *("1", "shop", "c", "q \ud800", "n", Outcome.WRONG, "wrong result: other values", 1.5),
    sql="SELECT 1",
    said=("Confidence: 0.80",),
    got=Shown.of(("a",), [(1,)]),
    gold_sql=("SELECT 2",),
    steps=(Step("total", 1.0, "x"),),
    own_s=0.01,
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    run = Run({"model": "m"}, (RESULT,), complete=False)
    write_run(run, tmp_path / "run.json")
    again = read_run(tmp_path / "run.json")
    assert again.results[0].question == "q ?"  # what is no text in UTF-8 is not kept
    assert again.about == run.about
    assert again.complete is False
    write_run(again, tmp_path / "again.json")
    assert read_run(tmp_path / "again.json") == again


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 9, "results": [], "about": {}}', "\xff"])
def test_other_files_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "x").write_text(text, "latin-1")
    with pytest.raises(ResultsError):
        read_run(tmp_path / "x")
    with pytest.raises(ResultsError):
        read_run(tmp_path / "missing")


def test_rows_to_look_at() -> None:
    values = (None, True, 2**53, 1.5, float("nan"), Decimal("1.10"), b"\xff", "x" * 500, datetime.date(2026, 1, 2))
    shown = Shown.of(["c"], [values] * 30)
    assert (len(shown.rows), shown.count) == (10, 30)
    assert shown.rows[0] == (
        *(None, True, "9007199254740992", 1.5, "nan", "1.10", "\ufffd", "x" * 400 + "…", "2026-01-02"),
    )
    json.dumps(shown.rows, allow_nan=False)


@pytest.mark.parametrize(
    ("number", "outcome", "cause"),
    [
        (57006, Outcome.REFUSED, "refused: not answerable"),
        (57007, Outcome.REFUSED, "refused: does more than read"),
        (57008, Outcome.FAILED, "no valid SQL"),
        (57005, Outcome.FAILED, "deadline"),
        (57014, Outcome.FAILED, "error 57014"),
        (1242, Outcome.FAILED, "did not run"),
        (1969, Outcome.FAILED, "ran too long"),
        (2013, Outcome.FAILED, "connection lost"),
    ],
)
def test_causes(number: int, outcome: Outcome, cause: str) -> None:
    assert outcome_of_error(number) == (outcome, cause)
