import json
from pathlib import Path

import pytest

from nl2sql.evaluation.cases import CasesError, load_cases, select_cases


def write(folder: Path, *records: object) -> Path:
    path = folder / "cases.jsonl"
    path.write_text("\n".join(r if isinstance(r, str) else json.dumps(r) for r in records))
    return path


def test_what_may_be_left_out(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"id": "1", "db": "shop", "question": "how many?", "gold_sql": "SELECT COUNT(*) FROM orders"},
        "",
        {"id": "2", "db": "shop", "category": "c", "question": "q", "notes": "n", "gold_results": [[[1, None]]]},
    )
    one, two = load_cases(path)
    assert (one.gold_sql, one.gold_results, one.notes, one.category) == (("SELECT COUNT(*) FROM orders",), (), "", "")
    assert (two.gold_sql, two.gold_results, two.notes, two.category) == ((), (((1, None),),), "n", "c")


@pytest.mark.parametrize(
    ("record", "words"),
    [
        ("{", "line 2"),
        ("[]", "JSON object"),
        ({"db": "d", "question": "q", "gold_sql": "s"}, "'id'"),
        ({"id": "x", "db": "d", "question": " ", "gold_sql": "s"}, "'question'"),
        ({"id": "x", "db": "d", "question": "q"}, "'gold_sql' or 'gold_results'"),
        ({"id": "x", "db": "d", "question": "q", "gold_sql": [1]}, "'gold_sql' must be text"),
        ({"id": "x", "db": "d", "question": "q", "gold_results": [1]}, "line 2"),
        ({"id": "a", "db": "d", "question": "q", "gold_sql": "s"}, "twice"),
    ],
)
def test_a_bad_case_is_named(tmp_path: Path, record: object, words: str) -> None:
    path = write(tmp_path, {"id": "a", "db": "d", "question": "q", "gold_sql": "s"}, record)
    with pytest.raises(CasesError) as error:
        load_cases(path)
    assert words in str(error.value)
    assert "line 2" in str(error.value)


def test_no_case_and_no_file(tmp_path: Path) -> None:
    with pytest.raises(CasesError, match="holds no case"):
        load_cases(write(tmp_path))
    with pytest.raises(CasesError, match="missing"):
        load_cases(tmp_path / "missing")


def test_a_selection(tmp_path: Path) -> None:
    records = [
        {"id": str(n), "db": "d", "category": f"{'basic' if n % 2 else 'dates'}_{n}", "question": "q", "gold_sql": "s"}
        for n in range(20)
    ]
    cases = load_cases(write(tmp_path, *records))
    assert [c.id for c in select_cases(cases, ["basic_*"])] == [str(n) for n in range(1, 20, 2)]
    assert [c.id for c in select_cases(cases, ["3", "dates_4"])] == ["3", "4"]
    assert [c.id for c in select_cases(cases, count=5)] == ["0", "4", "8", "12", "16"]
    assert len(select_cases(cases, ["d"], count=50)) == 20
    assert select_cases(cases, ["basic"]) == []
