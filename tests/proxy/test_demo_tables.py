import datetime as dt
import io
from decimal import Decimal

from rich.console import Console

from proxy.demo_tables import SHOWN_ROWS, Answer, show_fields, show_rows, show_sql


def printed() -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, width=60), text


def test_numbers_stand_to_the_right_and_markup_is_text() -> None:
    console, text = printed()
    rows = (("[bold]North", Decimal("5.50"), dt.date(2026, 1, 5)), ("So\x1b[31muth", None, None))
    show_rows(console, Answer(("region", "revenue", "day"), rows))
    lines = text.getvalue().splitlines()
    assert "│ [bold]North │    5.50 │ 2026-01-05 │" in lines
    assert "│ So�[31muth  │    NULL │ NULL       │" in lines
    assert lines[-1] == "2 rows"


def test_long_answers_are_cut_and_say_so() -> None:
    console, text = printed()
    show_rows(console, Answer(("n",), tuple((n,) for n in range(100))))
    assert f"100 rows, the first {SHOWN_ROWS} shown" in text.getvalue()
    assert "│ 14 │" in text.getvalue()
    assert "│ 15 │" not in text.getvalue()


def test_one_row_as_fields() -> None:
    console, text = printed()
    answer = Answer(("SQL", "Confidence"), (("SELECT 1", 0.9),))
    assert answer.first() == {"sql": "SELECT 1", "confidence": 0.9}
    assert Answer(("SQL",), ()).first() == {}
    show_fields(console, {"tables": "[red]orders", "notes": None})
    assert [line.split() for line in text.getvalue().splitlines()[:2]] == [["tables", "[red]orders"], ["notes", "NULL"]]


def test_sql_over_lines_or_as_it_came() -> None:
    console, text = printed()
    show_sql(console, "SELECT a, b FROM t")
    assert [line.split() for line in text.getvalue().splitlines()] == [["SELECT"], ["a,"], ["b"], ["FROM", "t"]]
    console, text = printed()
    show_sql(console, "SELECT (((")
    assert text.getvalue().strip() == "SELECT ((("
