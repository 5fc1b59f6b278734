import gzip
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest

from proxy.upstreams.files import FilesDatabase, FilesError
from tests.proxy.upstreams.files.conftest import Write, load


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


def test_the_database_goes_with_the_manager(write: Write, temporary: Path) -> None:
    with FilesDatabase([write("a.csv", "a\n1\n")]) as database:
        assert [path.name for path in next(temporary.iterdir()).iterdir()] == ["askwire.duckdb"]
        assert database.url == f"duckdb:///{database.path}"
    assert not list(temporary.iterdir())
