import gzip
from pathlib import Path

import pytest

from proxy.upstreams.files.sources import FilesError, find_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.csv", "A.CSV", "notes.docx", "~$c.xlsx", ".hidden.csv", "data[1].tsv", "x.tar.gz"):
        (tmp_path / name).write_text("a\n1\n")
    (tmp_path / "logs.ndjson.gz").write_bytes(gzip.compress(b'{"a":1}'))
    (tmp_path / "sub.csv").mkdir()
    return tmp_path


def test_a_folder_gives_what_can_be_read(folder: Path) -> None:
    found = find_sources([str(folder)])
    assert [(s.path.name, s.format, s.stem, s.compressed) for s in found] == [
        ("A.CSV", "csv", "A", False),
        ("b.csv", "csv", "b", False),
        ("data[1].tsv", "tsv", "data[1]", False),
        ("logs.ndjson.gz", "ndjson", "logs", True),
    ]


def test_a_pattern_and_each_file_once(folder: Path) -> None:
    patterns = [str(folder / "b.csv"), str(folder / "*.csv"), str(folder / "data[1].tsv"), str(folder)]
    assert [s.path.name for s in find_sources(patterns)] == ["b.csv", "data[1].tsv", "A.CSV", "logs.ndjson.gz"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing.csv", "missing.csv: there is no such file"),
        ("notes.docx", "notes.docx: this kind of file is not known; askwire reads CSV"),
        ("x.tar.gz", "x.tar.gz: this kind of file is not known"),
        ("*.docx", "*.docx: holds no file that askwire reads"),
        ("none-*.csv", "none-*.csv: holds no file that askwire reads"),
        ("x" * 300 + ".csv", "File name too long"),
        ("sub.csv", "sub.csv: holds no file that askwire reads"),
    ],
)
def test_what_is_none(folder: Path, name: str, message: str) -> None:
    with pytest.raises(FilesError) as error:
        find_sources([str(folder / "b.csv"), str(folder / name)])
    assert message in str(error.value)
