"""Archives, as people make them and as attackers do."""

import io
import stat
import struct
import zipfile
from pathlib import Path

import pytest

from knowledge.loading.types import Document, Failed, Limits
from tests.knowledge.loading.files import (
    LIMITS,
    fail_one,
    load,
    make_docx,
    make_pdf,
    make_pptx,
    make_xlsx,
    make_zip,
    text_of,
    write,
)


async def test_an_archive_gives_its_documents_and_names_what_failed(tmp_path: Path) -> None:
    members = {"docs/a.md": b"# A\nwords", "b.txt": b"", "c.exe": b"x", ".git/d.txt": b"x", "__MACOSX/e.txt": b"x"}
    members["f.pdf"] = make_pdf(tmp_path / "f.pdf", "page words").read_bytes()
    results = await load(make_zip(tmp_path / "pack.zip", members))
    assert [(type(each), each.name) for each in results] == [
        (Document, "pack.zip/docs/a.md"),
        (Failed, "pack.zip/b.txt"),
        (Failed, "pack.zip/c.exe"),
        (Document, "pack.zip/f.pdf"),
    ]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
async def test_a_damaged_member_is_named_and_the_rest_goes_on(tmp_path: Path, method: int) -> None:
    path = tmp_path / "pack.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("a.md", "# A\n\nwords " * 50)
        archive.writestr("b.md", "# B\n\nother words")
    data = bytearray(path.read_bytes())
    start = 30 + len("a.md")  # behind the local header
    data[start : start + 12] = b"\x07" + b"\xff" * 11
    path.write_bytes(data)
    damaged, whole = await load(path)
    assert isinstance(damaged, Failed)
    assert damaged.name == "pack.zip/a.md"
    assert damaged.reason.startswith("cannot be unpacked")
    assert isinstance(whole, Document)


async def test_a_member_that_ends_the_process_does_not_end_the_rest(tmp_path: Path) -> None:
    # A sheet whose one cell lies at the far corner: calamine makes room for all before it.
    far = _with_member(make_xlsx(tmp_path / "x.xlsx"), "xl/worksheets/sheet1.xml", lambda xml: _far_cell())
    members = {"a.txt": b"first", "b.xlsx": far, "c.txt": b"last"}
    first, failed, last = await load(
        make_zip(tmp_path / "a.zip", members), Limits(seconds=20, memory_bytes=600_000_000)
    )
    assert isinstance(first, Document)
    assert isinstance(failed, Failed)
    assert failed.name == "a.zip/b.xlsx"
    assert isinstance(last, Document)
    assert text_of(last).strip() == "last"


def _far_cell() -> bytes:
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    cells = b'<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return head + cells + b"</sheetData></worksheet>"


@pytest.mark.parametrize(
    "name",
    ["../a.txt", "/etc/a.txt", "x/../../a.txt", "..\\a.txt", "\\a.txt", "C:\\a.txt", "C:a.txt", "x/..\\..\\a.txt"],
)
async def test_paths_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    (failed,) = await load(make_zip(tmp_path / "a.zip", {name: b"words"}))
    assert isinstance(failed, Failed)
    assert "leads out" in failed.reason


async def test_links_in_archives_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link.txt")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    (failed,) = await load(tmp_path / "a.zip")
    assert isinstance(failed, Failed)
    assert "link" in failed.reason


async def test_archives_in_archives_are_refused(tmp_path: Path) -> None:
    inner = make_zip(tmp_path / "inner.zip", {"a.txt": b"words"}).read_bytes()
    (failed,) = await load(make_zip(tmp_path / "a.zip", {"inner.ZIP": inner}))
    assert isinstance(failed, Failed)
    assert "archive within" in failed.reason


