"""CSV and TSV."""

import datetime as dt
import gzip
from decimal import Decimal

import pytest

from proxy.upstreams.files import FilesDatabase, FilesError
from tests.proxy.upstreams.files.conftest import Write, load


def test_types_of_a_csv_file(write: Write) -> None:
    file = write(
        "sales.csv",
        "Order ID,Date,At,Amount,Share,Paid,Mixed,Empty,ZIP\n"
        "1,2026-01-05,2026-01-05 10:00:00,12.50,0.123456789,true,1,,00123\n"
        "2,2026-02-05,2026-02-05 11:30:00,-3.1,1e-3,false,x,,99999\n"
        "3,,,,,,,,\n",
    )
    columns, rows = load(file)
    assert columns == [
        ("order_id", "BIGINT"),
        ("date", "DATE"),
        ("at", "TIMESTAMP"),
        ("amount", "DECIMAL(18,2)"),
        ("share", "DOUBLE"),
        ("paid", "BOOLEAN"),
        ("mixed", "VARCHAR"),
        ("empty", "VARCHAR"),
        ("zip", "VARCHAR"),
    ]
    at = dt.datetime(2026, 1, 5, 10)
    assert rows[0] == (1, at.date(), at, Decimal("12.50"), 0.123456789, True, "1", None, "00123")
    assert rows[2] == (3, *[None] * 8)


def test_a_late_value_decides_the_type(write: Write) -> None:
    numbers = "".join(f"{n},{n}.25\n" for n in range(30_000))
    columns, rows = load(write("late.csv", f"a,b\n{numbers}x,1.123\n"))
    assert columns == [("a", "VARCHAR"), ("b", "DECIMAL(18,3)")]
    assert rows[-1] == ("x", Decimal("1.123"))


def test_a_european_export(write: Write) -> None:
    content = "Bericht Mai\n\nNr;Datum;Betrag;Ort\n1;31.12.2025;1,50;Köln\n2;01.02.2026;-1022,25;Zürich\n"
    file = write("Umsätze.csv", content.encode("cp1252"))
    columns, rows = load(file)
    assert columns == [("nr", "BIGINT"), ("datum", "DATE"), ("betrag", "DECIMAL(18,2)"), ("ort", "VARCHAR")]
    assert rows == [
        (1, dt.date(2025, 12, 31), Decimal("1.50"), "Köln"),
        (2, dt.date(2026, 2, 1), Decimal("-1022.25"), "Zürich"),
    ]
    with FilesDatabase([file]) as database:
        [table] = database.tables
    assert (table.name, table.rows, table.columns, table.size_bytes) == ("umsätze", 2, 4, len(content.encode("cp1252")))
    assert table.notes == (
        "lines left out above the table: 1",
        "numbers with a decimal comma",
        "dates read as %d.%m.%Y",
        "in cp1252",
    )


def test_quotes_delimiters_and_newlines_in_values(write: Write) -> None:
    columns, rows = load(write("q.csv", 'a;b,c\n"x;\n""y""",\'\n'))
    assert [name for name, _ in columns] == ["a_b", "c"]
    assert rows == [('x;\n"y"', "'")]


def test_tab_separated_and_compressed(write: Write) -> None:
    assert load(write("t.tsv", "a,b\tc\n1\t2\n"))[1] == [(1, 2)]
    assert load(write("u.csv.gz", gzip.compress("a,b\n1,é\n".encode("utf-16"))))[1] == [(1, "é")]
    assert load(write("v.csv.gz", gzip.compress("a,b\n1,é\n".encode())))[1] == [(1, "é")]


def test_no_heading_line(write: Write) -> None:
    columns, rows = load(write("n.csv", "2026-01-01,5\n2026-01-02,6\n"))
    assert columns == [("column1", "DATE"), ("column2", "BIGINT")]
    assert len(rows) == 2


def test_headings_only(write: Write) -> None:
    assert load(write("h.csv", "a,b\n")) == ([("a", "VARCHAR"), ("b", "VARCHAR")], [])


@pytest.mark.parametrize(
    ("numbers", "kind"),
    [
        ("1.5\n2.25\n", "DECIMAL(18,2)"),
        ("-0.5\n12\n", "DECIMAL(18,1)"),
        ("1.1234567\n2.5\n", "DOUBLE"),
        ("1e3\n2.5\n", "DOUBLE"),
        ("123456789012345678.5\n1.5\n", "DOUBLE"),
        ("1234567890123456.25\n1.5\n", "DECIMAL(18,2)"),
        ("00001.50\n2.25\n", "VARCHAR"),  # as a code, which keeps its zeros
    ],
)
def test_fractions_are_exact_as_long_as_they_fit(write: Write, numbers: str, kind: str) -> None:
    columns, _ = load(write("n.csv", "n,name\n" + "".join(f"{each},x\n" for each in numbers.split())))
    assert columns[0] == ("n", kind)


@pytest.mark.parametrize(
    ("content", "fault"), [("", "is empty"), ("a,b\n1,2\n1,2,3\n", "line 3"), ('a,b\n1,"open\n', "line 2")]
)
def test_what_is_no_table(write: Write, content: str, fault: str) -> None:
    with pytest.raises(FilesError, match=fault):
        load(write("bad.csv", content))


@pytest.mark.parametrize("value", ["'; DROP TABLE x; --", '""quoted""', "{}", "$1", "a\\b"])
def test_a_hostile_value_is_a_value(write: Write, value: str) -> None:
    _, rows = load(write("v.csv", f'n,v\n1,"{value}"\n2,y\n'))
    assert rows[0][1] == value.replace('""', '"')
