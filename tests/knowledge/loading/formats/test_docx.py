import io
import zipfile
from pathlib import Path

import docx
import pytest

from knowledge.loading.draft import Draft
from knowledge.loading.formats.docx import read
from knowledge.loading.types import Limits
from tests.knowledge.loading.files import load_one, make_docx, text_of


async def test_docx_has_headings_lists_and_tables(tmp_path: Path) -> None:
    loaded = await load_one(make_docx(tmp_path / "a.docx"))
    assert loaded.title == "Handbook"
    assert "## Refunds" in text_of(loaded)
    assert "- Money is paid back in five days." in text_of(loaded)
    assert "| country | days |\n| --- | --- |\n| Malta | 14 |" in text_of(loaded)


def drafted(document: "docx.document.Document") -> Draft:
    buffer = io.BytesIO()
    document.save(buffer)
    buffer.seek(0)
    draft = Draft(Limits())
    read(buffer, draft)
    return draft


def test_without_a_heading_there_is_no_title() -> None:
    document = docx.Document()
    document.add_paragraph("no heading, but text")
    assert drafted(document).title == ""


def test_the_title_is_one_line() -> None:
    document = docx.Document()
    document.add_heading("A  title", 0)
    assert drafted(document).title == "A title"


def test_an_archive_that_is_no_document() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "words")
    buffer.seek(0)
    with pytest.raises(Exception):  # noqa: B017 - the process that reads files tells of any
        read(buffer, Draft(Limits()))
