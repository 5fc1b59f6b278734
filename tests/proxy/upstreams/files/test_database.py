import datetime as dt
import gzip
import json
import tempfile
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from proxy.upstreams.files import FilesDatabase, FilesError
from tests.support.spreadsheets import write_ods, write_xlsx

Write = Callable[[str, str | bytes], str]


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where databases are made in this test."""
    (folder := tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_file(name: str, content: str | bytes) -> str:
        (path := tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write_file


def load(*patterns: str, table: str = "") -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """-> (name and type of each column, rows) of the first table, or of the one named."""
    with FilesDatabase(patterns) as database, duckdb.connect(database.path) as connection:
        name = f'files."{table or database.tables[0].name}"'
        columns = [(column, kind) for column, kind, *_ in connection.execute(f"DESCRIBE {name}").fetchall()]
        return columns, connection.execute(f"FROM {name}").fetchall()


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


def test_json_in_three_forms(write: Write) -> None:
    objects: list[dict[str, Any]] = [
        {"id": 1, "on": "2026-01-05", "tags": ["x"], "at": {"city": "Bari"}, "any": 1},
        {"id": 2, "any": "two"},
    ]
    lines = "\n".join(map(json.dumps, objects))
    expected = [
        (1, dt.date(2026, 1, 5), ["x"], {"city": "Bari"}, "1"),
        (2, None, None, None, "two"),
    ]
    for name, content in (("a.json", json.dumps(objects)), ("b.json", lines), ("c.ndjson", lines), ("d.jsonl", lines)):
        columns, rows = load(write(name, content))
        assert [name for name, _ in columns] == ["id", "on_", "tags", "at", "any_"]
        assert rows == expected
    assert load(write("e.json", json.dumps(objects).encode("utf-16")))[1] == expected


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    path = tmp_path / "it's [1] *.parquet"
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t AS SELECT 1.50::DECIMAL(9,2) AS "Price €", uuid() AS u, [1, 2] AS l')
        connection.execute(f"COPY t TO '{str(path).replace(chr(39), chr(39) * 2)}'")
    columns, rows = load(str(path), table="it_s_1")
    assert columns == [("price", "DECIMAL(9,2)"), ("u", "UUID"), ("l", "INTEGER[]")]
    assert rows[0][0] == Decimal("1.50")


SHEETS: dict[str, Sequence[Sequence[Any]]] = {
    "Plan 2026": [["Budget"], [], ["Region", 2025, "Since"], ["North", 1.5, dt.date(2026, 1, 5)], ["South"]],
    "Actual": [["Region", "Paid", "At"], ["North", True, dt.time(8, 15)]],
    "Empty": [],
    "Secret": [["salary"], [1]],
}


def test_each_visible_sheet_is_a_table(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "Budget.xlsx", SHEETS, hidden=["Secret"])
    with FilesDatabase([str(file)]) as database, duckdb.connect(database.path) as connection:
        plan, actual = database.tables
        assert (plan.name, plan.rows, actual.name, actual.rows) == ("budget_plan_2026", 2, "budget_actual", 1)
        assert plan.notes == ("sheet Plan 2026", "rows left out above the table: 1", "hidden sheets left out: 1")
        assert connection.execute("FROM files.budget_plan_2026").fetchall() == [
            ("North", Decimal("1.5"), dt.date(2026, 1, 5)),
            ("South", None, None),
        ]
        assert connection.execute("FROM files.budget_actual").fetchall() == [("North", True, dt.time(8, 15))]
        comments = "SELECT column_name, comment FROM duckdb_columns() WHERE table_name = 'budget_plan_2026'"
        described = [("region", "Region"), ("c_2025", "2025"), ("since", "Since")]
        assert connection.execute(comments).fetchall() == described
        comments = "SELECT comment FROM duckdb_tables() WHERE table_name = 'budget_actual'"
        assert connection.execute(comments).fetchall() == [("Budget.xlsx; sheet Actual; hidden sheets left out: 1",)]


def test_a_single_sheet_is_called_like_its_file(tmp_path: Path) -> None:
    rows = [["name", "on"], ["x", dt.date(2026, 1, 5)]]
    for file in (write_xlsx(tmp_path / "one.xlsx", {"Sheet1": rows}), write_ods(tmp_path / "one.ods", {"Blatt": rows})):
        assert load(str(file), table="one") == ([("name", "VARCHAR"), ("on_", "DATE")], [("x", dt.date(2026, 1, 5))])


def test_an_old_workbook() -> None:
    """``budget.xls`` was written by xlwt 1.3."""
    columns, rows = load(str(Path(__file__).parent / "data/budget.xls"))
    assert columns == [("region", "VARCHAR"), ("plan", "DECIMAL(18,1)"), ("since", "DATE")]
    assert rows == [("Nörd", Decimal("1.5"), dt.date(2026, 1, 5)), ("South", Decimal("2.0"), dt.date(2026, 1, 6))]


def test_many_rows_of_a_sheet(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "many.xlsx", {"s": [["n"], *([n] for n in range(45_000))]})
    with FilesDatabase([str(file)]) as database, duckdb.connect(database.path) as connection:
        counted = connection.execute("SELECT COUNT(*), SUM(n) FROM files.many").fetchall()
        assert counted == [(45_000, 45_000 * 44_999 // 2)]


def test_names_that_collide_get_a_number_and_say_so(write: Write) -> None:
    files = [write("Sales.csv", "a\n1\n"), write("sales.json", '{"a":2}'), write("SALES!.tsv", "a\n3\n")]
    with FilesDatabase(files) as database:
        assert [(table.name, table.notes) for table in database.tables] == [
            ("sales", ()),
            ("sales_2", ("sales was taken",)),
            ("sales_3", ("sales was taken",)),
        ]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv: is empty"),
        ("ragged.csv", b"a,b\n1,2\n3,4,5\n", "ragged.csv: line 3 has 3 fields where the first has 2"),
        ("quote.csv", b'a,b\n1,"x\n', "quote.csv: line 2: a quote is not closed"),
        ("prose.csv", b"just words\nand more, here\nthird\n", "prose.csv: line 3 has 1 fields where the first has 2"),
        ("binary.csv", b"PK\x03\x04\0\0\0", "binary.csv: is not text"),
        ("broken.csv.gz", b"a,b\n1,2\n", "broken.csv.gz: Not a gzipped file"),
        ("cut.csv.gz", gzip.compress(b"a,b\n" + b"1,2\n" * 999, mtime=0)[:-12], "cut.csv.gz: cannot be unpacked"),
        ("scalars.json", b"[1, 2]", "scalars.json: holds no objects"),
        ("empty.json", b"", "empty.json: holds no objects"),
        ("cut.ndjson", b'{"a":1}\n{"a":', "cut.ndjson: Malformed JSON at byte 6 in line 3"),
        ("no.parquet", b"not parquet at all", "no.parquet: No magic bytes found at end of the file"),
        ("no.xlsx", b"not a workbook", "no.xlsx: cannot be read as a spreadsheet"),
        ("no.xls", b"not a workbook", "no.xls: cannot be read as a spreadsheet"),
    ],
)
def test_a_bad_file_is_named_and_nothing_is_left(
    write: Write, temporary: Path, name: str, content: bytes, message: str
) -> None:
    good = write("good.csv", "a\n1\n")
    with pytest.raises(FilesError) as error, FilesDatabase([good, write(name, content)]):
        pass
    assert message in str(error.value)
    assert str(temporary) not in str(error.value)
    assert "\n" not in str(error.value)
    assert not list(temporary.iterdir())


def test_no_room_for_the_database(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write("a.csv", "a\n1\n")
    monkeypatch.setattr(tempfile, "tempdir", file)
    with pytest.raises(FilesError, match="the temporary database of the files cannot be made"), FilesDatabase([file]):
        pass


def test_headings_that_look_like_sql(write: Write) -> None:
    file = write("a.csv", '"it\'s ""x""; DROP","b}, c","",\'\n1.5,2,3,4\n')
    columns, rows = load(file)
    assert columns == [
        ("it_s_x_drop", "DECIMAL(18,1)"),
        ("b_c", "BIGINT"),
        ("column3", "BIGINT"),
        ("column4", "BIGINT"),
    ]
    assert rows == [(Decimal("1.5"), 2, 3, 4)]


def test_a_workbook_without_anything(tmp_path: Path) -> None:
    file = write_xlsx(tmp_path / "void.xlsx", {"a": [], "b": [[1]]}, hidden=["b"])
    with pytest.raises(FilesError, match=r"void\.xlsx: has no visible sheet"), FilesDatabase([str(file)]):
        pass


def test_the_database_goes_with_the_manager(write: Write, temporary: Path) -> None:
    with FilesDatabase([write("a.csv", "a\n1\n")]) as database:
        assert [path.name for path in next(temporary.iterdir()).iterdir()] == ["askwire.duckdb"]
        assert database.url == f"duckdb:///{database.path}"
    assert not list(temporary.iterdir())