async def test_members_with_a_password_are_refused(tmp_path: Path) -> None:
    data = bytearray(make_zip(tmp_path / "a.zip", {"a.txt": b"words"}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(signature) + offset] |= 1
    (failed,) = await load(write(tmp_path / "a.zip", bytes(data)))
    assert isinstance(failed, Failed)
    assert "password" in failed.reason


async def test_a_bomb_is_refused_by_its_ratio(tmp_path: Path) -> None:
    bomb = make_zip(tmp_path / "a.zip", {"a.txt": b" " * 50_000_000})
    assert bomb.stat().st_size < 100_000
    assert "200 times" in await fail_one(bomb)


async def test_a_bomb_is_refused_by_its_size(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {"a.txt": b"1" * 600_000, "b.txt": b"2" * 600_000})
    assert "unpack to 1,200,000" in await fail_one(path, Limits(unpacked_bytes=1_000_000))


async def test_a_bomb_of_members_that_share_their_bytes_is_refused(tmp_path: Path) -> None:
    """Fifield's: many entries of the directory point at one compressed block."""
    original = make_zip(tmp_path / "o.zip", {"a.txt": b" " * 900_000}).read_bytes()
    directory = original.index(b"PK\x01\x02")
    end = original.index(b"PK\x05\x06")
    entries = original[directory:end] * 1000
    tail = bytearray(original[end:])
    struct.pack_into("<HHII", tail, 8, 1000, 1000, len(entries), directory)
    assert "unpack" in await fail_one(write(tmp_path / "a.zip", original[:directory] + entries + bytes(tail)))


async def test_a_member_that_lies_about_its_size_is_no_larger(tmp_path: Path) -> None:
    data = bytearray(make_zip(tmp_path / "a.zip", {"a.txt": b"word " * 1_000_000}).read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(signature) + offset, 100)
    (failed,) = await load(write(tmp_path / "a.zip", bytes(data)))
    assert isinstance(failed, Failed)
    assert "unpacked" in failed.reason


async def test_too_many_files_are_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "a.zip", {f"{number}.txt": b"x" for number in range(11)})
    assert "11 files" in await fail_one(path, Limits(archive_files=10))


async def test_names_are_shown_on_one_line_without_tricks(tmp_path: Path) -> None:
    (loaded,) = await load(make_zip(tmp_path / "a.zip", {"a\n\x1b[2J\u202eb.txt": b"words"}))
    assert loaded.name == "a.zip/a [2Jb.txt"


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize("attack", [LAUGHS, OUTSIDE, b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">'])
@pytest.mark.parametrize(
    ("maker", "name", "member"),
    [
        (make_docx, "a.docx", "word/document.xml"),
        (make_docx, "a.docx", "_rels/.rels"),
        (make_pptx, "a.pptx", "ppt/slides/slide1.xml"),
        (make_xlsx, "a.xlsx", "xl/worksheets/sheet1.xml"),
        (make_xlsx, "a.xlsx", "[Content_Types].xml"),
    ],
)
async def test_entities_in_office_files_are_refused(tmp_path, maker, name: str, member: str, attack: bytes) -> None:  # type: ignore[no-untyped-def]
    data = _with_member(maker(tmp_path / name), member, lambda xml: _before_root(xml, attack))
    assert "entities" in await fail_one(write(tmp_path / name, data))


async def test_entities_hide_behind_no_encoding(tmp_path: Path) -> None:
    def encoded(xml: bytes) -> bytes:
        text = _before_root(xml, b"<!--" + b" " * 100_000 + b"-->" + LAUGHS).decode()
        return (
            text.replace('encoding="UTF-8"', 'encoding="UTF-16"')
            .replace("encoding='UTF-8'", "encoding='UTF-16'")
            .encode("utf-16")
        )

    data = _with_member(make_docx(tmp_path / "a.docx"), "word/document.xml", encoded)
    assert "entities" in await fail_one(write(tmp_path / "a.docx", data))


async def test_a_bomb_in_an_office_file_is_refused(tmp_path: Path) -> None:
    data = _with_member(make_docx(tmp_path / "a.docx"), "word/document.xml", lambda xml: xml + b" " * 50_000_000)
    assert "200 times" in await fail_one(write(tmp_path / "a.docx", data))


def _before_root(xml: bytes, inserted: bytes) -> bytes:
    end = xml.index(b"?>") + 2 if xml.startswith(b"<?xml") else 0
    return xml[:end] + inserted + xml[end:]


def _with_member(path: Path, name: str, change) -> bytes:  # type: ignore[no-untyped-def]
    """The package with one member changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as after:
        assert name in before.namelist()
        for member in before.namelist():
            data = before.read(member)
            after.writestr(member, change(data) if member == name else data)
    return buffer.getvalue()


async def test_an_empty_archive_is_reported(tmp_path: Path) -> None:
    assert "without files" in await fail_one(make_zip(tmp_path / "a.zip", {}), LIMITS)
