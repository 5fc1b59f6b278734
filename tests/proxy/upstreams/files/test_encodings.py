import gzip
from pathlib import Path

import pytest

from proxy.upstreams.files.encodings import CHUNK_BYTES, detect, stage
from proxy.upstreams.files.sources import FilesError, Source

TEXT = "name;city\nZoë;Kraków €\n"


@pytest.mark.parametrize(
    ("raw", "encoding"),
    [
        (TEXT.encode(), "utf-8"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + TEXT.encode("utf-16-be"), "utf-16"),
        (TEXT.encode("utf-32"), "utf-32"),
        ("Zoë €".encode("cp1252"), "cp1252"),
        ("Zoë \x81".encode("latin-1"), "latin-1"),
        (b"", "utf-8"),
        (b"x" * (CHUNK_BYTES - 1) + "ë".encode(), "utf-8"),  # a letter over the border of two chunks
        (b"x" * CHUNK_BYTES + b"\xeb", "cp1252"),
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_every_encoding_becomes_utf_8(tmp_path: Path, raw: bytes, encoding: str, compressed: bool) -> None:
    path = tmp_path / "it's.csv"
    path.write_bytes(gzip.compress(raw) if compressed else raw)
    source = Source(path, "csv", compressed)
    assert detect(source) == encoding
    (folder := tmp_path / "stage").mkdir()
    staged, _ = stage(source, folder)
    content = gzip.decompress(staged.read_bytes()) if staged.suffix == ".gz" else staged.read_bytes()
    assert content.decode() == raw.decode(encoding)
    stage(source, folder)  # again, over the one before


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a\0b", "is not text"),
        (b"PK\x03\x04\0\0", "is not text"),
        (b"\xff\xfea\0\x00\xd8", "says utf-16, but it is not"),
    ],
)
def test_what_is_no_text(tmp_path: Path, raw: bytes, message: str) -> None:
    (path := tmp_path / "a.csv").write_bytes(raw)
    with pytest.raises(FilesError, match=message):
        stage(Source(path, "csv"), tmp_path)


def test_half_a_compressed_file(tmp_path: Path) -> None:
    (path := tmp_path / "a.csv.gz").write_bytes(gzip.compress(TEXT.encode() * 100)[:50])
    with pytest.raises(FilesError, match="cannot be unpacked"):
        detect(Source(path, "csv", True))
