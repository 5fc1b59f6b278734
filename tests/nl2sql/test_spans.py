from datetime import date

import pytest

from nl2sql.spans import NUMBER_FORMS, NUMBERS, PATTERN, TEXT_FORMS, Span, read_span


def spans(text: str) -> list[tuple[str, str, str] | None]:
    found = [read_span(match) for match in PATTERN.finditer(text)]
    return [s and (s.kind, s.first.isoformat(), s.after.isoformat()) for s in found]


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("on 2024-02-29", ("day", "2024-02-29", "2024-03-01")),
        ("in 2024-12", ("month", "2024-12-01", "2025-01-01")),
        ("in 2025?", ("year", "2025-01-01", "2026-01-01")),
        ("Q4 2025", ("quarter", "2025-10-01", "2026-01-01")),
        ("q1 of 2025", ("quarter", "2025-01-01", "2025-04-01")),
        ("March 2025", ("month", "2025-03-01", "2025-04-01")),
        ("Sept. 2025", ("month", "2025-09-01", "2025-10-01")),
        ("may of 2025", ("month", "2025-05-01", "2025-06-01")),
        ("December 31, 2025", ("day", "2025-12-31", "2026-01-01")),
        ("Dec 1st 2025", ("day", "2025-12-01", "2025-12-02")),
        ("the 3rd of March 2025", ("day", "2025-03-03", "2025-03-04")),
        ("3. march, 1999", ("day", "1999-03-03", "1999-03-04")),
    ],
)
def test_what_a_question_names(text: str, span: tuple[str, str, str]) -> None:
    assert spans(text) == [span]


@pytest.mark.parametrize("text", ["2025-02-30", "2025-13", "February 30, 2025", "31 june 2025", "0 May 2025"])
def test_days_that_no_calendar_has(text: str) -> None:
    assert spans(text) == [None]


@pytest.mark.parametrize("text", ["1850", "20255", "2025.5", "2025-03-04-05", "id 12025x", "Q5 25", "marching", ""])
def test_what_is_no_time(text: str) -> None:
    assert [s for s in spans(text) if s is not None and s[0] in ("day", "month", "quarter")] == []


def test_several() -> None:
    assert [s and s[0] for s in spans("from March 2024 to Q2 2025, not 2023")] == ["month", "quarter", "year"]


def test_how_sql_may_write_it() -> None:
    month = Span("month", date(2025, 5, 1), date(2025, 6, 1))
    assert month.last == date(2025, 5, 31)
    assert {name: form(month) for name, form in TEXT_FORMS["month"].items()} == {
        "first": "2025-05-01",
        "last": "2025-05-31",
        "after": "2025-06-01",
        "first second": "2025-05-01 00:00:00",
        "last second": "2025-05-31 23:59:59",
        "second after": "2025-06-01 00:00:00",
        "month": "2025-05",
        "month and dash": "2025-05-",
    }
    assert {name: form(month) for name, form in NUMBER_FORMS.items()} == {
        "YEAR": 2025,
        "QUARTER": 2,
        "MONTH": 5,
        "DAY": 1,
    }


def test_every_kind_has_its_forms() -> None:
    assert TEXT_FORMS.keys() == NUMBERS.keys()
    assert {name for names in NUMBERS.values() for name in names} == NUMBER_FORMS.keys()
    assert "last" not in TEXT_FORMS["day"]
